"""Fixtures for tests of decoders."""

import pytest

from devices.broadcasts import Broadcasts


@pytest.fixture(autouse=True, scope="session")
def _parsers_are_loaded() -> None:
    """Load third-party parsers before a test is timed."""
    Broadcasts("ambient_temperature")
