"""Validate, record and correct measurements made by hand. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from devices.packets import Quality
from devices.signals import SIGNALS
from monitor.core.channel import BY_HAND, Channel
from monitor.core.rule_evaluator import RuleEvaluator
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


@dataclass(slots=True)
class ManualMeasurement:
    """One value entered by hand.

    Attributes:
        entry: seq of the entry that brought it.
        at_ns: of its reading.
        entered_ns: engine time when it was entered.
        corrected_by: who took it back, or None while it counts.
    """

    entry: int
    signal: str
    at_ns: int
    entered_ns: int
    value: float
    by: str
    corrected_by: str | None = None


class ManualVitals:
    """Record and correct the manual measurements of one session.

    Attributes:
        measurements: in order, including corrected ones.
        fluid_ml: drunk since the session began.
    """

    def __init__(self, evaluator: RuleEvaluator) -> None:
        self.measurements: list[ManualMeasurement] = []
        self.fluid_ml = 0.0
        self._evaluator = evaluator

    def find(self, entry: int, signal: str) -> ManualMeasurement | None:
        """Return a value that counts, or None."""
        for each in self.measurements:
            if (each.entry, each.signal) == (entry, signal) and each.corrected_by is None:
                return each
        return None

    def take(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Take what was measured; each value stands until the next."""
        body = entry.body()
        measured_ns = entry.received_ns if entry.measured_ns is None else entry.measured_ns
        facts: list[Fact] = []
        for signal, value in body["values"].items():
            facts += self._enter(now_ns, entry, signal, float(value), measured_ns, body["by"])
        return facts

    def correct(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Take values back, and others in their place where there are some."""
        body = entry.body()
        facts: list[Fact] = []
        for signal, value in body["values"].items():
            wrong = self.find(body["entry"], signal)
            if wrong is None:
                continue
            wrong.corrected_by = body["by"]
            facts += self._take_back(now_ns, wrong, replaced=value is not None)
            if value is not None:
                facts += self._enter(now_ns, entry, signal, float(value), now_ns, body["by"])
        return facts

    def _take_back(self, now_ns: int, wrong: ManualMeasurement, *, replaced: bool) -> list[Fact]:
        channel = self._evaluator.channel(now_ns, f"{BY_HAND}/{wrong.signal}")
        facts: list[Fact] = [
            ReadingFact(
                subject=channel.name,
                at_ns=wrong.at_ns,
                value=wrong.value,
                quality=int(Quality.INVALID),
            )
        ]
        self._evaluator.schedule.mismeasured(now_ns, wrong.signal, wrong.entered_ns)
        if wrong.signal == FLUID:
            self.fluid_ml -= wrong.value
            if not replaced:
                facts.append(self._total(channel, max(now_ns, channel.at_ns + 1)))
        elif not replaced and channel.good_ns == wrong.at_ns:
            # Nothing is known in its place: what it has raised stands, and is judged by the next.
            facts += self._evaluator.reading(now_ns, channel, now_ns, None, Quality.INVALID)
            channel.value = None
        return facts

    def _enter(
        self, now_ns: int, entry: Entry, signal: str, value: float, measured_ns: int, by: str
    ) -> list[Fact]:
        channel = self._evaluator.channel(now_ns, f"{BY_HAND}/{signal}")
        facts = self._evaluator.reading(now_ns, channel, measured_ns, value, Quality.GOOD)
        self.measurements.append(
            ManualMeasurement(entry.seq, signal, channel.at_ns, now_ns, value, by)
        )
        if signal == FLUID:
            self.fluid_ml += value
            facts.append(self._total(channel, channel.at_ns))
        return facts

    def _total(self, channel: Channel, at_ns: int) -> StatisticFact:
        return StatisticFact(
            subject=channel.name,
            at_ns=at_ns,
            statistic="total",
            window_s=0.0,
            value=self.fluid_ml,
        )


def validated(values: Mapping[str, float]) -> dict[str, float]:
    """Return measurements as they may be recorded, in the units of their signals.

    Raises:
        ActError: there is none, one is unknown or implausible, or a pressure is the wrong way
            round; says which, and what is allowed.
    """
    if not values:
        raise ActError("enter at least one measurement")
    for name, value in values.items():
        if name not in SIGNALS_BY_HAND:
            raise ActError(
                f"'{name}' is not entered by hand; there are {', '.join(SIGNALS_BY_HAND)}"
            )
        signal = SIGNALS[name]
        if not signal.plausible(value):  # NaN neither
            raise ActError(
                f"{signal.label} {value:g} is not plausible; it must be {signal.lowest:g} to "
                f"{signal.highest:g} {signal.unit}: check the number, measure again"
            )
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise ActError("the diastolic pressure is not below the systolic one; are they swapped?")
    return {name: float(value) for name, value in sorted(values.items())}
