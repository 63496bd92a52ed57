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


def collect_seldom() -> None:
    """Search less often, and never what exists now, such as the loaded modules.

    For a service, whose objects mostly live as long as their session. By default every 700 new
    objects are searched, and all objects after 70,000, which holds the event loop for 0.1 s in a
    session of a thousand sensors. Then 2,000 objects take at most 2 ms, and all are searched after
    800,000 that stay: some dozens of closed pages.
    """
    gc.set_threshold(2_000, 20, 20)
    gc.freeze()
