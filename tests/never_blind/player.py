"""Play a session in the engine and in the model, and compare them continuously."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from alerts.policy.parser import parse_policy
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.core.engine import Engine
from monitor.core.session_spec import SessionSpec
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import AlarmFact, Fact, payload
from tests.never_blind.alarms import Told
from tests.never_blind.law import breaches
from tests.never_blind.model import Model
from tests.never_blind.packets import KINDS, SIGNALS, encode
from tests.never_blind.samples import SECOND
from tests.never_blind.script import Act, Heard, Session

START = 1_700_000_000 * SECOND
_BY = "Dr A"


_COMPARED = frozenset(
    {"raised", "cleared", "latched", "suspended", "resumed", "withdrawn", "reset"}
)


# Steps of one alarm at the same time are a nanosecond apart, including those not compared.
_ROUNDED = 1000


class Difference(AssertionError):
    """Engine and model differ, or the requirement is breached.

    Attributes:
        kind: the difference without its time, to recognize the same failure in another session.
    """

    def __init__(self, where: str, lines: list[str], kind: str) -> None:
        super().__init__("\n".join([where, *lines]))
        self.kind = kind


@dataclass
class Figures:
    """The figures of a session.

    Attributes:
        seconds: compared.
        channel_seconds: of these, counted for each watched channel.
        unjudged: of these, not judged.
        steps: of alarms that were compared.
    """

    seconds: int = 0
    channel_seconds: int = 0
    unjudged: int = 0
    steps: int = 0


class Player:
    """One session in the engine and in the model.

    Args:
        session: to be played.
        make: makes an engine.
    """

    def __init__(self, session: Session, make: Callable[[], Engine] = Engine) -> None:
        self._session = session
        self._make = make
        self._engine = make()
        self._entries: list[Entry] = []
        self._facts: list[tuple[int, Fact]] = []
        self._compared = 0
        self._at_s = 0.0  # by an exact clock
        self._wall_ahead = 0  # the computer's clock minus the exact clock
        self._clock = SessionClock(self._wall, self._boottime)
        self._down = False  # no process runs
        self._waiting: list[tuple[float, Heard | Act]] | None = None  # while the process is stopped
        self._offset = 0  # of the computer's clock, as last journaled
        self._measured: list[tuple[int, str]] = []
        self._marks: list[tuple[int, str]] = []
        self._doubts: list[tuple[int, str, int]] = []  # entry, channel, time of the reading
        self._told: list[tuple[int, str, tuple[Any, ...], dict[str, Any]]] = []
        self.figures = Figures()
        self._begin()

    @property
    def entries(self) -> list[Entry]:
        """Return the entries so far."""
        return self._entries

    def play(self) -> Figures:
        """Play the whole session.

        Raises:
            Difference: engine and model differ, or the requirement is breached.
        """
        seconds = count(1)
        second = next(seconds)
        for at, item in _moments(self._session):
            while second <= at and second <= self._session.length:
                self._look(second)
                second = next(seconds)
            self._happen(at, item)
        while second <= self._session.length:
            self._look(second)
            second = next(seconds)
        self._replay()
        return self.figures

    def _happen(self, at: float, item: Heard | Act) -> None:
        self._at_s = max(at, self._at_s)
        what = item.what if isinstance(item, Act) else ""
        if isinstance(item, Act) and what in ("up", "woken", "restart"):
            getattr(self, f"_{what}")(**item.args)
        elif what == "standstill" and self._waiting is not None:
            return  # it is already stopped
        elif self._waiting is not None:
            self._waiting.append((at, item))
        elif self._down:
            return  # no process receives it
        elif isinstance(item, Heard):
            self._hear(item)
        else:
            getattr(self, f"_{item.what}")(**item.args)

    # Time

    def _boottime(self) -> int:
        return round(self._at_s * SECOND)

    def _wall(self) -> int:
        return START + round(self._at_s * SECOND) + self._wall_ahead

    def _enter(self, kind: EntryKind, source: str, body: bytes, measured: int | None = None) -> int:
        """Journal an entry; return its time."""
        now = self._clock.now_ns()
        if self._entries:
            now = max(now, self._entries[-1].received_ns + 1)
        entry = Entry(
            seq=len(self._entries) + 1,
            received_ns=now,
            kind=kind,
            source=source,
            payload=body,
            measured_ns=measured,
        )
        self._entries.append(entry)
        self._facts += self._engine.apply(entry)
        return now

    def _do(self, kind: EntryKind, of: str, /, **body: Any) -> int:
        return self._enter(kind, of, body_bytes(body))

    def _tell(self, now: int, what: str, *args: Any, **more: Any) -> None:
        """Pass the last entry to the model, and compare it with the engine."""
        self._told.append((now, what, args, more))
        self._model.tell(now, what, *args, **more)
        self._facts += [(self._engine.seq, fact) for fact in self._engine.advance(now)]
        self._compare(now)

    def _look(self, second: float) -> None:
        """Compare both at a time without an entry."""
        self._at_s = max(second, self._at_s)
        if self._down or self._waiting is not None:
            return
        now = max(self._clock.now_ns(), self._engine.now_ns)
        self._facts += [(self._engine.seq, fact) for fact in self._engine.advance(now)]
        self._model.wait(now)
        self._compare(now)
        self.figures.seconds += 1
        found = breaches(self._engine, self._model, self.figures)
        if found:
            lines = [f"  {each.channel}: {each.what}" for each in found]
            raise Difference(self._at(now), lines, "law")

    # Comparison

    def _compare(self, now: int) -> None:
        """Compare engine and model: raised and ended alarms, and open alarms.

        Acknowledgements and ladders are tested elsewhere.
        """
        told = [
            _told(fact)._replace(state="", at_ns=fact.at_ns // _ROUNDED * _ROUNDED)
            for _, fact in self._facts[self._compared :]
            if isinstance(fact, AlarmFact) and fact.step in _COMPARED
        ]
        wanted = [
            each._replace(state="", at_ns=each.at_ns // _ROUNDED * _ROUNDED)
            for each in self._model.log
            if each.step in _COMPARED
        ]
        self._model.log = []
        self._compared = len(self._facts)
        self.figures.steps += len(told)
        if sorted(told, key=_key) != sorted(wanted, key=_key):
            raise self._difference(now, wanted, told)
        shown = [(a.key, a.holds, a.holds and a.suspended) for a in self._engine.alarms.open()]
        should = [(a.key, a.raised, a.raised and a.suspended) for a in self._model.open()]
        if sorted(shown) != sorted(should):
            raise self._difference(now, sorted(should), sorted(shown))

    def _at(self, now: int) -> str:
        return f"at {self._at_s:g} s (session time {(now - START) / SECOND:.9f} s):"

    def _difference(self, now: int, wanted: list[Any], told: list[Any]) -> Difference:
        mine = [each for each in wanted if each not in told]
        engines = [each for each in told if each not in wanted]
        lines = [f"  the model only: {_line(each)}" for each in mine]
        lines += [f"  the engine only: {_line(each)}" for each in engines]
        first = min(mine + engines, key=lambda each: each[0], default=())
        side = "model" if first in mine else "engine"
        kind = f"{side} {first[1]} {first[3]}" if isinstance(first, Told) else f"{side} open"
        return Difference(self._at(now), lines, kind)

    def _replay(self, until_ns: int | None = None) -> None:
        """Compare the facts of a replay of the journal with the live facts.

        Args:
            until_ns: the last time in the journal; None: now.
        """
        engine, facts = self._make(), []
        for entry in self._entries:
            facts += engine.apply(entry)
        end_ns = self._engine.now_ns if until_ns is None else until_ns
        facts += [(engine.seq, fact) for fact in engine.advance(end_ns)]
        if self._facts != facts:
            mine, again = list(map(_row, self._facts)), list(map(_row, facts))
            where = next(n for n, (a, b) in enumerate(zip(mine, again, strict=False)) if a != b)
            lines = [f"  live:     {mine[where]}", f"  replayed: {again[where]}"]
            raise Difference("replay differs", lines, "replay")
        self._engine = engine

    # Events

    def _begin(self) -> None:
        session = self._session
        self._model = self._first_model()
        spec = SessionSpec(
            id="s1",
            site="here",
            room="1",
            participant="P01",
            virtual=True,
            software="0",
            policy=parse_policy(session.policy.text(), "test policy"),
            sensors=tuple(SensorSpec(label=each, kind=KINDS[each]) for each in session.sensors),
            utc_offset_s=0,
        )
        self._enter(EntryKind.SESSION, "s1", body_bytes(spec.body()))

    def _first_model(self) -> Model:
        """Return the model at the beginning of the session."""
        model = Model(START, policy=self._session.policy)
        for label in self._session.sensors:
            for signal in _signals(label):
                model.expect(f"{label}/{signal}")
        return model

    def _hear(self, packet: Heard) -> None:
        if packet.sensor not in self._engine.sensors:
            return  # a shrunk script may lack the act that adds it
        characteristic, body, readings = encode(packet)
        late = round(packet.late * SECOND)
        measured = self._clock.now_ns() - late if late else None
        source = f"{packet.sensor}/{characteristic}"
        now = self._enter(EntryKind.PACKET, source, body, measured)
        if packet.sensor != "cuff":
            self._tell(now, "packet", packet.sensor, readings, measured)
            return
        number = len(self._entries)
        values = {each.signal: each.steps for each in readings}
        if packet.says == "good" and not self._model.standing:
            self._measured.append((number, "systolic"))
            self._tell(now, "measure", number, values, self._channel_at("cuff/systolic"))
        else:
            at_ns = self._channel_at("cuff/systolic") if values else self._entries[-1].received_ns
            self._doubts.append((number, "cuff/systolic", at_ns))
            self._tell(now, "doubt", number, "cuff/systolic", values)

    def _channel_at(self, channel: str) -> int:
        """Return the time of the last reading of a channel, which identifies it."""
        return self._engine.channels[channel].at_ns

    def _start(self) -> None:
        now = self._do(EntryKind.START, "session", by=_BY, reason="", checklist=[])
        self._model.wait(now)

    def _policy(self, policy: Any) -> None:
        now = self._do(
            EntryKind.POLICY, policy.name, text=policy.text(), by=_BY, reason="amendment"
        )
        self._tell(now, "change_policy", policy, _BY)

    def _override(self, rule: str, changes: dict[str, Any]) -> None:
        known = {each.id: each for each in self._model.policy.rules}
        if rule not in known:
            return
        body = known[rule].override_body(changes)
        now = self._do(EntryKind.OVERRIDE, rule, changes=body, by=_BY, reason="agreed")
        self._tell(now, "override", rule, changes, _BY)

    def _acknowledge(self, rule: str) -> None:
        self._on_alarm(EntryKind.ACKNOWLEDGE, "acknowledge", rule)

    def _reset(self, rule: str) -> None:
        self._on_alarm(EntryKind.RESET, "reset", rule)

    def _on_alarm(self, kind: EntryKind, what: str, rule: str) -> None:
        self._model.wait(max(self._clock.now_ns(), self._engine.now_ns))
        for alarm in self._model.open():
            if alarm.rule.id == rule:
                now = self._do(kind, alarm.key, by="AB")
                self._tell(now, what, alarm.key, "AB")
                return

    def _unacknowledge(self, rule: str) -> None:
        self._on_alarm(EntryKind("unacknowledge"), "unacknowledge", rule)

    def _pause(self) -> None:
        now = self._do(EntryKind.PAUSE, "audio", by="AB")
        self._tell(now, "pause")

    def _fault(self, name: str, on: bool) -> None:
        now = self._do(EntryKind.FAULT, name, on=on, reason="r" if on else "")
        self._tell(now, "fault", name, "session", on)

    def _mark(self, kind: str, back: float) -> None:
        dated = self._dated(back)
        now = self._do(EntryKind.MARKER, kind, text="", by=_BY, **dated)
        at = self._engine.markers.marked  # of two at the same time, one is a nanosecond later
        given = max(m.at_ns for m in at if m.entered_ns == now)
        self._marks.append((given, kind))
        self._tell(now, "mark", kind, given)

    def _dated(self, back: float) -> dict[str, int]:
        """Return the time of a late entry, limited to the session."""
        at_ns = max(self._clock.now_ns() - round(back * SECOND), self._engine.started_ns)
        return {"at_ns": at_ns} if back else {}

    def _undo(self, nth: int) -> None:
        if nth >= len(self._marks):
            return
        marked, kind = self._marks.pop(nth)
        now = self._do(EntryKind.UNDO, kind, at_ns=marked, by=_BY, reason="mistake")
        self._tell(now, "undo", marked, _BY)

    def _rebaseline(self) -> None:
        now = self._do(EntryKind.REBASELINE, "session", by=_BY, reason="moved")
        self._tell(now, "rebaseline")

    def _measure(self, systolic: int, back: float) -> None:
        dated = self._dated(back)
        now = self._do(
            EntryKind.VITALS, "manual", values={"systolic": systolic}, by="AB", role="", **dated
        )
        number = len(self._entries)
        self._measured.append((number, "systolic"))
        mine = self._engine.spot.find(number, "systolic")
        assert mine is not None
        self._tell(now, "measure", number, {"systolic": systolic}, mine.measured_ns)

    def _cuff(self, systolic: int, says: str) -> None:
        self._hear(Heard(self._at_s, "cuff", (systolic,), says=says))

    def _settle(self, nth: int, valid: bool) -> None:
        if nth >= len(self._doubts):
            return
        number, channel, at_ns = self._doubts.pop(nth)
        now = self._do(EntryKind.SETTLE, channel, at_ns=at_ns, valid=valid, by="AB")
        if valid:
            self._measured.append((number, "systolic"))
        self._tell(now, "settle", number, valid=valid)

    def _correct(self, nth: int, systolic: int | None) -> None:
        if nth >= len(self._measured):
            return
        number, signal = self._measured.pop(nth)
        now = self._do(
            EntryKind.CORRECTION,
            "manual",
            entry=number,
            values={signal: systolic},
            by="AB",
            reason="typo",
        )
        by_number = len(self._entries)
        if systolic is not None:
            self._measured.append((by_number, signal))
        self._tell(now, "correct", number, by_number, signal, systolic, "AB")

    def _sensor(self, label: str, reason: str) -> None:
        kind = KINDS[label]
        now = self._do(
            EntryKind.SENSOR, label, kind=kind, address=None, name=None, by=_BY, reason=reason
        )
        self._tell(now, "sensor", label, _signals(label))

    def _swap(self, label: str = "strap") -> None:
        self._sensor(label, "flat battery")

    def _add(self, label: str = "spare") -> None:
        self._sensor(label, "one more")

    # Process and clocks

    def _restart(self, ahead: float, away: float) -> None:
        """Kill the process; start another after `away` seconds with its clock set by `ahead`."""
        self._down, self._waiting = True, None  # entries waiting in the process are lost

    def _up(self, ahead: float) -> None:
        if not self._down:
            return
        self._down = False
        end = max([self._entries[-1].received_ns, *(fact.at_ns for _, fact in self._facts[-9:])])
        self._replay(end)
        if self._model.now > end:  # the next process cannot know what passed without an entry
            self._model = self._first_model()
            for at, what, args, more in self._told:
                self._model.tell(at, what, *args, **more)
            self._model.wait(end)
            self._model.log = []
        stopped = end + self._offset  # by the computer's clock at that time
        self._wall_ahead += round(ahead * SECOND)
        self._clock = SessionClock(self._wall, self._boottime, end + 1)
        self._offset = self._clock.offset_ns()
        pause = (self._wall() - stopped) / SECOND
        body = {"version": "0", "offset_ns": self._offset, "since_ns": end}
        now = self._do(EntryKind.RUN, "physiomon", **body)
        self._tell(now, "run", self._offset / SECOND, pause if pause > -5 else None)

    def _set_clock(self, by: float) -> None:
        """Set the computer's clock."""
        self._wall_ahead += round(by * SECOND)
        if step := self._clock.step_ns():
            self._offset = self._clock.offset_ns()
            now = self._do(EntryKind.CLOCK, "physiomon", offset_ns=self._offset)
            assert step
            self._tell(now, "clock", self._offset / SECOND)

    def _standstill(self, long: float) -> None:
        """Stop the process for a time, during which events wait."""
        self._since = self._clock.now_ns()
        self._waiting = []

    def _woken(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return  # it was killed in the meantime
        since = max(self._since, self._entries[-1].received_ns)
        now = self._do(EntryKind.STANDSTILL, "physiomon", since_ns=since)
        self._tell(now, "stand_still")
        for at, item in waiting:
            self._happen(at, item)
        self._at_s += 1
        now = self._do(EntryKind.STANDSTILL, "physiomon", over=True)
        self._tell(now, "go_on")


def _signals(label: str) -> list[str]:
    """Return the continuous signals of a sensor that the model implements."""
    unknown = ("rr_interval", "battery")
    return [each for each in SIGNALS[KINDS[label]] if label != "cuff" and each not in unknown]


def _moments(session: Session) -> Iterator[tuple[float, Heard | Act]]:
    """Return packets and acts in their order."""
    every: list[tuple[float, Heard | Act]] = []
    for item in session.items:
        every += item.packets() if isinstance(item, Heard) else [(item.at, item)]
        if isinstance(item, Act) and item.what == "restart":
            up = Act(item.at + item.args["away"], "up", {"ahead": item.args["ahead"]})
            every.append((up.at, up))
        if isinstance(item, Act) and item.what == "standstill":
            every.append((item.at + item.args["long"], Act(item.at + item.args["long"], "woken")))
    yield from sorted(every, key=lambda each: each[0])


def _is_alarm(fact: Fact) -> bool:
    return isinstance(fact, AlarmFact)


def _told(fact: Fact) -> Told:
    assert isinstance(fact, AlarmFact)
    what = (fact.at_ns, fact.rule, fact.subject, fact.step, fact.state)
    by = fact.by if fact.step in ("acknowledged", "reset", "withdrawn", "unacknowledged") else None
    return Told(*what, fact.suspended, by, fact.priority)


def _key(told: Told) -> tuple[int, str, str]:
    return told.at_ns, told.rule, told.subject


def _row(row: tuple[int, Fact]) -> tuple[int, int, str, str, str]:
    seq, fact = row
    return seq, fact.at_ns, fact.kind, fact.subject, payload(fact)


def _line(told: Any) -> str:
    if not isinstance(told, Told):
        return str(told)
    second = (told.at_ns - START) / SECOND
    by = f" by {told.by}" if told.by else ""
    suspended = ", suspended" if told.suspended else ""
    return (
        f"{second:.9f} {told.rule}@{told.subject} {told.step} ({told.state}{suspended}, "
        f"{told.priority}){by}"
    )
