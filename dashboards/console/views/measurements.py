"""Spot measurements, and those that the protocol schedules."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotMeasurementView:
    """One spot measurement.

    Attributes:
        entry: identifies it, with `signal`, in `Backend.correct`.
        at_ns: time of the measurement.
        by: person who entered it; empty for a sensor.
        source: label of the sensor, or ``manual``.
        corrected: person who voided or corrected it, or None while it is valid.
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
    """The latest spot measurement of a signal, manual or by a sensor.

    Attributes:
        signal: ``systolic``.
        label: ``Systolic blood pressure``.
        unit: UCUM code.
        age_s: seconds since it was measured.
        stale: it is too old to count as current.
        priority: of its highest alarm, or None.
        source: label of the sensor, or ``manual``.
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
    """A measurement that the policy schedules.

    Attributes:
        rule: id of the scheduling rule.
        label: what to measure.
        due_ns: when it is due, or None if only a marker decides.
        overdue: it is due and not done.
    """

    rule: str
    label: str
    due_ns: int | None
    overdue: bool
