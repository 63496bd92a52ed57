"""Calling people: delivery of what the engine orders."""
