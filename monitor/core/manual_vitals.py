"""Validate, record and correct measurements made by hand. Pure."""

from collections.abc import Iterable, Mapping

from devices.errors import UnusualError
from devices.packets import Quality
from devices.signals import SIGNALS
from devices.units import quantity
from monitor.core.spot_measurements import BY_HAND, SpotMeasurement
from monitor.core.spot_rules import SpotRules
from monitor.entries import Entry
from monitor.errors import ActError
from monitor.facts import Fact, ReadingFact, StatisticFact

# What a cuff, a thermometer, an oximeter or a drinking cup gives.
SIGNALS_BY_HAND = (
    "systolic",
    "diastolic",
    "mean_arterial",
    "pulse_rate",
    "body_temperature",
    "spo2",
    "fluid_intake",
)
FLUID = "fluid_intake"


class ManualVitals:
    """Record and correct the measurements of one session in the name of people."""

    def __init__(self, rules: SpotRules) -> None:
        self._rules = rules
        self._total_ns = 0

    @property
    def fluid_ml(self) -> float:
        """Return how much was drunk since the session began."""
        return sum(each.value for each in self._rules.measurements.counting(FLUID))

    def take(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a VITALS entry."""
        body = entry.body()
        at_ns = entry.received_ns if body.get("at_ns") is None else body["at_ns"]
        facts: list[Fact] = []
        for signal, value in body["values"].items():
            at_free_ns = self._rules.measurements.free_ns(f"{BY_HAND}/{signal}", at_ns)
            facts += self._record(now_ns, entry, signal, value, at_free_ns)
        return facts + self._revise(now_ns, body["values"], "")

    def correct(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a CORRECTION entry: void values, and put others in their place in time."""
        body = entry.body()
        facts: list[Fact] = []
        corrected = []
        for signal, value in body["values"].items():
            wrong = self._rules.measurements.find(body["entry"], signal)
            if wrong is None:
                continue
            corrected.append(signal)
            replaced_by = None if value is None else entry.seq
            self._rules.void(now_ns, wrong, body["by"], replaced_by)
            facts.append(_reading(wrong, Quality.INVALID))
            if value is not None:
                at_ns = wrong.measured_ns
                if wrong.source != BY_HAND:
                    at_ns = self._rules.measurements.free_ns(f"{BY_HAND}/{signal}", at_ns)
                facts += self._record(now_ns, entry, signal, value, at_ns)
        return facts + self._revise(now_ns, corrected, body["by"])

    def _record(
        self, now_ns: int, entry: Entry, signal: str, value: float, at_ns: int
    ) -> list[Fact]:
        measurement = SpotMeasurement(
            entry=entry.seq,
            signal=signal,
            source=BY_HAND,
            measured_ns=at_ns,
            entered_ns=now_ns,
            value=float(value),
            by=entry.body()["by"],
        )
        return [_reading(measurement, Quality.GOOD), *self._rules.record(now_ns, measurement)]

    def _revise(self, now_ns: int, signals: Iterable[str], by: str) -> list[Fact]:
        facts: list[Fact] = []
        for signal in signals:
            facts += self._rules.revise(now_ns, signal, by)
            if signal == FLUID:
                facts.append(self._total(now_ns))
        return facts

    def _total(self, now_ns: int) -> StatisticFact:
        self._total_ns = max(now_ns, self._total_ns + 1)
        return StatisticFact(
            subject=f"{BY_HAND}/{FLUID}",
            at_ns=self._total_ns,
            statistic="total",
            window_s=0.0,
            value=self.fluid_ml,
        )


def validated(
    values: Mapping[str, float],
    *,
    confirmed: bool = False,
    beside: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return measurements as they may be recorded, in the units of their signals.

    Args:
        values: by signal.
        confirmed: somebody was asked about unusual ones, and stands by them.
        beside: others of the same act, which were recorded before.

    Raises:
        ActError: there is none, one is unknown or impossible, or a pressure is the wrong way
            round; says which, and what is possible.
        UnusualError: one is possible, but hardly ever true.
    """
    if not values:
        raise ActError("enter at least one measurement")
    for name, value in values.items():
        if name not in SIGNALS_BY_HAND:
            raise ActError(
                f"'{name}' is not entered by hand; there are {', '.join(SIGNALS_BY_HAND)}"
            )
        signal = SIGNALS[name]
        if not signal.possible(value):  # NaN neither
            low, high = signal.possible_range or (signal.lowest, signal.highest)
            raise ActError(
                f"{signal.label} {value:g} is not possible; it must be {low:g} to {high:g} "
                f"{signal.unit}: check the number, measure again"
            )
    together = {**(beside or {}), **values}
    systolic, diastolic = together.get("systolic"), together.get("diastolic")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise ActError("the diastolic pressure is not below the systolic one; are they swapped?")
    unusual = [name for name, value in values.items() if not SIGNALS[name].usual(value)]
    if unusual and not confirmed:
        said = ", ".join(
            f"{SIGNALS[name].label} {quantity(values[name], SIGNALS[name].unit)}"
            for name in sorted(unusual)
        )
        raise UnusualError(f"{said}: really? Measure again, or confirm the value")
    return {name: float(value) for name, value in sorted(values.items())}


def _reading(measurement: SpotMeasurement, quality: Quality) -> ReadingFact:
    return ReadingFact(
        subject=measurement.channel,
        at_ns=measurement.measured_ns,
        value=measurement.value,
        quality=int(quality),
    )
