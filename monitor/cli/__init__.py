"""The command line of physiomon."""

from monitor.cli.app import app, main

__all__ = ["app", "main"]
