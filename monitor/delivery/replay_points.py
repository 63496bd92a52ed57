"""Replay of a recorded session as InfluxDB points with current times.

Pure. The session is `<id>~replay-<start>`, so that queries for the recorded session find no
replayed points, and every point has the field `replay`. A replay journals nothing, raises no alarm
and calls nobody.
"""

import datetime
from collections.abc import Iterable, Iterator
from functools import partial

from monitor.core.session_spec import SessionSpec
from monitor.delivery.line_protocol import LineEncoder
from monitor.facts import Fact, UndoFact, payload
from monitor.storage.fact_rows import FactRow

MARK = "~replay-"


def replay_name(session: str, named_ns: int) -> str:
    """Return the session id of a replay that was started at a time.

    >>> replay_name("P07-day1", 1_700_000_000_000_000_000)
    'P07-day1~replay-20231114T221320Z'
    """
    start = datetime.datetime.fromtimestamp(named_ns // 10**9, datetime.UTC)
    return f"{session}{MARK}{start:%Y%m%dT%H%M%SZ}"


def moved_ns(began_ns: int, plays_ns: int, speed: float, at_ns: int) -> int:
    """Return the replay time of a time of the recording.

    >>> moved_ns(100, 1000, 2.0, 120)
    1010
    """
    return plays_ns + round((at_ns - began_ns) / speed)


class ReplayPoints:
    """Encoder of a recorded session as lines of a replay.

    Args:
        spec: of the recorded session.
        began_ns: when it began.
        plays_ns: UTC time to which its beginning is moved.
        speed: recorded seconds per second of the replay; the time axis is compressed accordingly.
        named_ns: when the replay was started; part of its name.

    Attributes:
        session: id of the replay.
        plays_ns: returns the replay time of a time of the recording.
    """

    def __init__(
        self, spec: SessionSpec, began_ns: int, plays_ns: int, speed: float, named_ns: int
    ) -> None:
        self.session = replay_name(spec.id, named_ns)
        self._encoder = LineEncoder(spec.site, self.session, spec.participant, spec.salt)
        self.plays_ns = partial(moved_ns, began_ns, plays_ns, speed)
        self._last_ns: dict[str, int] = {}

    def lines(self, facts: Iterable[tuple[int, Fact]]) -> Iterator[bytes]:
        """Yield the lines of facts."""
        for seq, fact in facts:
            row = FactRow(0, seq, fact.at_ns, fact.kind, fact.subject, payload(fact))
            series, written = self._encoder.point(row)
            if not written:
                continue
            # Compressed, two points of a series may get the same time: one would be lost.
            at_ns = self.plays_ns(fact.at_ns)
            if not isinstance(fact, UndoFact):  # it must update the point that it corrects
                at_ns = max(at_ns, self._last_ns.get(series, -1) + 1)
                self._last_ns[series] = at_ns
            yield f"{series} {written},replay=true {at_ns}".encode()
