"""Evaluation of rules on spot measurements, manual or from sensors. Pure.

The latest counting measurement decides, and is valid for an hour. There is no other state: when the
list changes (a value is added, entered late, corrected or voided) or the rules change, they are
evaluated on it again.
"""

from collections.abc import Mapping, Sequence

from alerts.active_alarms import ActiveAlarms
from alerts.alarm import Alarm, State
from alerts.deadline_queue import CONDITION_CLASS, SESSION, DeadlineKey, Deadlines
from alerts.evidence import Zone
from alerts.policy.conditions import LEVELS, All, Bound, Compare
from alerts.policy.limits import resolve_steps
from alerts.policy.rules import Rule
from devices.signals import SIGNALS
from monitor.core.composite_conditions import CompositeRules
from monitor.core.measurement_schedule import MeasurementSchedule
from monitor.core.spot_measurements import VALID_NS, SpotMeasurement, SpotMeasurements
from monitor.facts import Fact, LimitFact

_LIMIT_AGAIN_NS = 60 * 10**9  # limits that do not move are repeated for charts
_LAPSES = -1  # before every rule: an expired measurement suspends its alarms first
_PREFIX = f"{SESSION}/"


def subject_of(signal: str) -> str:
    """Return the subject of alarms on the spot measurements of a signal."""
    return _PREFIX + signal


def signal_of(subject: str) -> str | None:
    """Return the signal of an alarm on spot measurements; None: another subject."""
    return subject.removeprefix(_PREFIX) if subject.startswith(_PREFIX) else None


class SpotRules:
    """Rules about spot measurements of one session.

    Attributes:
        measurements: all of them.
    """

    def __init__(
        self,
        alarms: ActiveAlarms,
        deadlines: Deadlines[DeadlineKey],
        schedule: MeasurementSchedule,
        composites: CompositeRules,
    ) -> None:
        self.measurements = SpotMeasurements()
        self._alarms = alarms
        self._deadlines = deadlines
        self._schedule = schedule
        self._composites = composites
        self._rules: dict[str, list[tuple[int, Rule, Compare]]] = {}  # by signal
        self._parts: dict[str, list[tuple[int, int, Compare]]] = {}  # likewise: number and part
        # By signal and rule: the limit that was reported last, and when.
        self._reported: dict[tuple[str, str], tuple[float, int]] = {}

    def adopt(self, now_ns: int, rules: Mapping[int, Rule]) -> list[Fact]:
        """Put rules in force, by number, and evaluate them on the values that are still valid."""
        self._rules, self._parts = {}, {}
        for number, rule in rules.items():
            match rule.condition:
                case Compare() as compare if applies(compare):
                    self._rules.setdefault(compare.signal, []).append((number, rule, compare))
                case All(conditions=parts):
                    for part, inner in enumerate(parts):
                        if isinstance(inner, Compare) and applies(inner):
                            known = self._parts.setdefault(inner.signal, [])
                            known.append((number, part, inner))
        facts: list[Fact] = []
        for signal in self.measurements.signals():
            if self._valid_ns(now_ns, signal):
                facts += self._evaluate(now_ns, signal)
        return facts

    def record(self, now_ns: int, measurement: SpotMeasurement) -> list[Fact]:
        """Add a measurement to the list; `revise` is to follow."""
        self.measurements.add(measurement)
        return self._schedule.measured(now_ns, measurement.signal, measurement.measured_ns)

    def void(
        self, now_ns: int, measurement: SpotMeasurement, by: str, replaced_by: int | None = None
    ) -> None:
        """Void a measurement; `revise` is to follow.

        Args:
            now_ns: engine time.
            measurement: a counting one.
            by: who voided it.
            replaced_by: seq of the entry that corrects it.
        """
        self.measurements.void(measurement, by, replaced_by)
        self._schedule.unmeasured(now_ns, measurement.signal, measurement.measured_ns)

    def revise(self, now_ns: int, signal: str, by: str = "") -> list[Fact]:
        """Evaluate the rules on the changed list of a signal.

        Args:
            now_ns: engine time.
            signal: of the list.
            by: who voided or corrected a value; alarms raised by that value alone are withdrawn
                for them.
        """
        facts = self._withdraw(now_ns, signal, by) if by else []
        if self._valid_ns(now_ns, signal):
            return facts + self._evaluate(now_ns, signal)
        return facts + self._lapse(now_ns, signal)

    def wake(self, now_ns: int, signal: str) -> list[Fact]:
        """Suspend the alarms of a signal whose last measurement has expired."""
        if valid_ns := self._valid_ns(now_ns, signal):
            self._deadlines.put(_deadline(signal), now_ns + valid_ns)
            return []
        return self._lapse(now_ns, signal)

    def violates(self, signal: str, value: float) -> bool:
        """Return whether a value alone would violate a limit that is in force."""
        compares = [compare for *_, compare in self._rules.get(signal, ())]
        compares += [compare for *_, compare in self._parts.get(signal, ())]
        return any(_beyond(compare, value) for compare in compares)

    def _valid_ns(self, now_ns: int, signal: str) -> int:
        """Return the remaining time of the latest measurement; 0: expired, or none."""
        newest = self.measurements.newest(signal)
        return 0 if newest is None else max(0, newest.measured_ns + VALID_NS - now_ns)

    def _evaluate(self, now_ns: int, signal: str) -> list[Fact]:
        valid_ns = self._valid_ns(now_ns, signal)
        self._deadlines.put(_deadline(signal), now_ns + valid_ns)
        measurements = self.measurements.counting(signal)
        facts: list[Fact] = [*self._limits(now_ns, signal)]
        for number, rule, compare in self._rules.get(signal, ()):
            zone = zone_of(compare, measurements)
            alarm = self._alarm(number, rule, signal)
            if zone is Zone.NORMAL and alarm.idle:
                continue
            facts += self._alarms.evaluate(
                now_ns,
                alarm,
                zone,
                value=measurements[-1].value,
                limit=compare.limit.offset,
                valid_ns=valid_ns,
            )
        if parts := self._parts.get(signal):
            seen = {(number, part): zone_of(each, measurements) for number, part, each in parts}
            until_ns = now_ns + valid_ns
            facts += self._composites.see_parts(now_ns, subject_of(signal), seen, until_ns)
        return facts

    def _lapse(self, now_ns: int, signal: str) -> list[Fact]:
        self._deadlines.drop(_deadline(signal))
        facts: list[Fact] = []
        for number, rule, _ in self._rules.get(signal, ()):
            facts += self._alarms.suspend(now_ns, self._alarm(number, rule, signal))
        numbers = dict.fromkeys(number for number, *_ in self._parts.get(signal, ()))
        return facts + self._composites.lose_parts(now_ns, subject_of(signal), numbers)

    def _withdraw(self, now_ns: int, signal: str, by: str) -> list[Fact]:
        """Withdraw the alarms that no measurement on the list would have raised."""
        measurements = self.measurements.counting(signal)
        stands = self._valid_ns(now_ns, signal) > 0
        facts: list[Fact] = []
        for number, rule, compare in self._rules.get(signal, ()):
            alarm = self._alarm(number, rule, signal)
            if self._alarms.state(alarm) in (State.INACTIVE, State.LATCHED):
                continue
            course = course_of(compare, measurements)
            if holds(course) or (stands and course[-1] is Zone.NORMAL):
                continue  # a normal value clears its alarm as usual
            if alarm.latched and Zone.VIOLATED in course:  # by an earlier value
                facts += self._alarms.evaluate(now_ns, alarm, Zone.NORMAL)
            else:
                facts += self._alarms.withdraw(now_ns, number, by, alarm.subject)
        return facts

    def _limits(self, now_ns: int, signal: str) -> list[LimitFact]:
        """Return the limits that have changed, or were not reported for a minute."""
        facts = []
        for _, rule, compare in self._rules.get(signal, ()):
            upper, limit = compare.bound.upper, compare.limit.offset
            known, known_ns = self._reported.get((signal, rule.id), (None, 0))
            if limit == known and now_ns - known_ns < _LIMIT_AGAIN_NS:
                continue
            self._reported[signal, rule.id] = limit, now_ns
            facts.append(
                LimitFact(
                    subject=subject_of(signal),
                    at_ns=now_ns,
                    rule=rule.id,
                    priority=rule.priority.name.lower(),
                    upper=limit if upper else None,
                    lower=None if upper else limit,
                )
            )
        return facts

    def _alarm(self, number: int, rule: Rule, signal: str) -> Alarm:
        return self._alarms.alarm(number, rule, subject_of(signal))


