"""The interface through which the console reads sessions and acts on them."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from alerts.policy.overrides import Changes
from dashboards.console.views.chart_series import Trace
from dashboards.console.views.rules import RuleView
from dashboards.console.views.sensors import ChosenDevice, FoundDeviceView
from dashboards.console.views.session import SessionView


class Backend(Protocol):
    """What the monitor does for the console.

    All calls return at once. Acts raise `devices.errors.PhysiomonError` with one sentence for
    people when they cannot be done (unknown alarm, nothing to reset, no name given).
    """

    def sessions(self) -> Sequence[SessionView]:
        """Return the sessions of this service."""
        ...

    def trace(self, session: str, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Return a stretch of a channel in about `points` points, and those next to its ends."""
        ...

    def acknowledge(self, session: str, alarm: str, by: str) -> None:
        """Say in `by`'s name that the alarm has been seen."""
        ...

    def unacknowledge(self, session: str, alarm: str, by: str, reason: str) -> None:
        """Take the acknowledgement of an alarm back in `by`'s name; the reason may be empty."""
        ...

    def reset(self, session: str, alarm: str, by: str) -> None:
        """Put a latched alarm away whose condition is over."""
        ...

    def mark(
        self,
        session: str,
        kind: str,
        text: str,
        by: str,
        *,
        at_ns: int | None = None,
        amount: float | None = None,
        unit: str = "mg",
    ) -> None:
        """Put a marker (a `kind` of `MarkerView`) at this moment, or back to `at_ns`."""
        ...

    def pause_audio(self, session: str, by: str) -> None:
        """Silence alarm sounds for 120 s; a new alarm sounds all the same."""
        ...

    def measure(
        self,
        session: str,
        values: Mapping[str, float],
        by: str,
        role: str,
        *,
        at_ns: int | None = None,
        confirmed: bool = False,
    ) -> None:
        """Take what a person has measured by hand, by signal, in the signals' units.

        Raises `devices.errors.UnusualError` for values that have to be `confirmed`.
        """
        ...

    def settle(self, session: str, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Settle whether an `UnconfirmedView` is valid."""
        ...

    def undo(self, session: str, at_ns: int, by: str, reason: str) -> None:
        """Take the marker of a time back."""
        ...

    def correct(
        self,
        session: str,
        entry: int,
        signal: str,
        value: float | None,
        by: str,
        reason: str,
        *,
        confirmed: bool = False,
    ) -> None:
        """Void a measurement, or put another value in its place; `confirmed` as for `measure`."""
        ...

    def confirm_sound(self, session: str, by: str) -> None:
        """Say that the test sound was heard."""
        ...

    def start(self, session: str, by: str, reason: str) -> None:
        """Begin the session; what is unresolved on its checklist needs a reason."""
        ...

    def finish(self, session: str, by: str, reason: str) -> None:
        """End the session for good; what is open needs a reason."""
        ...

    def dismiss(self, session: str, by: str) -> None:
        """Show an ended session no longer."""
        ...

    async def find_devices(self, session: str) -> Sequence[FoundDeviceView]:
        """Listen for a few seconds; return who is nearby, the strongest first."""
        ...

    def replace_sensor(
        self, session: str, label: str, device: ChosenDevice, by: str, reason: str
    ) -> None:
        """Put another device in the place of a sensor; a label that is new adds one."""
        ...

    def kinds(self) -> Mapping[str, str]:
        """Return the kinds of sensors that there are, by key, in words."""
        ...

    def start_failures(self) -> Sequence[str]:
        """Return a sentence for each session that could not be begun."""
        ...

    def rebaseline(self, session: str, by: str, reason: str) -> None:
        """Take the last 10 minutes as the baseline from here on."""
        ...

    def rules(self, session: str) -> Sequence[RuleView]:
        """Return the rules in force, switched-off ones included."""
        ...

    def policies(self) -> Sequence[str]:
        """Return the names of the policies that there are."""
        ...

    def change_policy(self, session: str, policy: str, by: str, reason: str) -> None:
        """Put another policy in force; overrides end with the policy they changed."""
        ...

    def override(self, session: str, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Change a rule for this participant; no changes put it back as the policy has it."""
        ...

    def test_call(self, session: str, by: str) -> None:
        """Send a test call to everybody on duty."""
        ...

    def set_duty(self, session: str, recipient: str, by: str, *, on: bool) -> None:
        """Say that a recipient is on duty from now on, or not any more."""
        ...


@runtime_checkable
class ReplayControlBackend(Backend, Protocol):
    """A backend whose session is a recording; it refuses all acts."""

    def play(self, session: str, *, on: bool) -> None:
        """Let time pass, or stand still."""
        ...

    def seek(self, session: str, at_ns: int) -> None:
        """Show another moment of the recording."""
        ...

    def set_speed(self, session: str, speed: float) -> None:
        """Let time pass at another speed, in recorded seconds for a real one."""
        ...
