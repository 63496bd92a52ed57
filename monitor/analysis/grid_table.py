"""Alarms, missed events and burden for each setting of rules. Pure.

Marked events are what people judged or reported in the recording: alarms with the verdict useful,
and adverse events. A setting misses a useful alarm if no alarm of its rule and channel is open at
any time of it, and an adverse event if no alarm of the swept rules is open from `NEAR_S` before it
until `NEAR_S` after it. An alarm that a higher one of its ladder covers counts as open, because
people hear the higher one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.alarm_review_fact import Verdict
from monitor.analysis.adverse_event_table import AdverseEvent
from monitor.analysis.time_spans import covered_ns
from monitor.sessions.alarm_occurrences import Occurrence

NEAR_S = 300.0
_HOUR_NS = 3600 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptSession:
    """One session under one setting.

    Attributes:
        recorded: alarms that people have heard and judged.
        raised: alarms under the setting.
        replayed: the setting needed a replay; else its alarms are by columns.
    """

    began_ns: int
    ended_ns: int
    events: Sequence[AdverseEvent]
    recorded: Sequence[Occurrence]
    raised: Sequence[Occurrence]
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """Alarms of the swept rules under one setting, in all sessions together.

    Attributes:
        setting: as it was written; empty for the recorded rules.
        alarms: announced ones.
        per_hour: of them.
        in_alarm_s: time with at least one of them open.
        share: of the sessions' time.
        useful, useful_missed: recorded alarms that people judged useful; those that are missed.
        false, false_avoided: likewise those judged false or artefact.
        events, events_missed: adverse events; those without an alarm near them.
        all_alarms: physiological alarms of all rules, announced.
        replayed: number of sessions that were replayed; in the others it is by columns.
    """

    setting: str
    alarms: int
    per_hour: float
    in_alarm_s: float
    share: float
    useful: int
    useful_missed: int
    false: int
    false_avoided: int
    events: int
    events_missed: int
    all_alarms: int
    replayed: int


def grid_row(setting: str, rules: frozenset[str], sessions: Sequence[SweptSession]) -> GridRow:
    """Return the row of one setting.

    Args:
        setting: its text.
        rules: ids of the swept rules.
        sessions: each lasted some time.
    """
    lasted_ns = sum(session.ended_ns - session.began_ns for session in sessions)
    swept = [[one for one in session.raised if one.rule in rules] for session in sessions]
    alarms = sum(not one.inside for raised in swept for one in raised)
    in_alarm_ns = sum(
        covered_ns((one.raised_ns, one.over_ns) for one in raised) for raised in swept
    )
    useful = useful_missed = false = false_avoided = events = events_missed = 0
    for session, raised in zip(sessions, swept, strict=True):
        for judged in session.recorded:
            if judged.rule not in rules or not judged.verdict:
                continue
            gone = not any(
                one.key == judged.key and _overlap(one, judged.raised_ns, judged.over_ns)
                for one in raised
            )
            if judged.verdict == Verdict.USEFUL:
                useful, useful_missed = useful + 1, useful_missed + gone
            else:
                false, false_avoided = false + 1, false_avoided + gone
        for event in session.events:
            start_ns = session.began_ns + round((event.started_s - NEAR_S) * 1e9)
            lasted_s = event.lasted_s
            end_ns = session.ended_ns
            if lasted_s is not None:
                end_ns = start_ns + round((lasted_s + 2 * NEAR_S) * 1e9)
            events += 1
            events_missed += not any(_overlap(one, start_ns, end_ns) for one in raised)
    return GridRow(
        setting=setting,
        alarms=alarms,
        per_hour=alarms * _HOUR_NS / lasted_ns,
        in_alarm_s=in_alarm_ns / 1e9,
        share=in_alarm_ns / lasted_ns,
        useful=useful,
        useful_missed=useful_missed,
        false=false,
        false_avoided=false_avoided,
        events=events,
        events_missed=events_missed,
        all_alarms=sum(
            not (one.inside or one.technical or one.silent)
            for session in sessions
            for one in session.raised
        ),
        replayed=sum(session.replayed for session in sessions),
    )


def _overlap(one: Occurrence, since_ns: int, until_ns: int) -> bool:
    return one.raised_ns <= until_ns and one.over_ns >= since_ns
