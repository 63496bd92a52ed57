"""Pre-flight checklist of a session. Pure.

The checklist informs the person who starts the session. It does not affect alarms, which run from
the moment at which recording begins.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.time_format import span
from dashboards.console.views.before_dose import DoseCheckView
from devices.signals import SIGNALS

_LOW_BATTERY = 20.0  # %; the first alarm limit of the shipped policies
# Measured: an eight-hour session with two sensors takes about 50 MB; see `doctor`.
_DAY_BYTES_PER_SENSOR = 75 << 20
_MB = 1 << 20
# Shipped policies have rules for it, and most sessions are without one.
_OXIMETER = frozenset({"spo2", "pulse_rate"})
_DIFFERS_S = 1.0
NOW = "now"


class ItemState(enum.StrEnum):
    """State of an item; unknown counts as unresolved."""

    OK = "ok"
    NOT_OK = "not ok"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the checklist.

    Attributes:
        item: its name.
        found: one sentence with the finding and, if it is not ok, what to do.
        counts: starting with this item unresolved requires a reason; False: information only.
    """

    item: str
    state: ItemState
    found: str
    counts: bool = True

    def body(self) -> dict[str, object]:
        """Return the item as it is journaled."""
        return {
            "item": self.item,
            "state": self.state.value,
            "found": self.found,
            "counts": self.counts,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorState:
    """Present state of a sensor; `battery` in %, None if never reported."""

    label: str
    connected: bool
    valid: bool
    battery: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """State of the computer.

    Attributes:
        free_bytes: on the journal's disk; None if unknown.
        synchronised: a time service synchronises the clock; None if unknown.
        offset_s: lead of its clock over the session's; negative if it lags.
    """

    free_bytes: int | None = None
    synchronised: bool | None = None
    offset_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistInput:
    """Input of the checklist.

    Attributes:
        heard_by: who confirmed the test sound, or None.
        on_duty: names of the recipients on duty.
        recipients: the session has recipients of calls.
        reached: names of recipients on duty who received a test call.
        unconfirmed: names of those on duty without a channel that confirms messages.
        duty_gap: when nobody of the first tier of calls is on duty: "now", or a time; or empty.
        failing: name and channel of those on duty whose last attempt failed.
        baseline: progress of each baseline.
        opened: names of those who have opened the link of a test call.
        unmeasured: signals that rules watch and no sensor measures.
        reviewed_by: reviewer of the policy; empty if not reviewed.
    """

    sensors: Sequence[SensorState]
    heard_by: str | None
    recipients: bool
    on_duty: Sequence[str]
    reached: Sequence[str]
    machine: HostState
    baseline: Sequence[DoseCheckView]
    policy: str
    reviewed_by: str
    unconfirmed: Sequence[str] = ()
    failing: Sequence[str] = ()
    duty_gap: str = ""
    opened: Sequence[str] = ()
    unmeasured: Sequence[str] = ()


def checklist(known: ChecklistInput) -> list[Item]:
    """Return the state of every item."""
    items = [_sensor(each) for each in known.sensors]
    if known.unmeasured:
        items.append(_signals(known.unmeasured))
    items.append(_sound(known.heard_by))
    if known.recipients:
        items.append(_calls(known))
    items += [_disk(known), _clock(known.machine), _policy(known)]
    if known.baseline:
        items.append(_baseline(known.baseline))
    return items


def unresolved(items: Sequence[Item]) -> list[Item]:
    """Return the items that require a reason to start."""
    return [item for item in items if item.counts and item.state is not ItemState.OK]


def _sensor(sensor: SensorState) -> Item:
    name = f"sensor {sensor.label}"
    if not sensor.connected:
        found = "Not connected: check that it is on, worn, in range, and not connected to a phone."
        return Item(item=name, state=ItemState.NOT_OK, found=found)
    if not sensor.valid:
        found = "Connected, but without valid values: check how it is worn."
        return Item(item=name, state=ItemState.NOT_OK, found=found)
    if sensor.battery is None:
        found = "Valid values, but the battery level is unknown: insert a fresh battery."
        return Item(item=name, state=ItemState.UNKNOWN, found=found)
    if sensor.battery < _LOW_BATTERY:
        found = f"Battery at {sensor.battery:.0f} %: change it now."
        return Item(item=name, state=ItemState.NOT_OK, found=found)
    found = f"Valid values; battery {sensor.battery:.0f} %."
    return Item(item=name, state=ItemState.OK, found=found)


def _signals(unmeasured: Sequence[str]) -> Item:
    """Return the item about rules that are never evaluated."""
    labels = ", ".join(SIGNALS[name].label.lower() for name in unmeasured)
    found = f"No sensor for {labels}: the rules for this raise nothing. Add a sensor."
    counts = not _OXIMETER.issuperset(unmeasured)
    return Item(item="signals", state=ItemState.NOT_OK, found=found, counts=counts)


def _sound(heard_by: str | None) -> Item:
    if heard_by is None:
        found = "Play the test sound, and confirm that you can hear it where you will be."
        return Item(item="sound", state=ItemState.UNKNOWN, found=found)
    return Item(item="sound", state=ItemState.OK, found=f"Heard by {heard_by}.")


def _calls(known: ChecklistInput) -> Item:
    name = "calls"
    if not known.on_duty:
        found = "Nobody is on duty: put someone on duty under Calls."
        return Item(item=name, state=ItemState.NOT_OK, found=found)
    if known.duty_gap == NOW:
        found = "Nobody of the first tier is on duty: put someone on duty under Calls."
        return Item(item=name, state=ItemState.NOT_OK, found=found)
    if known.unconfirmed:
        found = (
            f"No channel of {', '.join(known.unconfirmed)} confirms that a message was taken: "
            "add another one, such as mail or ntfy."
        )
        return Item(item=name, state=ItemState.NOT_OK, found=found)
    if not known.reached:
        found = "No test call delivered yet: press 'Send test call', and ask whether it arrived."
        return Item(item=name, state=ItemState.UNKNOWN, found=found)
    left = [each for each in known.on_duty if each not in known.reached]
    left += [each for each in known.failing if each.rpartition(" (")[0] not in left]
    found = f"Test call delivered to {', '.join(known.reached)}"
    found += f", not to {', '.join(left)}: correct that, or ask them." if left else "."
    if known.opened:
        found += f" Link opened by {', '.join(known.opened)}."
    if known.duty_gap:
        found += f" From {known.duty_gap} on, nobody of the first tier is on duty: plan who is."
    state = ItemState.UNKNOWN if left or known.duty_gap else ItemState.OK
    return Item(item=name, state=state, found=found)


def _disk(known: ChecklistInput) -> Item:
    free = known.machine.free_bytes
    if free is None:
        found = "Free space unknown: check the disk of the journal."
        return Item(item="disk", state=ItemState.UNKNOWN, found=found)
    needed = _DAY_BYTES_PER_SENSOR * max(1, len(known.sensors))
    found = f"{free // _MB} MB free; a day of this session takes {needed // _MB} MB"
    if free < needed:
        return Item(item="disk", state=ItemState.NOT_OK, found=f"{found}: free some space.")
    return Item(item="disk", state=ItemState.OK, found=f"{found}.")


def _clock(machine: HostState) -> Item:
    if abs(machine.offset_s) >= _DIFFERS_S:
        return Item(item="clock", state=ItemState.NOT_OK, found=_differs(machine.offset_s))
    if machine.synchronised is None:
        found = "Clock synchronisation unknown: compare the clock with another one."
        return Item(item="clock", state=ItemState.UNKNOWN, found=found)
    if not machine.synchronised:
        found = "Clock not synchronised: switch on a time service (timedatectl set-ntp true)."
        return Item(item="clock", state=ItemState.NOT_OK, found=found)
    return Item(item="clock", state=ItemState.OK, found="Synchronised by a time service.")


def _differs(offset_s: float) -> str:
    """Return what to do about a clock that was set, without stopping alarms or the recording."""
    by = span(abs(offset_s))
    if offset_s > 0:
        return (
            f"The computer's clock was set forward: this session's times are {by} behind it. "
            "Alarms are not affected. Restart the service now, before the start, to correct the "
            "times from then on."
        )
    return (
        f"The computer's clock was set back: this session's times are {by} ahead of it, and a "
        "restart does not change that. Alarms are not affected. For correct times, start another "
        "session (a new [session] id) once the clock is synchronised."
    )


def _policy(known: ChecklistInput) -> Item:
    if not known.reviewed_by.strip():
        found = f"{known.policy} is not reviewed: have the study physician review and sign it."
        return Item(item="policy", state=ItemState.NOT_OK, found=found)
    found = f"{known.policy}, reviewed by {known.reviewed_by}."
    return Item(item="policy", state=ItemState.OK, found=found)


def _baseline(channels: Sequence[DoseCheckView]) -> Item:
    found = "; ".join(f"{each.text}" for each in channels)
    if all(each.done for each in channels):
        return Item(item="baseline", state=ItemState.OK, found=f"{found}.", counts=False)
    found = f"{found}. Five valid minutes and 70 % of the time are required before the dose."
    return Item(item="baseline", state=ItemState.UNKNOWN, found=found, counts=False)
