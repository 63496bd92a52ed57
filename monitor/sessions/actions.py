"""Actions of people on one session: checked, journaled, and applied by the engine immediately."""

from collections.abc import Mapping

from alerts.alarm import Alarm, State
from alerts.policy.overrides import Changes, Override, amended
from alerts.policy.rules import Policy
from devices.sensor import SensorSpec
from monitor.core.engine import Engine
from monitor.core.engine_failure import EngineFailure
from monitor.entries import EntryKind
from monitor.errors import ActError
from monitor.sessions.action_texts import action_name, action_reason, limited_text
from monitor.sessions.manual_entries import ManualEntries
from monitor.sessions.session_control import Act, SessionControl


class SessionActions:
    """Actions on one session, each in a person's name.

    Every method raises ActError for an action that is not possible now, before anything is
    journaled.

    Args:
        engine: of the session.
        control: starts and ends it, and replaces sensors.
        manual_entries: markers and measurements.
        act: journals an action and applies it.
    """

    def __init__(
        self, engine: Engine, control: SessionControl, manual_entries: ManualEntries, act: Act
    ) -> None:
        self._engine = engine
        self._control = control
        self._manual_entries = manual_entries
        self._act = act

    def acknowledge(self, alarm: str, by: str) -> None:
        """Take that a person has seen an alarm."""
        found = self._alarm(alarm)
        if found is None or found.state is not State.ACTIVE:
            raise ActError("this alarm is not active any more; nothing to acknowledge")
        self._act(EntryKind.ACKNOWLEDGE, alarm, {"by": action_name(by)})

    def unacknowledge(self, alarm: str, by: str, reason: str) -> None:
        """Take the acknowledgement of an alarm back: it sounds, and calls, again."""
        found = self._alarm(alarm)
        if found is None or found.state is not State.ACKNOWLEDGED:
            raise ActError("this alarm is not acknowledged; there is nothing to take back")
        if isinstance(found, Alarm) and not self._engine.alarms.unacknowledgeable(found):
            raise ActError("a higher alarm was acknowledged with it; take that one back")
        body = {"by": action_name(by), "reason": limited_text(reason, "reason")}
        self._act(EntryKind.UNACKNOWLEDGE, alarm, body)

    def _alarm(self, key: str) -> Alarm | EngineFailure | None:
        """Return the alarm of a key; of a session that has failed there is only that one."""
        failure = self._engine.failure
        if failure is None:
            return self._engine.alarms.find(key)
        return failure if failure.key == key else None

    def reset(self, alarm: str, by: str) -> None:
        """Put a latched alarm away."""
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
    ) -> None:
        """Put a marker at this moment, or back to `at_ns`; see `ManualEntries.mark`."""
        self._manual_entries.mark(kind, text, action_name(by), at_ns, amount, unit)

    def pause_audio(self, by: str) -> None:
        """Silence alarm sounds for 120 s."""
        self._act(EntryKind.PAUSE, "audio", {"by": action_name(by)})

    def measure(
        self,
        values: Mapping[str, float],
        by: str,
        role: str,
        *,
        at_ns: int | None = None,
        confirmed: bool = False,
    ) -> None:
        """Take what a person has measured by hand; see `ManualEntries.measure`."""
        name, role = action_name(by), limited_text(role, "role")
        self._manual_entries.measure(values, name, role, at_ns, confirmed=confirmed)

    def settle(self, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Settle whether a sensor's measurement that was not judged is valid."""
        self._manual_entries.settle(channel, at_ns, action_name(by), valid=valid)

    def undo(self, at_ns: int, by: str, reason: str) -> None:
        """Take the marker of a time back; a dose only for ten minutes, and with a reason."""
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
        """Void a measurement, or put another value in its place in time."""
        name, why = action_name(by), action_reason(reason)
        self._manual_entries.correct(entry, signal, value, name, why, confirmed=confirmed)

    def heard(self, by: str) -> None:
        """Take that somebody has heard the test sound."""
        self._control.heard(action_name(by))

    def start(self, by: str, reason: str) -> None:
        """Begin the session; what is unresolved on the checklist needs a reason."""
        self._control.start(action_name(by), limited_text(reason, "reason"))

    def finish(self, by: str, reason: str) -> None:
        """End the session for good; what is open needs a reason."""
        self._control.finish(action_name(by), limited_text(reason, "reason"))

    def exchange(self, spec: SensorSpec, by: str, reason: str) -> None:
        """Put another device in the place of a sensor, or add a sensor."""
        self._control.exchange(spec, action_name(by), action_reason(reason))

    def rebaseline(self, by: str, reason: str) -> None:
        """Take the last 10 minutes as the baseline from here on."""
        if self._engine.dose_ns is None:
            raise ActError("the baseline is taken when the dose is marked; mark the dose first")
        body = {"by": action_name(by), "reason": action_reason(reason)}
        self._act(EntryKind.REBASELINE, "session", body)

    def override(self, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Change a rule for this participant; no changes put it back as the policy has it.

        Raises:
            OverrideError: there is no such rule, or the changes make no sound rule of it.
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
        """Put another policy in force."""
        body = {"text": policy.text, "by": action_name(by), "reason": action_reason(reason)}
        self._act(EntryKind.POLICY, policy.name, body)
