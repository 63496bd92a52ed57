"""Rules and policies of the model, as in a policy file, sharing no code with the engine.

Values are whole steps: 1 /min, 1 %, 1 mmHg, and 0.01 degrees Celsius. Times are seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

PER_UNIT = {"core_temperature": 100, "skin_temperature": 100}  # steps; 1 for all others
HOLD_S = {
    "heart_rate": 10,
    "rr_interval": 10,
    "spo2": 10,
    "pulse_rate": 10,
    "core_temperature": 90,
    "skin_temperature": 90,
    "systolic": 3600,
    "diastolic": 3600,
    "battery": 86_400,
}
NOMINAL_S = {"core_temperature": 10, "skin_temperature": 10}  # between packets; 1 for all others
SPOT = frozenset({"systolic", "diastolic"})
RANK = {"info": 0, "low": 1, "medium": 2, "high": 3}
UPPER = ("above", "at_least")
BOUNDS = (*UPPER, "below", "at_most")
_PHYSIOLOGICAL = ("compare", "rise", "all")
TIMED = ("absent", "invalid", "frozen")
LONG_S = {"heart_rate": 60, "pulse_rate": 60, "spo2": 60}  # until not judged is medium; 300


class Limit(NamedTuple):
    """``offset``, or ``anchor + offset + spreads spread``; offset in steps."""

    offset: int
    anchor: str = ""  # baseline, rolling or ewma
    window_s: int = 0
    spreads: int = 0

    def text(self, per_unit: int) -> str:
        """Return it in the syntax of a policy."""
        number = f"{abs(self.offset) / per_unit:g}"
        if not self.anchor:
            return number if self.offset >= 0 else f"-{number}"
        text = f"{self.anchor}({self.window_s}s)" if self.window_s else self.anchor
        text += f" {'+' if self.offset >= 0 else '-'} {number}"
        if self.spreads:
            text += f" {'+' if self.spreads > 0 else '-'} {abs(self.spreads)} spread"
        return f'"{text}"'


@dataclass(frozen=True)
class Part:
    """The comparison of a compare rule, or of one part of an `all`."""

    signal: str
    bound: str
    limit: Limit
    statistic: str = "last"
    window_s: int = 0
    clear: Limit | None = None
    repeated: int = 1
    within_s: int = 0

    @property
    def upper(self) -> bool:
        """Return whether high values raise."""
        return self.bound in UPPER

    @property
    def on_baseline(self) -> bool:
        """Return whether it depends on the baseline."""
        return any(limit and limit.anchor == "baseline" for limit in (self.limit, self.clear))

    @property
    def reach_s(self) -> int:
        """Return what is added to the hold time before it counts as not judged."""
        spans = [0]
        for limit in (self.limit, self.clear):
            if limit is not None and limit.anchor in ("rolling", "ewma"):
                spans.append(limit.window_s)
        if self.statistic == "ewma":
            spans.append(self.window_s)
        return max(spans)

    def text(self) -> str:
        """Return it in the syntax of a part of an `all`."""
        of = f"{self.statistic}({self.window_s}s) of " if self.window_s else ""
        limit = self.limit.text(PER_UNIT.get(self.signal, 1)).strip('"')
        return f"{of}{self.signal} {self.bound} {limit}"

    def zone(self, value: float, limit: float, clear: float | None) -> str:
        """Return the zone of a value: violated, normal, or between limit and clear limit."""
        beyond = {
            "above": value > limit,
            "at_least": value >= limit,
            "below": value < limit,
            "at_most": value <= limit,
        }
        if beyond[self.bound]:
            return "violated"
        if clear is None:
            return "normal"
        safe = value < clear if self.upper else value > clear
        return "normal" if safe else "hysteresis"


@dataclass(frozen=True)
class Rule:
    """One rule.

    `kind` is compare, rise, all, absent, invalid, frozen, fault, every or before; `what` is a
    `Part`, (steps, seconds), several `Part`, seconds, a name, seconds, or (seconds, marker).
    """

    id: str
    kind: str
    what: Any
    signal: str = ""
    sustain: int = 0
    clear_after: int = 0
    priority: str = "low"
    latch: bool = False

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return its comparisons."""
        if self.kind == "compare":
            return (self.what,)
        return tuple(self.what) if self.kind == "all" else ()

    @property
    def signals(self) -> tuple[str, ...]:
        """Return the signals that it evaluates."""
        if self.kind == "all":
            return tuple(part.signal for part in self.what)
        return (self.signal,) if self.signal else ()

    def reach_s(self, signal: str) -> int:
        """Return what is added to a signal's hold time before it counts as not judged."""
        return max((part.reach_s for part in self.parts if part.signal == signal), default=0)

    def on_baseline(self, signal: str) -> bool:
        """Return whether it needs the baseline of a signal."""
        return any(part.on_baseline and part.signal == signal for part in self.parts)

    @property
    def physiological(self) -> bool:
        """Return whether it is about the participant's condition."""
        return self.kind in _PHYSIOLOGICAL and self.signal != "battery"

    @property
    def about(self) -> tuple[str, str]:
        """Return the properties whose change ends the alarm of a changed rule."""
        if self.kind == "fault":
            return self.kind, str(self.what)
        return ("due" if self.kind in ("every", "before") else self.kind), self.signal

    def toml(self) -> str:
        """Return it in the syntax of a policy file."""
        per_unit = PER_UNIT.get(self.signal, 1)
        lines = [f'id = "{self.id}"', f'priority = "{self.priority}"', f'message = "{self.id}"']
        lines += [f'sustain = "{self.sustain}s"', f'clear_after = "{self.clear_after}s"']
        lines += ['source = "test"', "latch = true" if self.latch else "latch = false"]
        lines += [f'signal = "{self.signal}"'] if self.signal else []
        match self.kind:
            case "compare":
                part: Part = self.what
                lines.append(f"{part.bound} = {part.limit.text(per_unit)}")
                if part.window_s:
                    lines.append(f'statistic = "{part.statistic}({part.window_s}s)"')
                if part.clear is not None:
                    lines.append(f"clear = {part.clear.text(per_unit)}")
                if part.repeated > 1:
                    lines.append(f'repeated = "{part.repeated} in {part.within_s}s"')
            case "rise":
                lines.append(f'rise = "{self.what[0] / per_unit:g} in {self.what[1]}s"')
            case "all":
                parts = ", ".join(f'"{part.text()}"' for part in self.what)
                lines.append(f"all = [{parts}]")
            case "every":
                lines.append(f'due = "every {self.what}s"')
            case "before":
                lines.append(f'due = "1 within {self.what[0]}s before {self.what[1]}"')
            case "fault":
                lines.append(f'fault = "{self.what}"')
            case _:
                lines.append(f'{self.kind} = "{self.what}s"')
        return "[[rule]]\n" + "\n".join(lines) + "\n"

    def changed(self, changes: Mapping[str, Any]) -> "Rule":
        """Return the rule under an override, whose values are those of `override_text`."""
        rule = self
        for key, value in changes.items():
            if key == "enabled":
                continue
            if key in (*BOUNDS, "clear"):
                part = replace(rule.what, **{"clear" if key == "clear" else "limit": value})
                part = part if key == "clear" else replace(part, bound=key)
                rule = replace(rule, what=part)
            elif key in TIMED:
                rule = replace(rule, what=value)
            else:
                rule = replace(rule, **{key: value})
        return rule

    def override_body(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return changes in the format of an override in the journal."""
        body: dict[str, Any] = {}
        for key, value in changes.items():
            if isinstance(value, Limit):
                text = value.text(PER_UNIT.get(self.signal, 1))
                body[key] = text.strip('"') if value.anchor else float(text)
            elif key in ("sustain", "clear_after", *TIMED):
                body[key] = f"{value}s"
            else:
                body[key] = value
        return body


@dataclass(frozen=True)
class Policy:
    """A policy file: rules in order, and settling times by signal."""

    name: str
    rules: tuple[Rule, ...]
    settling: Mapping[str, int] = field(default_factory=dict)

    def text(self) -> str:
        """Return it as the text of a policy file."""
        lines = [f'name = "{self.name}"', 'version = "1"', 'reviewed_by = ""']
        if self.settling:
            each = ", ".join(f'{signal} = "{long}s"' for signal, long in self.settling.items())
            lines.append(f"settling = {{ {each} }}")
        return "\n".join(lines) + "\n" + "\n".join(rule.toml() for rule in self.rules)


# Faults whose rules cannot be removed.
_FAULTS = (
    ("recorder-failure", "high"),
    ("clock-jump", "low"),
    ("standstill", "low"),
    ("engine-failure", "high"),
    ("duplicate-gateway", "high"),
    ("unconfirmed-measurement", "low"),
    ("unconfirmed-violation", "medium"),
    ("nobody-on-duty", "medium"),
    ("duty-ending", "medium"),
    ("not-accepted", "high"),
    ("baseline-not-established", "low"),
)


def watched_signals(rules: Sequence[Rule]) -> list[str]:
    """Return the signals whose loss must be reported by an alarm."""
    found: dict[str, None] = {}
    for rule in rules:
        if rule.physiological and RANK[rule.priority] >= RANK["low"]:
            found.update(dict.fromkeys(s for s in rule.signals if s not in SPOT))
    return list(found)


def safeguards(rules: Sequence[Rule]) -> list[Rule]:
    """Return the safeguards added to the rules of a policy."""
    added: list[Rule] = []
    for signal in watched_signals(rules):
        long_s = LONG_S.get(signal, 300)
        here = [r for r in rules if r.kind == "absent" and r.signal == signal]
        low = [r for r in here if RANK[r.priority] >= RANK["low"] and r.what <= long_s]
        loud = [r for r in here if RANK[r.priority] >= RANK["medium"] and r.what <= 5 * long_s]
        if not low:
            added.append(Rule(f"unjudged-{signal}", "absent", HOLD_S[signal], signal))
        if not loud:
            name = f"unjudged-{signal}-long"
            added.append(Rule(name, "absent", long_s, signal, priority="medium"))
        frozen = [r for r in rules if r.kind == "frozen" and r.signal == signal]
        if signal == "heart_rate" and not [r for r in frozen if RANK[r.priority]]:
            added.append(Rule("frozen-heart_rate", "frozen", 300, signal, priority="medium"))
    told = {rule.what for rule in rules if rule.kind == "fault"}
    on_baseline = any(part.on_baseline for rule in rules for part in rule.parts)
    for name, priority in _FAULTS:
        if name not in told and (name != "baseline-not-established" or on_baseline):
            added.append(Rule(name, "fault", name, priority=priority))
    return added
