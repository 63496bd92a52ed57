"""Parser of one rule: reads the expressions of its table and reports mistakes."""

import re
from collections.abc import Callable
from typing import TypeVar

from alerts.policy.checks import compare_faults, rise_faults, timed_fault
from alerts.policy.conditions import (
    Absent,
    All,
    Bound,
    Compare,
    Condition,
    FaultCondition,
    Frozen,
    Invalid,
    MeasurementDue,
    Rise,
)
from alerts.policy.expressions import (
    NUMBER,
    TermError,
    allowed,
    number,
    parse_duration,
    parse_statistic,
    parse_window,
)
from alerts.policy.fault_names import FAULT_NAMES
from alerts.policy.limits import parse_limit
from alerts.policy.rules import Priority, Rule
from alerts.policy.schedules import parse_schedule
from alerts.policy.tables import RuleTable
from alerts.policy.toml_lines import Path
from devices.signals import SIGNALS

Report = Callable[[Path, str], None]  # (path within the rule's table, what is wrong there)

_T = TypeVar("_T")
_Written = TypeVar("_Written")
_BOUNDS = tuple(bound.value for bound in Bound)
_TIMED: dict[str, type[Absent | Invalid | Frozen]] = {
    "absent": Absent,
    "invalid": Invalid,
    "frozen": Frozen,
}
_KINDS = (*_BOUNDS, "rise", *_TIMED, "due", "fault", "all")
_REPEATED = re.compile(r"([0-9]{1,2})\s+in\s+(.+)")
_RISE = re.compile(rf"({NUMBER})\s+in\s+(.+)")
_AGAIN = re.compile(r"measure again (?:with)?in ([0-9]{1,3}) minutes?")
_PART = re.compile(
    r"(?:(?P<statistic>\w+\s*(?:\([^()]*\))?)\s+of\s+)?(?P<signal>\w+)\s+"
    rf"(?P<kind>{'|'.join(_BOUNDS)}|rise)\s+(?P<rest>.+)"
)


def rule_of(table: RuleTable, report: Report) -> Rule | None:
    """Parse the table of a rule; report mistakes and return None if there are any."""
    return _Reader(table, report).rule()


