"""Offline analysis of recorded sessions: replay, what-if and reports."""
