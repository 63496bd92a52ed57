"""Control of a session: start, end and replacement of sensors."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from alerts.alarm_fact import public_text
from alerts.policy.conditions import MeasurementDue
from dashboards.console.views.session import SessionView
from devices.decoders import KINDS
from devices.sensor import SensorSpec
from devices.signals import SIGNALS
from monitor.clock import SessionClock
from monitor.core.engine import Engine
from monitor.core.judgement import unmeasured
from monitor.core.session_spec import refuse_clash
from monitor.delivery.delivery_health import DeliveryHealth
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.dose_checks import DoseChecks
from monitor.sessions.duty_view import duty_gap
from monitor.sessions.end_checks import open_items
from monitor.sessions.host_checks import synchronised
from monitor.sessions.preflight import (
    ChecklistInput,
    HostState,
    Item,
    ItemState,
    SensorState,
    checklist,
    unresolved,
)
from monitor.sessions.sensor_checks import check_sensor

_LOOK_EVERY_S = 10.0


class Act(Protocol):
    """Function that journals an action and applies it immediately."""

    def __call__(self, kind: EntryKind, source: str, body: Mapping[str, object]) -> None:
        """Journal and apply the action."""
        ...


class SessionControl:
    """Actions that start, end and change one session.

    Args:
        engine: of the session.
        clock: of the session.
        delivery_health: knows the pending deliveries.
        act: journals and applies an action.

    Attributes:
        over: set when a person has ended the session.
        devices_changed: set when the devices to connect have changed.
        machine: state of the computer at the last check.
        dose_checks: what is to be ready before the dose.
        unconfirmed: ids of recipients without a channel that confirms messages.
        failing_channels: recipient and kind of each channel whose last attempt failed.
        opened: names of recipients who have opened the link of a test call.
    """

    def __init__(
        self, engine: Engine, clock: SessionClock, delivery_health: DeliveryHealth, act: Act
    ) -> None:
        self.over = asyncio.Event()
        self.devices_changed = asyncio.Event()
        self.machine = HostState()
        self.dose_checks = DoseChecks(engine, clock)
        self.unconfirmed: frozenset[str] = frozenset()
        self.failing_channels: set[tuple[str, str]] = set()
        self.opened: set[str] = set()
        self._engine = engine
        self._clock = clock
        self._delivery_health = delivery_health
        self._act = act
        self._heard_by: str | None = None

    # Start

    def checklist(self) -> list[Item]:
        """Return the pre-flight checklist; empty once the session is started."""
        if self._engine.lifecycle.started is not None or self._engine.lifecycle.ended is not None:
            return []
        engine = self._engine
        if engine.failure is not None:
            return [
                Item(item="monitoring", state=ItemState.NOT_OK, found=f"{engine.failure.sentence}.")
            ]
        escalation = engine.calling.escalation
        names = {each.id: each.name for each in escalation.plan.recipients}
        reached = {
            notification.recipient
            for notification in escalation.notifications.values()
            if notification.delivered
        }
        policy = engine.policy
        assert policy is not None  # noqa: S101 - the first entry has set it
        return checklist(
            ChecklistInput(
                sensors=[self._sensor(label) for label in engine.sensors],
                heard_by=self._heard_by,
                recipients=bool(names),
                on_duty=[name for key, name in names.items() if key in escalation.on_duty],
                reached=[
                    name
                    for key, name in names.items()
                    if key in escalation.on_duty and key in reached
                ],
                unconfirmed=[
                    name
                    for key, name in names.items()
                    if key in escalation.on_duty and key in self.unconfirmed
                ],
                failing=[
                    f"{names[key]} ({channel})"
                    for key, channel in sorted(self.failing_channels)
                    if key in escalation.on_duty and key in names
                ],
                duty_gap=duty_gap(engine),
                opened=sorted(self.opened),
                machine=replace(self.machine, offset_s=self._clock.offset_ns() / 1e9),
                baseline=self.dose_checks.baselines(),
                policy=f"{policy.name} {policy.version}",
                reviewed_by=policy.reviewed_by,
                unmeasured=unmeasured(policy.rules, engine.channels.values()),
            )
        )

    def heard(self, by: str) -> None:
        """Record who heard the test sound."""
        self._heard_by = by

    def start(self, by: str, reason: str) -> None:
        """Start the session in `by`'s name; alarms are already active.

        Raises:
            ActError: it was started before, or items are unresolved and there is no reason.
        """
        if (started := self._engine.lifecycle.started) is not None:
            raise ActError(f"the session was already started by {started.by}")
        items = self.checklist()
        left = [item.item for item in unresolved(items)]
        if left and not reason:
            raise ActError(f"{', '.join(left)}: not resolved; give a reason to start anyway")
        body = {"by": by, "reason": reason, "checklist": [item.body() for item in items]}
        self._act(EntryKind.START, "session", body)

    async def watch_machine(self, journal: Callable[[], int | None], speed: float) -> None:
        """Check disk and clock every 10 s until cancelled.

        Args:
            journal: returns the free bytes on the journal's disk; called in a thread.
            speed: simulated seconds per real second.
        """
        while True:
            free = await asyncio.to_thread(journal)
            self.machine = HostState(free_bytes=free, synchronised=synchronised())
            await asyncio.sleep(_LOOK_EVERY_S * speed)

    # End

    def unfinished(self) -> list[str]:
        """Return one sentence per open item."""
        engine = self._engine
        if engine.failure is not None:
            return [f"{engine.failure.sentence}."]
        dose_ns = engine.dose_ns
        return open_items(
            alarms=[
                (
                    group.alarm.rule.priority.name.lower(),
                    public_text(group.alarm),
                    group.alarm.shown.value,
                )
                for group in engine.alarms.groups()
                if not isinstance(group.alarm.rule.condition, MeasurementDue)
            ],
            overdue=[
                SIGNALS[alarm.rule.condition.signal].label
                for alarm, _ in engine.due()
                if isinstance(alarm.rule.condition, MeasurementDue) and alarm.open
            ],
            since_dose_s=None if dose_ns is None else (self._clock.now_ns() - dose_ns) / 1e9,
            unsent=self._delivery_health.unsent(),
        )

    def finish(self, by: str, reason: str) -> None:
        """End the session permanently in `by`'s name.

        Raises:
            ActError: items are open and there is no reason.
        """
        left = self.unfinished()
        if left and not reason:
            raise ActError(f"{left[0]} Give a reason to end the session anyway")
        self._act(EntryKind.END, "physiomon", {"by": by, "reason": reason, "open": left})
        self.over.set()
        self.devices_changed.set()

    def completed(self, view: SessionView) -> SessionView:
        """Return a view with what is to be done before the start, the dose and the end."""
        return replace(
            view,
            preflight=self.checklist(),
            before_dose=self.dose_checks.pending(),
            open_items=self.unfinished(),
        )

    # Sensors

    def exchange(self, spec: SensorSpec, by: str, reason: str) -> None:
        """Replace the device of a sensor, or add a sensor to the session.

        Raises:
            ActError: the device cannot be used as that sensor.
        """
        self._check(spec)
        body = {
            "kind": spec.kind,
            "address": spec.address,
            "name": spec.name,
            "by": by,
            "reason": reason,
        }
        self._act(EntryKind.SENSOR, spec.label, body)
        self.devices_changed.set()

    def _check(self, spec: SensorSpec) -> None:
        check_sensor(spec)
        kind = KINDS[spec.kind]
        devices = self._engine.lifecycle.devices
        was = devices.get(spec.label)
        if was is not None and was.gateway is not None:
            raise ActError(
                f"gateway '{was.gateway}' reads sensor '{spec.label}'; change the file of "
                "the gateway and restart it"
            )
        if was is not None and not {*KINDS[was.kind].signals} <= {*kind.signals}:
            raise ActError(
                f"a {kind.label.lower()} does not measure what '{spec.label}' does; add it as a "
                "separate sensor"
            )
        for other in devices.values():
            if other.label == spec.label:
                continue
            refuse_clash(spec, other, f"sensor '{other.label}'")

    def _sensor(self, label: str) -> SensorState:
        sensor = self._engine.sensors[label]
        shown = [
            channel
            for signal in sensor.device.kind.signals
            if (channel := self._engine.channels.get(f"{label}/{signal}")) is not None
            and channel.signal.trend
        ]
        return SensorState(
            label=label,
            connected=sensor.state == "connected",
            valid=bool(shown) and not any(channel.lost for channel in shown),
            battery=sensor.battery,
        )
