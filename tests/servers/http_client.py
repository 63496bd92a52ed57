"""HTTP client for tests that wait between their requests."""

from typing import Any

import httpx

from tests.durations import PATIENCE_S

# The server closes an unused connection after 5 s, possibly just when it is used again.
_UNSHARED = httpx.Limits(max_keepalive_connections=0)


def http_client(url: str, **more: Any) -> httpx.AsyncClient:
    """Return a patient client that opens a connection for each request."""
    return httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=_UNSHARED, **more)
