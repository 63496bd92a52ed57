"""Results of one session that pass between processes, computers and files. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from monitor.entries import Entry

Cell = str | int | float | bool | None
Progress = Callable[[Iterable[Entry], int, str], Iterable[Entry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResult:
    """Result of one session.

    Attributes:
        facts: about the session, as a JSON object.
        rows: a table, each row with the columns of the task.
    """

    facts: Mapping[str, Any]
    rows: Sequence[Mapping[str, Cell]]


class Task(Protocol):
    """A computation on one journal, which can be pickled."""

    @property
    def name(self) -> str:
        """Return what is computed, with all parameters: equal names mean equal results."""
        ...

    @property
    def columns(self) -> Mapping[str, type]:
        """Return the columns of `SessionResult.rows` with their types; each can be None too."""
        ...

    def __call__(self, path: Path, progress: Progress, /) -> SessionResult:
        """Return the result of a journal.

        Raises:
            PhysiomonError: the journal cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one journal, or None and the reason."""

    path: Path
    result: SessionResult | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Results of many journals in the order in which they were given.

    Attributes:
        results: of the journals that could be analysed.
        missing: all others, each with the reason.
        interrupted: a person has stopped the analysis.
    """

    results: Mapping[Path, SessionResult]
    missing: Mapping[Path, str]
    interrupted: bool = False


def without_progress(items: Iterable[Entry], _total: int, _what: str) -> Iterable[Entry]:
    """Return the items; a worker shows no progress."""
    return items
