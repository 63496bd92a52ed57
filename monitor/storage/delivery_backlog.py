"""Delivery backlog of a journal, read from its cursors and dead letters."""

from collections import Counter
from dataclasses import dataclass

from monitor.storage.fact_rows import Lane
from monitor.storage.journal import Journal

_URGENT = ".urgent"
_REASONS = 3


@dataclass(frozen=True, slots=True)
class DeliveryBacklog:
    """Facts that one destination has not received.

    Attributes:
        waiting: number of facts to deliver when the session resumes, or by `influx deliver`.
        oldest_ns: time of the oldest of them.
        set_aside: number of facts that the destination rejected.
        reasons: of rejections, the most frequent first.
    """

    destination: str
    waiting: int
    oldest_ns: int | None
    set_aside: int
    reasons: tuple[str, ...]


def delivery_backlogs(
    journal: Journal, destinations: tuple[str, ...] = ()
) -> list[DeliveryBacklog]:
    """Return the backlog of each destination.

    Args:
        journal: open for reading.
        destinations: included even if nothing was ever delivered to them.
    """
    cursors = journal.cursors()
    letters = journal.dead_letters()
    known = {name.removesuffix(_URGENT) for name in (*cursors, *letters, *destinations)}
    return [_backlog(journal, name, cursors, letters) for name in sorted(known)]


def _backlog(
    journal: Journal, name: str, cursors: dict[str, int], letters: dict[str, dict[int, str]]
) -> DeliveryBacklog:
    lanes = {Lane.ALL: cursors.get(name, 0)}
    if name + _URGENT in cursors:
        lanes = {Lane.BULK: cursors.get(name, 0), Lane.URGENT: cursors[name + _URGENT]}
    first = [row.at_ns for lane, after in lanes.items() for row in journal.facts(after, 1, lane)]
    reasons = [each for lane in (name, name + _URGENT) for each in letters.get(lane, {}).values()]
    return DeliveryBacklog(
        destination=name,
        waiting=sum(journal.waiting(after, lane) for lane, after in lanes.items()),
        oldest_ns=min(first, default=None),
        set_aside=len(reasons),
        reasons=tuple(reason for reason, _ in Counter(reasons).most_common(_REASONS)),
    )
