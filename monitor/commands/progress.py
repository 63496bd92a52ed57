"""Progress bars of long commands, on standard error if it is a terminal."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress as Bars

_Item = TypeVar("_Item")


class Progress:
    """Progress bars; none is drawn if nobody sees them."""

    def __init__(self, bars: Bars, *, seen: bool) -> None:
        self._bars = bars
        self._seen = seen

    def __call__(self, items: Iterable[_Item], total: int, what: str) -> Iterable[_Item]:
        """Yield the items, of which there are `total`, and show how many of them are done."""
        return self._bars.track(items, total=total, description=what) if self._seen else items

    def counter(self, total: int, what: str) -> Callable[[object], None]:
        """Show a bar of `total` steps; return a function that is called after each."""
        bar = self._bars.add_task(what, total=total)
        return lambda _: self._bars.advance(bar)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress bars; none if standard error is not a terminal."""
    seen = sys.stderr.isatty()
    with Bars(console=Console(stderr=True), transient=True, disable=not seen) as bars:
        yield Progress(bars, seen=seen)
