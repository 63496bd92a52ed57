"""Actions of people on one session: checked, journaled, and applied by the engine immediately."""

from collections.abc import Mapping

from alerts.alarm import Alarm, State
from alerts.policy.overrides import Changes, Override, amended
from alerts.policy.rules import Policy
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.core.engine import Engine
from monitor.core.engine_failure import EngineFailure
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.action_texts import action_name, action_reason, limited_text
from monitor.sessions.adverse_event_actions import AdverseEventActions
from monitor.sessions.failed_session import VIEW_FAILURE
from monitor.sessions.manual_entries import ManualEntries
from monitor.sessions.session_control import Act, SessionControl
from monitor.sessions.shown_session import ShownSession


class SessionActions:
    """Actions on one session, each in a person's name.

    Every method raises ActError if the action is not possible now; nothing is journaled then.

    Args:
        engine: of the session.
        clock: of the session.
        control: starts and ends it, and replaces sensors.
        shown: its view, whose failure can be acknowledged as well.
        act: journals an action and applies it.

    Attributes:
        adverse_events: actions on adverse events.
    """

    def __init__(
        self,
        engine: Engine,
        clock: SessionClock,
        control: SessionControl,
        shown: ShownSession,
        act: Act,
    ) -> None:
        self.adverse_events = AdverseEventActions(engine, clock, act)
        self._engine = engine
        self._control = control
        self._shown = shown
        self._manual_entries = ManualEntries(engine, clock, control.dose_checks, act)
        self._act = act

    def acknowledge(self, alarm: str, by: str) -> None:
        """Acknowledge an alarm."""
        if alarm == VIEW_FAILURE:
            self._shown.acknowledge(by)
            return
        found = self._alarm(alarm)
        if found is None or found.state is not State.ACTIVE:
            raise ActError("this alarm is not active any more; there is nothing to acknowledge")
        self._act(EntryKind.ACKNOWLEDGE, alarm, {"by": action_name(by)})

    def unacknowledge(self, alarm: str, by: str, reason: str) -> None:
        """Undo the acknowledgement of an alarm: it sounds and calls again."""
        if alarm == VIEW_FAILURE:
            self._shown.unacknowledge(by)
            return
        found = self._alarm(alarm)
        if found is None or found.state is not State.ACKNOWLEDGED:
            raise ActError("this alarm is not acknowledged; there is nothing to undo")
        if isinstance(found, Alarm) and not self._engine.alarms.unacknowledgeable(found):
            raise ActError("this alarm was acknowledged with a higher one; undo that one")
        body = {"by": action_name(by), "reason": limited_text(reason, "reason")}
        self._act(EntryKind.UNACKNOWLEDGE, alarm, body)

    def _alarm(self, key: str) -> Alarm | EngineFailure | None:
        """Return the alarm with a key; after an engine failure only the failure itself."""
        failure = self._engine.failure
        if failure is None:
            return self._engine.alarms.find(key)
        return failure if failure.key == key else None

    def reset(self, alarm: str, by: str) -> None:
        """Reset a latched alarm."""
        found = self._engine.alarms.find(alarm)
        if found is None or found.shown is not State.LATCHED:
            raise ActError("only an alarm whose condition is over can be reset")
        self._act(EntryKind.RESET, alarm, {"by": action_name(by)})

    def mark(
        self,
        kind: str,
        text: str,
        by: str,
        *,
        at_ns: int | None = None,
        amount: float | None = None,
        unit: str = "mg",
        reason: str = "",
        confirmed: bool = False,
    ) -> None:
        """Add a marker now or at `at_ns`; see `ManualEntries.mark`."""
        name, why = action_name(by), limited_text(reason, "reason")
        self._manual_entries.mark(
            kind, text, name, at_ns, amount, unit, reason=why, confirmed=confirmed
        )

    def pause_audio(self, by: str, *, on: bool = True) -> None:
        """Silence alarm sounds for 120 s, or let them sound again."""
        body = {"by": action_name(by)}
        self._act(EntryKind.PAUSE, "audio", body if on else {**body, "on": False})

    def measure(
        self,
        values: Mapping[str, float],
        by: str,
        role: str,
        *,
        at_ns: int | None = None,
        confirmed: bool = False,
    ) -> None:
        """Enter manual measurements; see `ManualEntries.measure`."""
        name, role = action_name(by), limited_text(role, "role")
        self._manual_entries.measure(values, name, role, at_ns, confirmed=confirmed)

    def settle(self, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Confirm or reject a sensor's doubtful measurement."""
        self._manual_entries.settle(channel, at_ns, action_name(by), valid=valid)

    def undo(self, at_ns: int, by: str, reason: str) -> None:
        """Undo the marker of a time; a dose only within ten minutes and with a reason."""
        self._manual_entries.undo(at_ns, action_name(by), limited_text(reason, "reason"))

    def correct(
        self,
        entry: int,
        signal: str,
        value: float | None,
        by: str,
        reason: str,
        *,
        confirmed: bool = False,
    ) -> None:
        """Void a measurement, or replace its value at the same time."""
        name, why = action_name(by), action_reason(reason)
        self._manual_entries.correct(entry, signal, value, name, why, confirmed=confirmed)

    def heard(self, by: str) -> None:
        """Confirm that the test sound was heard."""
        self._control.heard(action_name(by))

    def start(self, by: str, reason: str) -> None:
        """Start the session; unresolved items of the checklist need a reason."""
        self._control.start(action_name(by), limited_text(reason, "reason"))

    def finish(self, by: str, reason: str) -> None:
        """End the session permanently; open items need a reason."""
        self._control.finish(action_name(by), limited_text(reason, "reason"))

    def exchange(self, spec: SensorSpec, by: str, reason: str) -> None:
        """Replace the device of a sensor, or add a sensor."""
        self._control.exchange(spec, action_name(by), action_reason(reason))

    def rebaseline(self, by: str, reason: str) -> None:
        """Use the last 10 minutes as the baseline from now on."""
        if self._engine.dose_ns is None:
            raise ActError("the baseline is set when the dose is marked; mark the dose first")
        body = {"by": action_name(by), "reason": action_reason(reason)}
        self._act(EntryKind.REBASELINE, "session", body)

    def override(self, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Change a rule for this participant; empty changes restore the policy's rule.

        Raises:
            OverrideError: there is no such rule, or the changed rule is not valid.
        """
        override = Override(
            rule=rule, changes=dict(changes), by=action_name(by), reason=action_reason(reason)
        )
        assert self._engine.policy_changes.base is not None  # noqa: S101 - the session has begun
        amended(
            self._engine.policy_changes.base,
            (*self._engine.policy_changes.overrides.values(), override),
        )
        body = {"changes": dict(changes), "by": override.by, "reason": override.reason}
        self._act(EntryKind.OVERRIDE, rule, body)

    def change_policy(self, policy: Policy, by: str, reason: str) -> None:
        """Activate another policy."""
        body = {"text": policy.text, "by": action_name(by), "reason": action_reason(reason)}
        self._act(EntryKind.POLICY, policy.name, body)
