"""Chromium for the tests of pages."""

from tests.console.conftest import browser

__all__ = ["browser"]
