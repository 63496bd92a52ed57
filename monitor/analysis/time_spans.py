"""Spans of time that overlap. Pure."""

from collections.abc import Iterable


def covered_ns(spans: Iterable[tuple[int, int]]) -> int:
    """Return the time that at least one of several spans, each (begin, end), covers."""
    total_ns = until_ns = 0
    for begin_ns, end_ns in sorted(spans):
        total_ns += max(0, end_ns - max(begin_ns, until_ns))
        until_ns = max(until_ns, end_ns)
    return total_ns
