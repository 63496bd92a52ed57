"""Spot measurements, and those that the protocol schedules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SAME_NS = 10**9  # values of one source within a second are one measurement
PRESSURES = ("systolic", "diastolic", "mean_arterial")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodPressureView:
    """One measurement of blood pressure: its values in force, and those that were corrected.

    Attributes:
        at_ns: time of the measurement.
        source: label of the cuff, or ``manual``.
        by: person who entered it, or the last correction; empty for a cuff alone.
        systolic: in mmHg; None if not measured or voided.
        diastolic: likewise.
        mean: mean arterial pressure as measured, else calculated from the other two; or None.
        struck: corrected values in order of entry, each with the person who corrected it.
    """

    at_ns: int
    source: str
    by: str
    systolic: float | None
    diastolic: float | None
    mean: float | None
    struck: Sequence[SpotMeasurementView] = ()

    @property
    def counts(self) -> bool:
        """Return whether a value is in force."""
        return any(each is not None for each in (self.systolic, self.diastolic, self.mean))

    @property
    def text(self) -> str:
        """Return the values as systolic/diastolic (mean arterial pressure), without the unit."""
        pair = "/".join(
            "--" if each is None else f"{each:.0f}" for each in (self.systolic, self.diastolic)
        )
        return pair if self.mean is None else f"{pair} ({self.mean:.0f})"


def blood_pressures(measurements: Iterable[SpotMeasurementView]) -> list[BloodPressureView]:
    """Return the measurements of blood pressure, latest first; each is one reading of a cuff.

    A correction has the time of what it corrects, and belongs to the same measurement.
    """
    groups: list[list[SpotMeasurementView]] = []
    for each in sorted(measurements, key=lambda one: (one.at_ns, one.entry)):
        if each.signal not in PRESSURES:
            continue
        near = [group for group in groups if each.at_ns - group[0].at_ns < _SAME_NS]
        group = next((group for group in near if _belongs(each, group)), None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return [_blood_pressure(group) for group in reversed(groups)]


def latest_blood_pressure(
    measurements: Iterable[SpotMeasurementView],
) -> BloodPressureView | None:
    """Return the latest measurement of blood pressure with a value in force, or None."""
    return next((each for each in blood_pressures(measurements) if each.counts), None)


def _belongs(one: SpotMeasurementView, group: Sequence[SpotMeasurementView]) -> bool:
    """Return whether a value has the entry of a group, or replaces a corrected value of it."""
    if any(each.entry == one.entry for each in group):
        return True
    same = [each for each in group if each.signal == one.signal]
    return bool(same) and all(each.corrected is not None for each in same)


def _blood_pressure(group: Sequence[SpotMeasurementView]) -> BloodPressureView:
    known = {each.signal: each for each in group if each.corrected is None}
    systolic, diastolic, mean = (
        known[signal].value if signal in known else None for signal in PRESSURES
    )
    if mean is None and systolic is not None and diastolic is not None:
        mean = (systolic + 2 * diastolic) / 3
    last = max(known.values() or group, key=lambda each: each.entry)
    return BloodPressureView(
        at_ns=group[0].at_ns,
        source=last.source,
        by=last.by,
        systolic=systolic,
        diastolic=diastolic,
        mean=mean,
        struck=sorted(
            (each for each in group if each.corrected is not None), key=lambda each: each.entry
        ),
    )
