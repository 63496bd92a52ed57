"""What all tests of decoders need."""

import pytest

from devices.broadcasts import Broadcasts


@pytest.fixture(autouse=True, scope="session")
def _parsers_are_loaded() -> None:
    """Load other people's parsers before a test is timed."""
    Broadcasts("ambient_temperature")
