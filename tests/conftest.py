"""What tests of several areas share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto


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
