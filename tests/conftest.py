"""What tests of several areas share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.influx import Influx


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
