"""How far a long command is, on standard error where somebody sees it."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import Progress as Bars

_Item = TypeVar("_Item")


class Progress(Protocol):
    """Yields what it is given, and shows how much of it has gone through."""

    def __call__(self, items: Iterable[_Item], total: int, what: str) -> Iterable[_Item]:
        """Yield the items, of which there are `total`."""
        ...


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a bar for each series that is under way; none where standard error is no terminal."""
    seen = sys.stderr.isatty()
    with Bars(console=Console(stderr=True), transient=True, disable=not seen) as bars:

        def track(items: Iterable[_Item], total: int, what: str) -> Iterable[_Item]:
            return bars.track(items, total=total, description=what) if seen else items

        yield track
