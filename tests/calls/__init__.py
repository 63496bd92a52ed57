"""Calls: recipients, timing, channels and acceptance."""
