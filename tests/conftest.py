"""Fixtures that tests of several areas share."""

import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

import pytest
from hypothesis import settings

from tests.durations import SOAK
from tests.servers.influx import Influx
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
settings.register_profile("physiomon", deadline=None)  # a busy machine is no defect
settings.register_profile("soak", deadline=None, max_examples=2_000)
settings.load_profile("soak" if SOAK else "physiomon")


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[Influx]:
    folder = tmp_path / "influx"
    folder.mkdir()
    server = Influx(folder)
    try:
        server.start()
        yield server
    finally:
        server.close()


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
