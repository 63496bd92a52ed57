"""Progress bars of long commands, on standard error if it is a terminal."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import Progress as Bars

_Item = TypeVar("_Item")


class Progress(Protocol):
    """Function that yields items and shows how many of them are done."""

    def __call__(self, items: Iterable[_Item], total: int, what: str) -> Iterable[_Item]:
        """Yield the items, of which there are `total`."""
        ...


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a progress bar per series; none if standard error is not a terminal."""
    seen = sys.stderr.isatty()
    with Bars(console=Console(stderr=True), transient=True, disable=not seen) as bars:

        def track(items: Iterable[_Item], total: int, what: str) -> Iterable[_Item]:
            return bars.track(items, total=total, description=what) if seen else items

        yield track
