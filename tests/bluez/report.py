"""Results of the checks in the virtual machine."""

import itertools
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

# Missing files, sockets and tables mean "not yet".
_NOT_YET = (OSError, RuntimeError, ValueError, sqlite3.Error)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a check; `ok` is None for an observation."""

    scenario: str
    check: str
    ok: bool | None
    found: str


@dataclass(slots=True)
class Report:
    """Prints results as they come, and keeps them in a file for the host."""

    path: Path
    results: list[Result] = field(default_factory=list)

    def add(self, scenario: str, check: str, ok: bool | None, found: object = "") -> None:
        result = Result(scenario, check, ok, str(found))
        self.results.append(result)
        word = {True: "ok  ", False: "FAIL", None: "note"}[ok]
        say(f"{word} {scenario}: {check}: {found}")
        self.path.write_text(json.dumps([asdict(each) for each in self.results], indent=1))


def say(text: str) -> None:
    """Print a line without buffering."""
    sys.stdout.write(f"[{time.monotonic():7.1f}] {text}\n")
    sys.stdout.flush()


def wait_for(
    condition: Callable[[], Found | None], within_s: float, every_s: float = 0.2
) -> Found | None:
    """Return the first true value of a condition, or None after a timeout."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        try:
            found = condition()
        except _NOT_YET:
            found = None
        if found:
            return found
        time.sleep(every_s)
    return None


def longest_gap_s(times_ns: Iterable[int]) -> float:
    """Return the longest time between two events in seconds; infinite for fewer than two."""
    times = list(times_ns)
    gaps = [(after - before) / 1e9 for before, after in itertools.pairwise(times)]
    return max(gaps, default=float("inf"))
