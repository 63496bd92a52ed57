"""Chromium for tests of pages."""

from tests.console.conftest import browser

__all__ = ["browser"]
