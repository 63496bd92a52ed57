"""Replay of a recording on the page."""