def applies(compare: Compare) -> bool:
    """Return whether a condition can be evaluated on a single value, without a baseline."""
    return compare.limit.anchor is None and compare.statistic.name in LEVELS


def zone_of(compare: Compare, measurements: Sequence[SpotMeasurement]) -> Zone:
    """Return the zone of a condition after one or more measurements.

    With `repeated` a value beyond the limit is VIOLATED only if it completes a run of as many such
    values within the time of the condition; else it is in HYSTERESIS.
    """
    last = measurements[-1]
    if not _beyond(compare, last.value):
        return Zone.NORMAL if _normal(compare, last.value) else Zone.HYSTERESIS
    run = measurements[-compare.repeated :]
    enough = len(run) == compare.repeated and all(_beyond(compare, each.value) for each in run)
    soon = last.measured_ns - run[0].measured_ns <= round(compare.within_s * 1e9)
    return Zone.VIOLATED if enough and (soon or compare.repeated == 1) else Zone.HYSTERESIS


def course_of(compare: Compare, measurements: Sequence[SpotMeasurement]) -> list[Zone]:
    """Return the zone of a condition after each measurement, oldest first."""
    return [zone_of(compare, measurements[: end + 1]) for end in range(len(measurements))]


def holds(course: Sequence[Zone]) -> bool:
    """Return whether a condition that passed through these zones holds at the end."""
    held = False
    for zone in course:
        held = zone is Zone.VIOLATED or (held and zone is not Zone.NORMAL)
    return held


def _steps(compare: Compare, value: float) -> tuple[float, float, float]:
    """Return a value, the limit and the clear limit in steps, negated for a lower limit."""
    signal = SIGNALS[compare.signal]
    sign = 1.0 if compare.bound.upper else -1.0
    limit = resolve_steps(compare.limit, signal, None, None)
    clear = None if compare.clear is None else resolve_steps(compare.clear, signal, None, None)
    assert limit is not None  # noqa: S101 - a fixed limit is always known
    return sign * signal.steps(value), sign * limit, sign * (limit if clear is None else clear)


def _beyond(compare: Compare, value: float) -> bool:
    steps, limit, _ = _steps(compare, value)
    reached = compare.bound in (Bound.AT_LEAST, Bound.AT_MOST)
    return steps > limit or (reached and steps == limit)


def _normal(compare: Compare, value: float) -> bool:
    """Return whether a value within the limit is also within the clear limit."""
    steps, _, clear = _steps(compare, value)
    return compare.clear is None or compare.clear.anchor is not None or steps < clear


def _deadline(signal: str) -> DeadlineKey:
    return CONDITION_CLASS, _LAPSES, subject_of(signal)
