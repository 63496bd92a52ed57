"""Calling people: who, when, through what, and who has accepted."""
