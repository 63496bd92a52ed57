"""Outcome of an attack, and the delay of the event loop during it."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from tests.attack.service import Service

CLOSED = 0  # a connection without an answer
FEW_LINES = 100
_LATE_S = 0.25  # of the event loop, in which alarms are judged


class Outcome(NamedTuple):
    """Result of an attack: in words, and whether the service held."""

    found: str
    held: bool


Attack = Callable[[Service], Awaitable[Outcome]]


@asynccontextmanager
async def latency(there: Service) -> AsyncIterator[dict[float, float]]:
    """Yield a counter of event loop delays up to each limit."""
    late: dict[float, float] = {}
    before = await there.latency()
    yield late
    after = await there.latency()
    late.update({limit: after[limit] - before[limit] for limit in after})


def over(late: dict[float, float]) -> float:
    return late[float("inf")] - max(seen for limit, seen in late.items() if limit <= _LATE_S)


def late_words(late: dict[float, float]) -> str:
    total = late[float("inf")]
    within = next(limit for limit in sorted(late) if late[limit] == total)
    return f"all {total:.0f} looks at the event loop within {within:g} s"


def statuses(found: Counter[int]) -> str:
    return ", ".join(
        f"{number} x " + (f"HTTP {status}" if status != CLOSED else "closed at once")
        for status, number in sorted(found.items())
    )
