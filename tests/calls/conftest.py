"""Servers behind the channels of calls."""

from collections.abc import Iterator

import pytest

from tests.servers.sinks import Mail, Webhook


@pytest.fixture
def mail() -> Iterator[Mail]:
    """Yield a real mail server."""
    server = Mail()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """Yield a real webhook."""
    server = Webhook()
    server.start()
    yield server
    server.stop()
