"""Spot measurements, and those that the protocol schedules."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotMeasurementView:
    """One measurement that is made now and then.

    Attributes:
        entry: names it, with `signal`, in `Backend.correct`.
        at_ns: when it was measured.
        by: who entered it; empty for a sensor.
        source: label of the sensor; ``manual`` for a person.
        corrected: who has voided or corrected it, or None while it counts.
    """

    entry: int
    signal: str
    label: str
    unit: str
    at_ns: int
    value: float
    by: str
    corrected: str | None
    source: str = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestMeasurementView:
    """The last value of a signal that is measured now and then, whoever measured.

    Attributes:
        signal: ``systolic``.
        label: ``Systolic blood pressure``.
        unit: UCUM code.
        age_s: seconds since it was measured.
        stale: it is too old to stand for the present.
        priority: of the highest alarm on it, or None.
        source: label of the sensor; ``manual`` for a person.
    """

    signal: str
    label: str
    unit: str
    value: float
    age_s: float
    stale: bool
    priority: str | None
    source: str = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledMeasurementView:
    """A measurement that the protocol asks for.

    Attributes:
        rule: id of the rule that says so.
        label: what is to be measured.
        due_ns: when, or None where only a marker says so.
        overdue: it should have been made by now.
    """

    rule: str
    label: str
    due_ns: int | None
    overdue: bool
