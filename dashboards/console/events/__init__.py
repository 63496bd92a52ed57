"""Markers, adverse events and other events of a session. Pure."""
