"""Fixtures that tests of several areas share."""

import gc
import importlib
import os
import warnings
from collections.abc import Generator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.durations import SOAK, examples
from tests.servers.influx import Influx
from tests.servers.influx_kinds import binaries, influx_of
from tests.servers.mosquitto import Mosquitto

NO_BUS = "unix:path=/nonexistent/system_bus_socket"
_FORCED_COLOURS = {"FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS"}


def isolate(environment: MutableMapping[str, str]) -> None:
    """Keep what else the machine has out of the tests and of the commands that they start.

    No D-Bus answers, so that no test reaches a Bluetooth adapter; no proxy is asked for what a test
    serves itself; no colours are forced between the words of an error message.
    """
    environment["DBUS_SYSTEM_BUS_ADDRESS"] = NO_BUS
    for name in list(environment):
        if name.lower().endswith("_proxy") or name in _FORCED_COLOURS:
            del environment[name]


isolate(os.environ)
# A busy machine is no defect. examples(30) are tried for what is checked in a millisecond.
settings.register_profile("physiomon", deadline=None, max_examples=2_000 if SOAK else examples(30))
settings.load_profile("physiomon")


# A file is one worker's: those that take 10 CPU seconds or more begin first, so that no worker ends
# alone. Without --no-loadscope-reorder, xdist would begin with those that have the most tests.
LONGEST_FIRST = {
    *("test_alarm_report_page.py", "test_axe.py", "test_commands.py", "test_contributing.py"),
    *("test_end_to_end.py", "test_firefox.py", "test_kill.py", "test_kinds.py", "test_layout.py"),
    *("test_link.py", "test_manual_entries.py", "test_midnight.py", "test_never_blind.py"),
    "test_days.py",
    *("test_schema.py", "test_server_lost.py", "test_session_control.py", "test_session_page.py"),
    *("test_soak.py", "test_tutorial.py", "test_ward_page.py"),
}


@pytest.hookimpl(trylast=True)  # hypothesis marks its tests before
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; leave properties out of the measurement of coverage.

    The order within a file and of the others stays. Counting lines makes Python two to four times
    slower, and a hundred examples reach no line that worked examples do not. Comparisons with
    models and long forms are marked where they are.
    """
    items.sort(key=lambda item: item.path.name not in LONGEST_FIRST)
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while tests are collected; exclude modules and tests from it later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def neurokit() -> Any:
    """NeuroKit2, which takes seconds to import: only a worker that runs its tests does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("neurokit2")


@pytest.fixture(scope="session", params=binaries(), ids=lambda binary: Path(binary).name)
def influx_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Influx]:
    """Each InfluxDB of `tests.servers.influx_kinds`, started once for all tests of a worker."""
    server = influx_of(request.param, tmp_path_factory.mktemp("influx"))
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def influx(influx_server: Influx) -> Influx:
    """A running, empty database."""
    influx_server.reset()
    return influx_server


@pytest.fixture
def influx_1(influx: Influx) -> Influx:
    """An empty database of 1.x, for features that later versions lack."""
    if influx.major != 1:
        pytest.skip("only InfluxDB 1 has this")
    return influx


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    server = Mosquitto(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
