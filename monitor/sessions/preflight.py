"""The pre-flight checklist: what ought to be in order before a session is started. Pure.

It informs whoever starts the session and changes nothing of what alarms do: they run from the
moment at which the service begins to record.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.time_format import span

_LOW_BATTERY = 20.0  # per cent; the shipped policies raise their first alarm here
# What was measured: an eight-hour session with two sensors takes about 50 MB; see `doctor`.
_DAY_BYTES_PER_SENSOR = 75 << 20
_MB = 1 << 20
_DIFFERS_S = 1.0


class Mark(enum.StrEnum):
    """How an item stands; what is not known is not in order."""

    OK = "ok"
    NOT_OK = "not ok"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the checklist.

    Attributes:
        item: its name.
        found: one sentence: what was found, and what to do where that is not well.
        counts: a start with it unresolved needs a reason; False: for information.
    """

    item: str
    state: Mark
    found: str
    counts: bool = True

    def body(self) -> dict[str, object]:
        """Return it as the journal keeps it."""
        return {
            "item": self.item,
            "state": self.state.value,
            "found": self.found,
            "counts": self.counts,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorState:
    """One sensor as it is now; `battery` in per cent, None where it was never told."""

    label: str
    connected: bool
    valid: bool
    battery: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What is known of the computer.

    Attributes:
        free_bytes: on the journal's disk, or None.
        synchronised: the clock is kept by a time service; None where that cannot be told.
        offset_s: how far its clock is ahead of the session's; less than 0 where it is behind.
    """

    free_bytes: int | None = None
    synchronised: bool | None = None
    offset_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything that the checklist is judged by.

    Attributes:
        heard_by: who has confirmed the test sound, or None.
        on_duty: names of those who would be called.
        recipients: somebody is configured to be called.
        reached: names of those on duty to whom a test call was delivered.
        baseline: each channel that a baseline is wanted of, with the share of the last ten minutes
            that is valid, and whether that is enough.
        reviewed_by: who has reviewed the policy, or nothing.
    """

    sensors: Sequence[SensorState]
    heard_by: str | None
    recipients: bool
    on_duty: Sequence[str]
    reached: Sequence[str]
    machine: Machine
    baseline: Sequence[tuple[str, float, bool]]
    policy: str
    reviewed_by: str


def checklist(known: Known) -> list[Item]:
    """Judge every item."""
    items = [_sensor(each) for each in known.sensors]
    items.append(_sound(known.heard_by))
    if known.recipients:
        items.append(_calls(known))
    items += [_disk(known), _clock(known.machine), _policy(known)]
    if known.baseline:
        items.append(_baseline(known.baseline))
    return items


def unresolved(items: Sequence[Item]) -> list[Item]:
    """Return what a start needs a reason for."""
    return [item for item in items if item.counts and item.state is not Mark.OK]


def _sensor(sensor: SensorState) -> Item:
    name = f"sensor {sensor.label}"
    if not sensor.connected:
        found = "It is not connected: is it on, worn, near, and not held by a telephone?"
        return Item(item=name, state=Mark.NOT_OK, found=found)
    if not sensor.valid:
        found = "It is connected and sends no valid value: check how it is worn."
        return Item(item=name, state=Mark.NOT_OK, found=found)
    if sensor.battery is None:
        found = "It sends valid values, and has not told its battery: put in a fresh one."
        return Item(item=name, state=Mark.UNKNOWN, found=found)
    if sensor.battery < _LOW_BATTERY:
        found = f"Its battery is at {sensor.battery:.0f} %: change it now."
        return Item(item=name, state=Mark.NOT_OK, found=found)
    found = f"It sends valid values; battery {sensor.battery:.0f} %."
    return Item(item=name, state=Mark.OK, found=found)


def _sound(heard_by: str | None) -> Item:
    if heard_by is None:
        found = "Play the test sound, and confirm that it is heard where you will be."
        return Item(item="sound", state=Mark.UNKNOWN, found=found)
    return Item(item="sound", state=Mark.OK, found=f"Heard by {heard_by}.")


def _calls(known: Known) -> Item:
    name = "calls"
    if not known.on_duty:
        found = "Nobody is on duty: put somebody on duty under Calls."
        return Item(item=name, state=Mark.NOT_OK, found=found)
    if not known.reached:
        found = "No test call was delivered yet: press 'Send test call', and ask whether it came."
        return Item(item=name, state=Mark.UNKNOWN, found=found)
    left = [each for each in known.on_duty if each not in known.reached]
    found = f"A test call was delivered to {', '.join(known.reached)}"
    found += f", not to {', '.join(left)}: ask them." if left else "."
    return Item(item=name, state=Mark.OK, found=found)


def _disk(known: Known) -> Item:
    free = known.machine.free_bytes
    if free is None:
        found = "The free space is not known: look at the disk that holds the journal."
        return Item(item="disk", state=Mark.UNKNOWN, found=found)
    needed = _DAY_BYTES_PER_SENSOR * max(1, len(known.sensors))
    found = f"{free // _MB} MB are free; a day of this session takes {needed // _MB} MB"
    if free < needed:
        return Item(item="disk", state=Mark.NOT_OK, found=f"{found}: free some space.")
    return Item(item="disk", state=Mark.OK, found=f"{found}.")


def _clock(machine: Machine) -> Item:
    if abs(machine.offset_s) >= _DIFFERS_S:
        return Item(item="clock", state=Mark.NOT_OK, found=_differs(machine.offset_s))
    if machine.synchronised is None:
        found = "Whether a time service keeps the clock is not known: compare it with another."
        return Item(item="clock", state=Mark.UNKNOWN, found=found)
    if not machine.synchronised:
        found = "No time service keeps the clock: switch it on (timedatectl set-ntp true)."
        return Item(item="clock", state=Mark.NOT_OK, found=found)
    return Item(item="clock", state=Mark.OK, found="A time service keeps it.")


def _differs(offset_s: float) -> str:
    """Say what to do about a clock that was set: nothing that ends judging, or a recording."""
    by = span(abs(offset_s))
    if offset_s > 0:
        return (
            f"The computer's clock was set forward: this session's times are {by} behind it. "
            "Alarms are not affected. Restart the service now, before the start, and the times "
            "are right from then on."
        )
    return (
        f"The computer's clock was set back: this session's times are {by} ahead of it, and a "
        "restart does not change that. Alarms are not affected. For right times begin another "
        "session (a new [session] id) once a time service keeps the clock."
    )


def _policy(known: Known) -> Item:
    if not known.reviewed_by.strip():
        found = f"Nobody has reviewed {known.policy}: have the study physician review and sign it."
        return Item(item="policy", state=Mark.NOT_OK, found=found)
    found = f"{known.policy} was reviewed by {known.reviewed_by}."
    return Item(item="policy", state=Mark.OK, found=found)


def _baseline(channels: Sequence[tuple[str, float, bool]]) -> Item:
    found = ", ".join(f"{name} {share:.0%}" for name, share, _ in channels)
    if all(enough for *_, enough in channels):
        found = f"Enough valid data for a baseline: {found} of the last ten minutes."
        return Item(item="baseline", state=Mark.OK, found=found, counts=False)
    found = f"Valid so far: {found}; five minutes and 70 % are needed before the dose."
    return Item(item="baseline", state=Mark.UNKNOWN, found=found, counts=False)
