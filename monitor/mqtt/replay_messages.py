"""Messages of a recorded session with current times. Pure.

The topics are those of the replay, whose id `monitor.delivery.replay_points` makes: no live topic
gets a replayed message.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from monitor.core.session_spec import SessionSpec
from monitor.facts import AlarmFact, Fact, ReadingFact, payload
from monitor.mqtt.broker import Publication
from monitor.mqtt.topics import Topics
from monitor.storage.fact_rows import FactRow


class ReplayMessages:
    """Messages of the readings, alarms and markers of a replay.

    Args:
        spec: of the recorded session.
        session: id of the replay.
        plays_ns: returns the replay time of a time of the recording.

    Attributes:
        topics: of the replay.
    """

    def __init__(self, spec: SessionSpec, session: str, plays_ns: Callable[[int], int]) -> None:
        self.topics = Topics(replace(spec, id=session))
        self._plays_ns = plays_ns
        self._seq = 0
        self._open: dict[str, bool] = {}

    def messages(self, facts: Iterable[tuple[int, Fact]]) -> Iterator[Publication]:
        """Yield the messages of facts."""
        for _, fact in facts:
            self._seq += 1
            moved = replace(fact, at_ns=self._plays_ns(fact.at_ns))
            if isinstance(moved, ReadingFact):
                yield self.topics.reading(moved)
                continue
            if isinstance(moved, AlarmFact) and moved.announced_ns is not None:
                moved = replace(moved, announced_ns=self._plays_ns(moved.announced_ns))
            row = FactRow(self._seq, 0, moved.at_ns, moved.kind, moved.subject, payload(moved))
            message = self.topics.publication(row)
            if message is not None:
                if message.retain:
                    self._open[message.topic] = bool(message.payload)
                yield message

    def over(self) -> Iterator[Publication]:
        """Yield the messages that delete open alarms, which nobody can answer."""
        for topic, is_open in self._open.items():
            if is_open:
                yield Publication(topic=topic, payload=b"", retain=True)
