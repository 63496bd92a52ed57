"""Progress bars of long commands, on standard error if it is a terminal."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

_Item = TypeVar("_Item")


class Progress:
    """Progress bars; without `bars` none is drawn."""

    def __init__(self, bars: "Bars | None") -> None:
        self._bars = bars

    def __call__(self, items: Iterable[_Item], total: int, what: str) -> Iterable[_Item]:
        """Yield the items, of which there are `total`, and show how many of them are done."""
        return self._bars.track(items, total=total, description=what) if self._bars else items

    def counter(self, total: int, what: str) -> Callable[[object], None]:
        """Show a bar of `total` steps; return a function that is called after each."""
        if (bars := self._bars) is None:
            return lambda _: None
        bar = bars.add_task(what, total=total)
        return lambda _: bars.advance(bar)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress bars; none if standard error is not a terminal."""
    if not sys.stderr.isatty():
        yield Progress(None)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to load
    from rich.progress import Progress as Bars  # noqa: PLC0415

    with Bars(console=Console(stderr=True), transient=True) as bars:
        yield Progress(bars)
