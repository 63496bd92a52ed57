"""Manual measurements: validation, recording and correction. Pure."""

from collections.abc import Callable, Iterable, Mapping

from devices.errors import UnusualError
from devices.packets import Quality
from devices.signals import SIGNALS
from devices.units import quantity
from monitor.core.spot_measurements import BY_HAND, SpotMeasurement
from monitor.core.spot_rules import SpotRules
from monitor.entries import Entry, EntryKind
from monitor.errors import ActError
from monitor.facts import Fact, ReadingFact, StatisticFact

# Values of a cuff, a thermometer, an oximeter or a drinking cup.
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
    """Manual measurements of one session."""

    def __init__(self, rules: SpotRules) -> None:
        self._rules = rules
        self._total_ns = 0

    def handlers(self) -> dict[str, Callable[[int, Entry], list[Fact]]]:
        """Return the handlers of entries by their kind."""
        return {EntryKind.VITALS: self.take, EntryKind.CORRECTION: self.correct}

    @property
    def fluid_ml(self) -> float:
        """Return the fluid intake since the start of the session in ml."""
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
        """Apply a CORRECTION entry: void values, and add others with their times."""
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
            window_s=0.0,
            values={"total": self.fluid_ml},
        )


def validated(
    values: Mapping[str, float],
    *,
    confirmed: bool = False,
    beside: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Validate measurements; return them in the units of their signals.

    Args:
        values: by signal.
        confirmed: a person has confirmed unusual values.
        beside: others of the same entry, already recorded.

    Raises:
        ActError: there is no value, one is unknown or impossible, or the diastolic pressure is not
            below the systolic one; the message shows which, and what is possible.
        UnusualError: a value is possible, but unusual.
    """
    if not values:
        raise ActError("enter at least one measurement")
    for name, value in values.items():
        if name not in SIGNALS_BY_HAND:
            raise ActError(
                f"'{name}' cannot be entered by hand; allowed: {', '.join(SIGNALS_BY_HAND)}"
            )
        signal = SIGNALS[name]
        if not signal.possible(value):  # NaN neither
            low, high = signal.possible_range or (signal.lowest, signal.highest)
            raise ActError(
                f"{signal.label} {value:g} is not possible; it must be {low:g} to {high:g} "
                f"{signal.unit}: check the value or measure again"
            )
    together = {**(beside or {}), **values}
    systolic, diastolic = together.get("systolic"), together.get("diastolic")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise ActError("the diastolic pressure must be below the systolic one: are they swapped?")
    unusual = [name for name, value in values.items() if not SIGNALS[name].usual(value)]
    if unusual and not confirmed:
        said = ", ".join(
            f"{SIGNALS[name].label} {quantity(values[name], SIGNALS[name].unit)}"
            for name in sorted(unusual)
        )
        raise UnusualError(f"{said}: unusual value; measure again or confirm it")
    return {name: float(value) for name, value in sorted(values.items())}


def _reading(measurement: SpotMeasurement, quality: Quality) -> ReadingFact:
    return ReadingFact(
        subject=measurement.channel,
        at_ns=measurement.measured_ns,
        value=measurement.value,
        quality=int(quality),
    )
