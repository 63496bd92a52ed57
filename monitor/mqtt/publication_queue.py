"""Order in which the facts of an outbox's batch are published. Pure.

Alarms of the present come first, then those that are open, then what is over. Messages of one topic
never overtake each other: the empty one that ends an alarm would otherwise come too early, or an
outdated one show an alarm that is over.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.mqtt.broker import Publication


@dataclass(frozen=True, slots=True)
class FactPublication:
    """The publication of the fact `id`."""

    id: int
    what: Publication


def encode(fact: int, what: Publication | None) -> bytes | None:
    """Encode the publication of a fact as one line of an outbox."""
    if what is None:
        return None
    line = {"id": fact, "topic": what.topic, "payload": what.payload.decode()}
    return json.dumps({**line, "retain": what.retain}).encode()


def decode(lines: bytes) -> list[FactPublication]:
    """Decode the publications of an outbox's batch."""
    return [
        FactPublication(
            each["id"],
            Publication(
                topic=each["topic"], payload=each["payload"].encode(), retain=each["retain"]
            ),
        )
        for each in map(json.loads, lines.splitlines())
    ]


class PublicationQueue:
    """Publications of one connection that wait for their turn; bounded by two batches."""

    def __init__(self) -> None:
        self._waiting: list[FactPublication] = []  # the next one is the last
        self._present: set[str] = set()  # topics
        self._published: dict[str, int] = {}  # the newest fact of each alarm

    @property
    def waiting(self) -> bool:
        """Return whether something waits."""
        return bool(self._waiting)

    def add(self, batch: Iterable[FactPublication]) -> None:
        """Add a batch of the outbox."""
        waiting = {each.id: each for each in (*self._waiting, *batch)}
        ordered = [waiting[number] for number in sorted(waiting)]
        is_open = {each.what.topic: each.what.retain and each.what.payload for each in ordered}

        def rank(each: FactPublication) -> tuple[bool, bool]:
            return each.what.topic not in self._present, not is_open[each.what.topic]

        self._waiting = sorted(ordered, key=rank)[::-1]

    def add_present(self, found: Iterable[FactPublication]) -> None:
        """Add alarms of the present, which the outbox will add again at their turn."""
        alarms = [each for each in found if each.what.retain]
        if alarms:
            self._present |= {each.what.topic for each in alarms}
            self.add(alarms)

    def __iter__(self) -> Iterator[Publication]:
        """Remove and yield publications; what is added meanwhile gets its turn."""
        while self._waiting:
            each = self._waiting.pop()
            topic = each.what.topic
            if not each.what.retain:
                yield each.what
            elif each.id > self._published.get(topic, 0):
                self._published[topic] = each.id
                yield each.what
        self._present.clear()