class _Reader:
    def __init__(self, table: RuleTable, report: Report) -> None:
        self._table = table
        self._on_mistake = report
        self._sound = True

    def rule(self) -> Rule | None:
        table = self._table
        condition = self._condition()
        sustain_s = self._term(("sustain",), parse_duration, table.sustain or "0s")
        clear_after_s = self._term(("clear_after",), parse_duration, table.clear_after or "0s")
        if condition is None or sustain_s is None or clear_after_s is None:
            return None
        rule = Rule(
            id=table.id,
            condition=condition,
            sustain_s=sustain_s,
            clear_after_s=clear_after_s,
            priority=Priority[table.priority.upper()],
            latch=table.latch,
            message=table.message.strip(),
            physician_message=(table.physician_message or "").strip(),
            measure_again_s=self._measure_again(condition),
            source=table.source.strip(),
        )
        if rule.latch and rule.technical:
            self._report(("latch",), "a rule about the equipment does not latch; remove this key")
        return rule if self._sound else None

    def _measure_again(self, condition: Condition) -> float | None:
        """Return when to measure again; policies without the key say it in the message."""
        spot = isinstance(condition, Compare) and SIGNALS[condition.signal].spot
        if (written := self._table.measure_again) is None:
            found = _AGAIN.search(self._table.message.lower()) if spot else None
            return None if found is None else 60.0 * int(found[1])
        if not spot:
            self._report(
                ("measure_again",), "goes only with a limit on a measurement, such as systolic"
            )
        return self._term(("measure_again",), parse_window, written)

    def _report(self, path: Path, what: str) -> None:
        self._sound = False
        self._on_mistake(path, what)

    def _term(self, path: Path, read: Callable[[_Written], _T], written: _Written) -> _T | None:
        try:
            return read(written)
        except TermError as error:
            self._report(path, str(error))
            return None

    def _condition(self) -> Condition | None:
        kinds = [kind for kind in _KINDS if getattr(self._table, kind) is not None]
        match kinds:
            case []:
                self._report((), f"has no condition: add one of {', '.join(_KINDS)}")
            case [kind] | ["rise" as kind, "all"]:
                self._refuse_misplaced(kind)
                return self._of_kind(kind)
            case [kind, other, *_]:
                what = f"{kind} is given too: a rule has one condition (only rise and all combine)"
                self._report((other,), what)
        return None

    def _of_kind(self, kind: str) -> Condition | None:
        table = self._table
        if kind == "all":
            return self._all(())
        if kind == "fault":
            return self._fault(table.fault or "")
        signal = self._signal(("signal",), table.signal)
        if kind == "due":
            schedule = self._term((kind,), parse_schedule, table.due or "")
            return MeasurementDue(signal, schedule) if signal and schedule else None
        if kind == "rise":
            rise = self._rise((kind,), signal, table.rise or "")
            return rise if table.all is None else self._all((rise,))
        if kind in _TIMED:
            if signal is not None and (wrong := timed_fault(kind, SIGNALS[signal])):
                self._report((kind,), wrong)
            after_s = self._term((kind,), parse_window, getattr(table, kind))
            return _TIMED[kind](signal, after_s) if signal and after_s else None
        return self._compare(kind, signal)

    def _refuse_misplaced(self, kind: str) -> None:
        """Report keys that this kind of condition does not use."""
        if kind in ("all", "fault") and self._table.signal is not None:
            self._report(("signal",), f"does not go with {kind}, which needs no signal")
        if kind not in _BOUNDS:
            for key in ("statistic", "clear", "repeated"):
                if getattr(self._table, key) is not None:
                    self._report((key,), f"does not go with {kind}, only with a limit")

    def _signal(self, path: Path, name: str | None) -> str | None:
        if name in SIGNALS:
            return name
        wrong = "is missing" if name is None else f"'{name}' is not a known signal"
        self._report(path, f"{wrong}: {allowed(name or '', SIGNALS)}")
        return None

    def _fault(self, name: str) -> FaultCondition | None:
        if name in FAULT_NAMES:
            return FaultCondition(name)
        self._report(("fault",), f"'{name}' is not a known fault: {allowed(name, FAULT_NAMES)}")
        return None

    def _compare(self, kind: str, signal: str | None) -> Compare | None:
        table = self._table
        statistic = self._term(("statistic",), parse_statistic, table.statistic or "last")
        limit = self._term((kind,), parse_limit, getattr(table, kind))
        clear = None if table.clear is None else self._term(("clear",), parse_limit, table.clear)
        repeated = self._repeated(table.repeated)
        if signal is None or statistic is None or limit is None or repeated is None:
            return None
        compare = Compare(signal, statistic, Bound(kind), limit, clear, *repeated)
        for key, what in compare_faults(compare):
            self._report((kind if key == "limit" else key,), what)
        return compare

    def _repeated(self, text: str | None) -> tuple[int, float] | None:
        if text is None:
            return 1, 0.0
        match = _REPEATED.fullmatch(text.strip())
        if match is None or int(match[1]) < 2:  # noqa: PLR2004 - one is no repetition
            self._report(
                ("repeated",), f"'{text}' is not a valid repetition: write it like 2 in 10min"
            )
            return None
        within_s = self._term(("repeated",), parse_window, match[2])
        return None if within_s is None else (int(match[1]), within_s)

    def _rise(self, path: Path, signal: str | None, text: str) -> Rise | None:
        match = _RISE.fullmatch(text.strip())
        if match is None:
            self._report(path, f"'{text}' is not a valid rise: write it like 0.5 in 15min")
            return None
        by = self._term(path, number, match[1])
        within_s = self._term(path, parse_window, match[2])
        if signal is None or by is None or within_s is None:
            return None
        rise = Rise(signal, by, within_s)
        for what in rise_faults(rise):
            self._report(path, what)
        return rise

    def _all(self, first: tuple[Compare | Rise | None, ...]) -> All | None:
        texts = self._table.all or []
        parts = (*first, *(self._part(("all", i), text) for i, text in enumerate(texts)))
        if len(parts) < 2:  # noqa: PLR2004 - or it would not be 'all'
            self._report(
                ("all",),
                "needs two conditions or more; write a single one without all",
            )
        sound = tuple(part for part in parts if part is not None)
        return All(sound) if len(sound) == len(parts) else None

    def _part(self, path: Path, text: str) -> Compare | Rise | None:
        match = _PART.fullmatch(text.strip())
        if match is None:
            form = "write it like median(60s) of core_temperature above 37.5"
            self._report(
                path, f"'{text}' is not a valid condition: {form}, or heart_rate rise 30 in 15min"
            )
            return None
        signal = self._signal(path, match["signal"])
        if match["kind"] == "rise":
            if match["statistic"]:
                self._report(path, "a rise compares one-minute medians; remove the statistic")
            return self._rise(path, signal, match["rest"])
        statistic = self._term(path, parse_statistic, match["statistic"] or "last")
        limit = self._term(path, parse_limit, match["rest"])
        if signal is None or statistic is None or limit is None:
            return None
        part = Compare(signal, statistic, Bound(match["kind"]), limit)
        if SIGNALS[signal].technical:
            self._report(path, f"{signal} is about the equipment; it needs a separate rule")
        for _, what in compare_faults(part):
            self._report(path, what)
        return part
