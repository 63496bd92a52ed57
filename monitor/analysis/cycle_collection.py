"""Python's search for reference cycles, which costs time wherever many objects are kept."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Iterator[None]:
    """Search for no cycles meanwhile; also a decorator.

    For work that reads a recording: it keeps nearly all that it makes, and each search would walk
    through all of that. What is unreachable without a cycle is freed as ever.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
