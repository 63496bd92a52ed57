"""What tests of several areas share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto

settings.register_profile("physiomon", deadline=None)  # a busy machine is no defect
settings.load_profile("physiomon")


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
