"""A session written down: what was heard and done, each on a line that can be left out.

Times are seconds since the session began, as the clock of the room counts them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.never_blind.rules import Policy


@dataclass(frozen=True)
class Heard:
    """Packets of one sensor: `times`, one each `every` seconds, with `values` in turns.

    `says`: good, off (not on the body), nothing (no number), low (below what a body can have),
    doubtful, stored or garbled (cannot be read). `intervals` are the RR intervals in ms that each
    packet of a strap holds. `late`: so many seconds before it came it was measured.
    """

    at: float
    sensor: str
    values: tuple[int, ...]
    times: int = 1
    every: float = 1.0
    says: str = "good"
    intervals: tuple[int, ...] = ()
    late: float = 0.0

    def packets(self) -> Iterator[tuple[float, "Heard"]]:
        """Yield each packet with its time."""
        for n in range(self.times):
            at = self.at + n * self.every
            value = self.values[n % len(self.values)]
            yield at, replace(self, at=at, values=(value,), times=1)

    def shorter(self) -> Iterator["Heard"]:
        """Yield simpler ways to say about the same."""
        half = self.times // 2
        if half:
            yield replace(self, times=half)
            yield replace(self, at=self.at + half * self.every, times=self.times - half)
        if self.times > 1:
            yield replace(self, times=self.times - 1)
            yield replace(self, at=self.at + self.every, times=self.times - 1)
        if len(self.values) > 1:
            yield replace(self, values=self.values[:1])
            yield replace(self, values=self.values[: len(self.values) // 2])
        if self.intervals:
            yield replace(self, intervals=())
        if self.late:
            yield replace(self, late=0.0)


@dataclass(frozen=True)
class Act:
    """An act of a person or of the machine: see `tests.never_blind.player`."""

    at: float
    what: str
    args: dict[str, Any] = field(default_factory=dict)


Item = Heard | Act


@dataclass(frozen=True)
class Session:
    """All of it: the sensors, the policy, what happens, and how long it lasts."""

    policy: Policy
    items: tuple[Item, ...]
    length: float
    sensors: tuple[str, ...] = ("strap", "patch")
    seed: int | None = None

    def text(self) -> str:
        """Return it in lines for people: the policy as a file has it, then what happens."""
        items = sorted(self.items, key=lambda item: item.at)
        lines = [f"seed {self.seed}: {self.length:g} s, sensors {', '.join(self.sensors)}"]
        lines += [self.policy.text(), *(_line(item) for item in items)]
        others = [
            item.args["policy"] for item in items if isinstance(item, Act) and "policy" in item.args
        ]
        lines += [each.text() for each in others if each != self.policy]
        return "\n".join(lines)


def _line(item: Item) -> str:
    if isinstance(item, Act):
        said = ", ".join(f"{key}={_short(value)}" for key, value in item.args.items())
        return f"{item.at:>9g}  {item.what}({said})"
    shown = ", ".join(map(str, item.values[:8])) + (" ..." if len(item.values) > 8 else "")
    line = f"{item.at:>9g}  {item.sensor} {item.says} {shown}"
    if item.times > 1:
        line += f" x {item.times}, each {item.every:g} s"
    line += f", intervals {item.intervals} ms" if item.intervals else ""
    return line + (f", {item.late:g} s late" if item.late else "")


def _short(value: Any) -> str:
    return value.name if isinstance(value, Policy) else repr(value)
