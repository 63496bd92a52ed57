"""Chromium for tests of pages."""

from tests.console.conftest import browser, browsers

__all__ = ["browser", "browsers"]
