"""The interface through which the console reads sessions and acts on them."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from alerts.policy.overrides import Changes
from dashboards.console.views.adverse_events import AdverseEventReport
from dashboards.console.views.alarms import AlarmOccurrenceView
from dashboards.console.views.chart_series import OverviewLine, Trace
from dashboards.console.views.ecg import EcgView
from dashboards.console.views.places import NewRoomSession, WaitingPlaceView
from dashboards.console.views.rules import RuleView
from dashboards.console.views.sensors import ChosenDevice, FoundDeviceView
from dashboards.console.views.session import SessionView


class AdverseEventActions(Protocol):
    """Actions on the adverse events of one session; they raise `PhysiomonError` if refused."""

    def report(self, report: AdverseEventReport, by: str) -> None:
        """Report an adverse event."""
        ...

    def change(self, event: int, report: AdverseEventReport, by: str, reason: str) -> None:
        """Change what was reported."""
        ...

    def end(self, event: int, by: str, at_ns: int | None = None) -> None:
        """End an adverse event now, or at `at_ns`."""
        ...

    def withdraw(self, event: int, by: str, reason: str) -> None:
        """Withdraw an adverse event that was reported by mistake."""
        ...


class AlarmReviews(Protocol):
    """The alarms of one session, and what people judge about them afterwards."""

    def occurrences(self) -> Sequence[AlarmOccurrenceView]:
        """Return all alarms so far in the order in which they were raised."""
        ...

    def review(self, alarm: str, raised_ns: int, verdict: str | None, by: str) -> None:
        """Judge an occurrence of an alarm as `by`; None withdraws the verdict."""
        ...


class Backend(Protocol):
    """The monitor as the console sees it.

    Calls return immediately, except `find_devices`. Actions that are not possible (unknown alarm,
    nothing to reset, no name given) raise `devices.errors.PhysiomonError` with one sentence for
    users.
    """

    def sessions(self) -> Sequence[SessionView]:
        """Return the sessions of this service."""
        ...

    def drawing_failed(self, session: str, error: Exception) -> SessionView:
        """Report a fault in drawing the view of a session; return one that can be drawn."""
        ...

    def drawing_succeeded(self, session: str) -> None:
        """Report that the view of a session can be drawn again."""
        ...

    def trace(self, session: str, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Return a period of a channel in about `points` points, plus one point beyond each end."""
        ...

    def ecg_around(self, session: str, alarm_ns: int) -> Sequence[EcgView]:
        """Return each ECG from 10 s before to 5 s after an alarm; nothing without samples."""
        ...

    def acknowledge(self, session: str, alarm: str, by: str) -> None:
        """Acknowledge an alarm as `by`."""
        ...

    def unacknowledge(self, session: str, alarm: str, by: str, reason: str) -> None:
        """Undo the acknowledgement of an alarm as `by`; the reason may be empty."""
        ...

    def reset(self, session: str, alarm: str, by: str) -> None:
        """Reset a latched alarm, whose condition is over."""
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
        reason: str = "",
        confirmed: bool = False,
    ) -> None:
        """Set a marker (a `kind` of `MarkerView`) now, or at the earlier time `at_ns`.

        A dose needs a reason while something is missing before it. Raises
        `devices.errors.UnusualError` for an unusual amount unless `confirmed`.
        """
        ...

    def pause_audio(self, session: str, by: str, *, on: bool = True) -> None:
        """Pause alarm audio for 120 s, or resume it; a new alarm ends the pause."""
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
        """Enter manual measurements, by signal, in the signals' units.

        Raises `devices.errors.UnusualError` for unusual values unless `confirmed`.
        """
        ...

    def settle(self, session: str, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Mark an `UnconfirmedView` as valid or not valid."""
        ...

    def undo(self, session: str, at_ns: int, by: str, reason: str) -> None:
        """Undo the marker at a time."""
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
        """Void a measurement (None) or replace its value; `confirmed` as for `measure`."""
        ...

    def adverse_events(self, session: str) -> AdverseEventActions:
        """Return the actions on a session's adverse events."""
        ...

    def alarm_reviews(self, session: str) -> AlarmReviews:
        """Return the alarms of a session, and the action to review them."""
        ...

    def confirm_sound(self, session: str, by: str) -> None:
        """Confirm that the test sound was heard."""
        ...

    def start(self, session: str, by: str, reason: str) -> None:
        """Start the session; unresolved items of its checklist need a reason."""
        ...

    def finish(self, session: str, by: str, reason: str) -> None:
        """End the session permanently; open items need a reason."""
        ...

    def dismiss(self, session: str, by: str) -> None:
        """Remove an ended session from the console."""
        ...

    async def find_devices(self, session: str) -> Sequence[FoundDeviceView]:
        """Scan for a few seconds; return the devices found, strongest signal first.

        Args:
            session: for which; empty for one that is to be started.
        """
        ...

    def replace_sensor(
        self, session: str, label: str, device: ChosenDevice, by: str, reason: str
    ) -> None:
        """Replace the device of a sensor; a new label adds a sensor."""
        ...

    def kinds(self) -> Mapping[str, str]:
        """Return the names of the supported sensor kinds, by key."""
        ...

    def waiting_places(self) -> Sequence[WaitingPlaceView]:
        """Return the places where the next session can be started."""
        ...

    def begin(self, place: str, participant: str, by: str) -> str:
        """Begin the next session of a place for a participant as `by`; return its id."""
        ...

    def rooms_can_be_added(self) -> bool:
        """Return whether `begin_in_room` is possible here."""
        ...

    def begin_in_room(self, request: NewRoomSession, by: str) -> str:
        """Begin a session in a room without a configuration file as `by`; return its id.

        Raises:
            FieldError: a field is not possible: ``room``, ``participant``, ``policy`` or
                ``sensors``.
        """
        ...

    def start_failures(self) -> Sequence[str]:
        """Return one sentence for each session that should run and does not."""
        ...

    def rebaseline(self, session: str, by: str, reason: str) -> None:
        """Set the baseline from the last 10 minutes."""
        ...

    def rules(self, session: str) -> Sequence[RuleView]:
        """Return the rules in force, including those switched off."""
        ...

    def policies(self) -> Sequence[str]:
        """Return the names of the available policies."""
        ...

    def change_policy(self, session: str, policy: str, by: str, reason: str) -> None:
        """Change the policy; overrides end with the policy that they changed."""
        ...

    def override(self, session: str, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Override a rule for this participant; empty `changes` restore the policy's rule."""
        ...

    def test_call(self, session: str, by: str) -> None:
        """Send a test call to everyone on duty."""
        ...

    def set_duty(self, session: str, recipient: str, by: str, *, on: bool) -> None:
        """Set whether a recipient is on duty."""
        ...

    def hand_over(self, session: str, recipient: str, to: str, by: str) -> None:
        """Hand duty over to another recipient, until the end of the shift."""
        ...


@runtime_checkable
class ReplayControlBackend(Backend, Protocol):
    """A backend that replays recordings and refuses all other actions."""

    async def overview(self, session: str) -> Sequence[OverviewLine]:
        """Return heart rate and temperature of the whole recording."""
        ...

    def play(self, session: str, *, on: bool) -> None:
        """Play or pause the recording."""
        ...

    def seek(self, session: str, at_ns: int) -> None:
        """Move to another time of the recording."""
        ...

    def set_speed(self, session: str, speed: float) -> None:
        """Set the speed in recorded seconds per real second."""
        ...
