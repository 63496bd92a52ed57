"""Fixtures that tests of several areas share."""

import gc
import importlib
import os
import warnings
from collections.abc import AsyncIterator, Generator, Iterator, MutableMapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import settings

from tests.durations import SOAK, examples
from tests.servers.forked import own_fork_server
from tests.servers.influx import Influx
from tests.servers.influx_kinds import binaries, influx_of
from tests.servers.mosquitto import Mosquitto

NO_BUS = "unix:path=/nonexistent/system_bus_socket"
ONE_AUTHORITY = str(Path(__file__).with_name("data") / "authority.pem")
_FORCED_COLOURS = {"FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS"}
_LEFT_OUT = pytest.StashKey[int]()


def isolate(environment: MutableMapping[str, str]) -> None:
    """Keep what else the machine has out of the tests and of the commands that they start.

    No D-Bus answers, so that no test reaches a Bluetooth adapter; no proxy is asked for what a test
    serves itself; no colours are forced between the words of an error message. Of the authorities
    that sign certificates one is known: reading a hundred of them takes each TLS context 20 ms.
    """
    environment["DBUS_SYSTEM_BUS_ADDRESS"] = NO_BUS
    environment["SSL_CERT_FILE"] = ONE_AUTHORITY
    for name in list(environment):
        if name.lower().endswith("_proxy") or name in _FORCED_COLOURS:
            del environment[name]


isolate(os.environ)
# A busy machine is no defect. examples(30) are tried for what is checked in a millisecond.
settings.register_profile("physiomon", deadline=None, max_examples=2_000 if SOAK else examples(30))
settings.load_profile("physiomon")


# A file is one worker's: those that take longest begin first, so that no worker ends alone. Without
# --no-loadscope-reorder, xdist would begin with those that have the most tests.
LONGEST_FIRST = [
    *("test_end_to_end.py", "test_wrong_database.py", "test_kill.py", "test_first_view.py"),
    *("test_processes.py", "test_refusals.py", "test_cloned_gateway.py", "test_watch.py"),
    *("test_standstill.py", "test_silent_broker.py", "test_firefox.py", "test_lab_recorder.py"),
    *("test_commands.py", "test_channels.py", "test_session_report.py", "test_never_blind.py"),
    *("test_messages.py", "test_influx.py", "test_server_lost.py", "test_tls.py"),
    *("test_manual_entries.py", "test_session_page.py", "test_kinds.py", "test_link.py"),
    *("test_session_control.py", "test_ward_page.py", "test_sound.py", "test_oidc.py"),
    *("test_pages.py", "test_contributing.py", "test_days.py", "test_midnight.py"),
    *("test_layout.py", "test_axe.py", "test_alarm_report_page.py", "test_schema.py"),
    *("test_soak.py", "test_tutorial.py", "test_escalation.py", "test_stop.py"),
]


@pytest.hookimpl(trylast=True)  # hypothesis marks its tests before
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; leave properties out of the measurement of coverage.

    The order within a file and of the others stays. Counting lines makes Python two to four times
    slower, and a hundred examples reach no line that worked examples do not. Comparisons with
    models and long forms are marked where they are.
    """
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker(pytest.mark.no_cover)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count the tests that are left out; with xdist, for the process that reports."""
    stash = items[0].config.stash
    stash[_LEFT_OUT] = stash.get(_LEFT_OUT, 0) + len(items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = session.config.stash.get(_LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Read the count of a worker of xdist; each of them has collected all tests."""
    node.config.stash[_LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Report as the last line how many extended tests were left out, and how to run them."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and config.getoption("markexpr") == "not extended":
        count = config.stash.get(_LEFT_OUT, 0)
        reporter.write_line(f"{count} extended tests were left out; run them by: make test-all")


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


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before pytest adds handlers of the log
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Fork the server of child processes, which then need not import the program again."""
    with own_fork_server() if session.items else nullcontext():  # xdist's own process has none
        return (yield)


@pytest.fixture(scope="session")
def neurokit() -> Any:
    """NeuroKit2, which takes seconds to import: only a worker that runs its tests does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("neurokit2")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers() -> AsyncIterator[Any]:
    """Chromium for all pages of a worker; only a worker that opens one imports Playwright."""
    chromium = importlib.import_module("tests.servers.chromium")
    browsers = chromium.Browsers()
    yield browsers
    await browsers.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(browsers: Any) -> Any:
    return await browsers.browser()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browsers: Any) -> Any:
    """The context that tests share, and with it the files that it has loaded."""
    return await browsers.context()


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
