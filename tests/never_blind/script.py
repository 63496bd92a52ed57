"""A session as a script of packets and actions, each of which can be removed.

Times are seconds since the session began, by an exact clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.never_blind.rules import Policy


@dataclass(frozen=True)
class Heard:
    """Packets of one sensor: `times` packets, one every `every` seconds, repeating `values`.

    `says`: good, off (not on the body), nothing (no number), low (below the range of a body),
    doubtful, stored or garbled (cannot be read). `intervals` are the RR intervals in ms that each
    packet of a strap holds. `late`: seconds between measurement and arrival.
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
        """Yield simpler, similar sequences of packets."""
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
    """An action of a user or an event of the system: see `tests.never_blind.player`."""

    at: float
    what: str
    args: dict[str, Any] = field(default_factory=dict)


Item = Heard | Act


@dataclass(frozen=True)
class Session:
    """A whole session: sensors, policy, events and duration."""

    policy: Policy
    items: tuple[Item, ...]
    length: float
    sensors: tuple[str, ...] = ("strap", "patch")
    seed: int | None = None

    def text(self) -> str:
        """Return it as readable text: the policy file, then the events."""
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
