"""Start, devices and end of a session. Pure."""

from collections.abc import Mapping
from typing import Any

from devices.decoders import KINDS
from devices.sensor import SensorSpec
from monitor.entries import Entry
from monitor.facts import Fact, LifeFact


class Lifecycle:
    """Lifecycle of one session.

    Attributes:
        started: its start after the pre-flight checklist, or None before that.
        ended: its end by a person, or None.
        steps: all steps, in order.
        devices: present device of each label.
    """

    def __init__(self) -> None:
        self.started: LifeFact | None = None
        self.ended: LifeFact | None = None
        self.steps: list[LifeFact] = []
        self.devices: dict[str, SensorSpec] = {}

    def start(self, _now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a START entry."""
        body = entry.body()
        left = unresolved(body["checklist"])
        text = f"pre-flight checklist: {', '.join(left)} unresolved" if left else "all items ok"
        self.started = self._step("start", entry, text)
        return [self.started]

    def end(self, entry: Entry) -> LifeFact | None:
        """Apply an END entry; return None if only the process stopped."""
        body = entry.body()
        if "by" not in body:
            return None
        count = len(body["open"])
        self.ended = self._step(
            "end",
            entry,
            f"{count} item{'' if count == 1 else 's'} open" if count else "nothing open",
        )
        return self.ended

    def shown_ns(self, now_ns: int) -> int:
        """Return the session's time, which stops at its end."""
        return now_ns if self.ended is None else self.ended.at_ns

    def exchange(self, entry: Entry) -> LifeFact:
        """Apply a SENSOR entry: replace the device of a label, or add a label."""
        body, label = entry.body(), entry.source
        what = "replaces the previous one" if label in self.devices else "added"
        self.devices[label] = SensorSpec(
            label=label, kind=body["kind"], address=body["address"], name=body["name"]
        )
        return self._step("sensor", entry, f"{label}: {KINDS[body['kind']].label}, {what}")

    def _step(self, step: str, entry: Entry, text: str) -> LifeFact:
        body = entry.body()
        fact = LifeFact(
            subject=step,
            at_ns=entry.received_ns,
            text=text,
            by=body["by"],
            reason=body["reason"],
        )
        self.steps.append(fact)
        return fact


def unresolved(checklist: list[Mapping[str, Any]]) -> list[str]:
    """Return the items of a journaled checklist that were not ok."""
    return [each["item"] for each in checklist if each["state"] != "ok" and each["counts"]]
