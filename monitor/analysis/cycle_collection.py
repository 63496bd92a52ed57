"""Python's search for reference cycles, which costs time wherever many objects are kept."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Iterator[None]:
    """Search for no cycles meanwhile; also a decorator.

    For work that reads a recording: what it makes is kept, or is unreachable without a cycle and
    freed as ever, so that searches walk through all objects and find nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
