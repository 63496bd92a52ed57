"""Metrics of one session. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from alerts.alarm import State
from alerts.policy.rules import Priority
from monitor.core.judgement import Judged
from monitor.sessions.health import why_unwell
from monitor.sessions.session import Session

PLACE: Final = ("site", "room")
LINK_STATES: Final = ("connected", "searching", "silent", "lost", "waiting", "failed")
_KINDS = ("physiological", "technical")

Row = tuple[str, Sequence[str], float]  # name of the family, labels after those of the place, value
UNWELL: Final[Row] = ("physiomon_session_well", (), 0.0)


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics of one name; a `counter` only increases within a session."""

    text: str
    labels: Sequence[str] = ()
    counter: bool = False

    def made(self, name: str) -> GaugeMetricFamily | CounterMetricFamily:
        """Return an empty family of the library."""
        kind = CounterMetricFamily if self.counter else GaugeMetricFamily
        return kind(name, self.text, labels=(*PLACE, *self.labels))


FAMILIES: Final = {
    "physiomon_session_well": Family(
        "Whether it is evaluated, journaled, shown and able to call (1)."
    ),
    "physiomon_engine_lag_seconds": Family("Time since the last evaluation of the rules."),
    "physiomon_journal_entries": Family("Entries in the journal.", counter=True),
    "physiomon_journal_facts": Family("Facts in the journal.", counter=True),
    "physiomon_backlog_facts": Family("Facts not delivered to a destination.", ("destination",)),
    "physiomon_backlog_age_seconds": Family(
        "Age of the oldest fact not delivered to a destination.", ("destination",)
    ),
    "physiomon_link": Family(
        "State of a sensor's link (1 for the present one).", ("sensor", "state")
    ),
    "physiomon_channels": Family("Channels by state of judgement.", ("state",)),
    "physiomon_alarms": Family("Open alarms.", ("priority", "kind")),
    "physiomon_unacknowledged_alarms": Family(
        "Active alarms, not acknowledged.", ("priority", "kind")
    ),
    "physiomon_notices": Family("Notices that the console shows about the monitor itself."),
}


def session_rows(session: Session) -> Iterator[Row]:
    """Yield the metrics of a running session; every family has its zeros."""
    engine, now_ns = session.engine, session.now_ns()
    yield "physiomon_session_well", (), float(why_unwell(session) is None)
    yield "physiomon_engine_lag_seconds", (), max(0, now_ns - engine.now_ns) / 1e9
    yield "physiomon_journal_entries", (), session.journal.last_seq
    yield "physiomon_journal_facts", (), session.journal.last_fact
    for name, backlog in session.backlogs.items():
        waiting = backlog()
        age_s = 0.0 if waiting.oldest_ns is None else max(0, now_ns - waiting.oldest_ns) / 1e9
        yield "physiomon_backlog_facts", (name,), waiting.facts
        yield "physiomon_backlog_age_seconds", (name,), age_s
    judged = Counter(
        engine.judgement(channel, now_ns).state
        for channel in engine.channels.values()
        if channel.signal.trend
    )
    for judgement in Judged:
        yield "physiomon_channels", (judgement.value,), judged[judgement]
    for label, sensor in engine.sensors.items():
        for state in LINK_STATES:
            yield "physiomon_link", (label, state), float(sensor.state == state)
    alarms = engine.alarms.open()
    active = [alarm for alarm in alarms if alarm.shown is State.ACTIVE]
    for name, found in (("physiomon_alarms", alarms), ("physiomon_unacknowledged_alarms", active)):
        number = Counter((alarm.rule.priority, alarm.rule.technical) for alarm in found)
        for priority in Priority:
            for technical, kind in enumerate(_KINDS):
                labels = (priority.name.lower(), kind)
                yield name, labels, number[priority, bool(technical)]
    notices = len(session.notices) + len(session.delivery_health.sentences())
    yield "physiomon_notices", (), notices
