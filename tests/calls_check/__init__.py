"""Calls through real servers and broken networks, in namespaces of Linux: `make calls-check`."""
