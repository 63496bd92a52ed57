"""Player of recordings: the engine's state at any time, without blocking the event loop."""

import asyncio
import json
import pickle
import time
from collections.abc import Callable, Iterable
from typing import Any

from dashboards.console.views.session import MomentView
from monitor.core.engine import Engine
from monitor.entries import Entry
from monitor.facts import AdverseEventFact, AdverseEventStep, AlarmFact, Fact, MarkerFact
from monitor.sessions.alarm_history import AlarmHistory
from monitor.sessions.alarm_occurrences import Occurrence
from monitor.sessions.chart_series import ChartSeries
from monitor.sessions.checkpoints import Checkpoint, Checkpoints
from monitor.sessions.ecg_strips import LatestEcg
from monitor.sessions.recording import Recording

_BEAT_S = 0.1
_ECG_NS = 60 * 10**9  # before the wanted time, from which on samples are read
_SLICE_S = 0.005  # longest time for which it blocks the event loop

_State = tuple[Engine, ChartSeries, AlarmHistory, LatestEcg]


class RecordingPlayer:
    """Player of one recording.

    Args:
        recording: to play.
        speed: recorded seconds per real second.
        perf_s: clock of the slices.
        checkpoints: without any yet.

    Attributes:
        recording: the recording being played.
        engine: its state at `now_ns`.
        chart_series: series up to `now_ns`.
        history: alarm steps up to `now_ns`.
        ecg: the ECG of the seconds before `now_ns`.
        speed: recorded seconds per real second.
        playing: whether time advances.
        occurrences: all alarms of the recording.
        moments: alarms, markers and adverse events of the recording, in order.
    """

    def __init__(
        self,
        recording: Recording,
        speed: float = 1.0,
        perf_s: Callable[[], float] = time.perf_counter,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.recording = recording
        self.speed = speed
        self.playing = True
        self.occurrences = recording.occurrences()
        self.moments = _moments(recording, self.occurrences.until(recording.ended_ns))
        self._perf_s = perf_s
        self._checkpoints = checkpoints or Checkpoints()
        self._next: Entry | None
        self._wanted_ns = recording.began_ns
        self._rewind()

    @property
    def now_ns(self) -> int:
        """Return the time of the recording that is shown."""
        return self.engine.now_ns

    @property
    def seeking(self) -> bool:
        """Return whether the engine has not reached the wanted time yet."""
        return self.engine.now_ns != self._wanted_ns

    def seek(self, at_ns: int) -> None:
        """Seek to a time; times outside the recording mean its start or end."""
        recording = self.recording
        self._wanted_ns = min(max(at_ns, recording.began_ns), recording.ended_ns)

    async def run(self) -> None:
        """Play until cancelled."""
        loop = asyncio.get_running_loop()
        then_s = loop.time()
        while True:
            if (nearer := self._nearer()) is not None:
                await self._return_to(nearer)
            arrived = self._advance()
            if self._checkpoints.due(self.now_ns):
                await self._keep()
            await asyncio.sleep(_BEAT_S if arrived else 0)
            now_s = loop.time()
            if self.playing and not self.seeking:
                self.seek(self._wanted_ns + round((now_s - then_s) * self.speed * 1e9))
            then_s = now_s

    def _nearer(self) -> Checkpoint | None:
        """Return a checkpoint from which the wanted time is reached sooner, or None.

        All ECG samples that are shown are after it.
        """
        found = self._checkpoints.last_until(self._wanted_ns - _ECG_NS)
        back = self._wanted_ns < self.now_ns
        return found if found is not None and (back or found.at_ns > self.now_ns) else None

    async def _keep(self) -> None:
        """Make a checkpoint, in steps between which pages are served."""
        parts = []
        state: _State = self.engine, self.chart_series, self.history, self.ecg
        for part in state:
            parts.append(pickle.dumps(part, pickle.HIGHEST_PROTOCOL))
            await asyncio.sleep(0)
        self._checkpoints.add(Checkpoint(self.now_ns, self.engine.seq, parts))

    async def _return_to(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint, in steps as well."""
        parts: list[Any] = []
        for part in checkpoint.parts:
            parts.append(pickle.loads(part))  # noqa: S301 - `_keep` made it
            await asyncio.sleep(0)
        engine, charts, history, ecg = parts
        self._continue((engine, charts, history, ecg), checkpoint.seq)

    def _advance(self) -> bool:
        """Advance for a few milliseconds; return whether the wanted time is reached."""
        wanted_ns = self._wanted_ns
        if wanted_ns < self.engine.now_ns:
            self._rewind()
        until_s = self._perf_s() + _SLICE_S
        while self._next is not None and self._next.received_ns <= wanted_ns:
            self._take(fact for _, fact in self.engine.apply(self._next))
            recent = wanted_ns - self._next.received_ns <= _ECG_NS
            (self.ecg.take if recent else self.ecg.skip)(self._next)
            self._next = next(self._entries, None)
            if self._perf_s() >= until_s:
                return False
        self._take(self.engine.advance(wanted_ns))
        if wanted_ns == self.recording.ended_ns:
            self.playing = False
        return True

    def _rewind(self) -> None:
        """Start again from the first entry."""
        first = next(self.recording.journal.entries())
        self._continue((Engine(), ChartSeries(), AlarmHistory(), LatestEcg()), first.seq)
        self.ecg.take(first)
        self._take(fact for _, fact in self.engine.apply(first))

    def _continue(self, state: _State, seq: int) -> None:
        """Continue from a state after the entry `seq`."""
        self.engine, self.chart_series, self.history, self.ecg = state
        self._entries = self.recording.journal.entries(after=seq)
        self._next = next(self._entries, None)

    def _take(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.chart_series.add(fact)
            if isinstance(fact, AlarmFact):
                self.history.add(fact)


def _moments(recording: Recording, alarms: Iterable[Occurrence]) -> list[MomentView]:
    found = [
        MomentView(
            at_ns=alarm.raised_ns,
            until_ns=alarm.over_ns,
            kind=MomentView.ALARM,
            text=f"{alarm.priority} alarm: {alarm.message}",
            priority=alarm.priority,
        )
        for alarm in alarms
        if not alarm.silent and not alarm.inside
    ]
    for row in recording.journal.facts_of_kind(MarkerFact.kind):
        text = json.loads(row.payload)["text"]
        said = f"{row.subject}: {text}" if text else row.subject
        found.append(MomentView(at_ns=row.at_ns, until_ns=row.at_ns, kind="marker", text=said))
    for event in recording.facts(AdverseEventFact):
        if event.step == AdverseEventStep.REPORTED:
            said = f"adverse event: {event.subject} {event.text}".rstrip()
            at_ns = event.started_ns
            found.append(MomentView(at_ns=at_ns, until_ns=at_ns, kind="event", text=said))
    return sorted(found, key=lambda each: each.at_ns)
