"""Deviations of a session from its protocol, as its policy and markers show them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.policy.conditions import MeasurementDue
from monitor.analysis.recorded_events import Event, EventKind, EventStatus
from monitor.analysis.session_data import SessionData

_MINUTE_NS = 60 * 10**9
_LATE_MIN = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One deviation.

    Attributes:
        at_ns: when it began.
        kind: measurement-missed, dose-not-ready, and of a dose or supplement -amount,
            -entered-late, -early or -late.
        what: in words.
        minutes: how long or how late; None where that has no meaning.
    """

    at_ns: int
    kind: str
    what: str
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Windows:
    """Times within which the protocol asks for doses; None: any time.

    Attributes:
        dose_min: minutes from the start of the session, (earliest, latest).
        supplement_min: minutes from the dose.
    """

    dose_min: tuple[float, float] | None = None
    supplement_min: tuple[float, float] | None = None


def deviations(data: SessionData, windows: Windows) -> list[Deviation]:
    """Return the deviations in the order of their times."""
    found = [*_missed(data), *_doses(data, windows)]
    return sorted(found, key=lambda each: (each.at_ns, each.kind, each.what))


def _missed(data: SessionData) -> Iterator[Deviation]:
    """Yield measurements that were due, from the alarms about them."""
    due = {
        rule.id: rule.condition.signal
        for rule in data.policy.rules
        if isinstance(rule.condition, MeasurementDue)
    }
    for one in data.alarms:
        if one.rule in due:
            minutes = (one.over_ns - one.raised_ns) / _MINUTE_NS
            measured = _measured(data, due[one.rule], one.raised_ns, one.over_ns)
            end = "measured late" if measured else "never measured"
            yield Deviation(
                at_ns=one.raised_ns,
                kind="measurement-missed",
                what=f"{one.message} ({one.rule}): {end}",
                minutes=minutes,
            )


def _measured(data: SessionData, signal: str, from_ns: int, until_ns: int) -> bool:
    """Return whether a value was measured or entered in a time: a session's end ends alarms too."""
    times = [
        *(each.entered_ns for each in data.events if each.name == signal),
        *(
            at_ns
            for channel, series in data.readings.items()
            if channel.partition("/")[2] == signal
            for at_ns in series.at_ns.tolist()
        ),
    ]
    return any(from_ns <= at_ns <= until_ns for at_ns in times)


def _doses(data: SessionData, windows: Windows) -> Iterator[Deviation]:
    drug = data.policy.dose
    origins = {"dose": data.session.began_ns, "supplement": data.dose_ns}
    allowed = {"dose": windows.dose_min, "supplement": windows.supplement_min}
    for event in data.events:
        if event.kind is not EventKind.MARKER or event.status is not EventStatus.VALID:
            continue
        if event.name not in allowed:
            continue
        if event.detail:
            yield Deviation(at_ns=event.at_ns, kind=f"{event.name}-not-ready", what=event.detail)
        if drug is not None and event.value is not None:
            unusual = drug.unusual(event.name, event.value, event.unit)
            if unusual:
                yield Deviation(at_ns=event.at_ns, kind=f"{event.name}-amount", what=unusual)
        late = (event.entered_ns - event.at_ns) / _MINUTE_NS
        if late > _LATE_MIN:
            yield Deviation(
                at_ns=event.at_ns,
                kind=f"{event.name}-entered-late",
                what="marked after it was given",
                minutes=late,
            )
        yield from _outside(event, origins[event.name], allowed[event.name])


def _outside(
    event: Event, origin_ns: int | None, window: tuple[float, float] | None
) -> Iterator[Deviation]:
    if origin_ns is None or window is None:
        return
    minutes = (event.at_ns - origin_ns) / _MINUTE_NS
    low, high = window
    if minutes > high:
        what = f"{minutes:.0f} min instead of {low:g} to {high:g} min"
        yield Deviation(
            at_ns=event.at_ns, kind=f"{event.name}-late", what=what, minutes=minutes - high
        )
    elif minutes < low:
        what = f"{minutes:.0f} min instead of {low:g} to {high:g} min"
        yield Deviation(
            at_ns=event.at_ns, kind=f"{event.name}-early", what=what, minutes=low - minutes
        )
