"""Backend of the console: dispatch each call to its session."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import structlog

from alerts.policy.overrides import Changes
from dashboards.api.backend import Record
from dashboards.console.views.chart_series import Trace
from dashboards.console.views.ecg import EcgView
from dashboards.console.views.rules import RuleView
from dashboards.console.views.sensors import ChosenDevice, FoundDeviceView
from dashboards.console.views.service_health import ServiceHealth
from dashboards.console.views.session import SessionView
from devices.decoders import KINDS
from devices.discovery import Search
from monitor.config.policies import find_policy, known_policies
from monitor.errors import ActError
from monitor.sessions.adverse_event_actions import AdverseEventActions
from monitor.sessions.alarm_reviews import AlarmReviews
from monitor.sessions.health import service_health
from monitor.sessions.nearby_sensors import NearbySensors
from monitor.sessions.place_backend import NextSessions, PlaceBackend
from monitor.sessions.session import Session
from monitor.sessions.view import rule_views
from monitor.storage.fact_rows import FactRow
from monitor.storage.journal import Journal

log = structlog.get_logger()


class ConsoleBackend(PlaceBackend):
    """Implementation of `dashboards.console.backend.Backend` for the sessions of this service."""

    def __init__(
        self,
        sessions: Iterable[Session],
        policies: Path | None = None,
        *,
        search: Search | None = None,
        failures: Callable[[], Sequence[str]] = tuple,
        places: NextSessions | None = None,
        speed: float = 1.0,
    ) -> None:
        """Create a backend.

        Args:
            sessions: of this service.
            policies: folder of the site's policies, if any.
            search: for sensors, on the radio of all sessions; None disables it.
            failures: returns the reasons of sessions that should run and do not.
            places: where the next session can be started; None: nowhere.
            speed: simulated seconds per real second.
        """
        running = {session.spec.id: session for session in sessions}
        super().__init__(running, places, NearbySensors(search, speed))
        self._policies = policies
        self._failures = failures

    def sessions(self) -> Sequence[SessionView]:
        """Return the sessions of this service."""
        return [session.view() for session in self._sessions.values()]

    def drawing_failed(self, session: str, error: Exception) -> SessionView:
        """Report a fault in drawing a session; return one that can be drawn."""
        found = self._session(session)
        return found.shown.drawing_failed(error, found.spec, found.now_ns())

    def drawing_succeeded(self, session: str) -> None:
        """Report that a session can be drawn again."""
        self._session(session).shown.drawing_succeeded()

    def health(self) -> ServiceHealth:
        """Return the health of all sessions that run or should."""
        return service_health(self._sessions.values(), self._failures())

    def trace(self, session: str, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Return a range of a channel in about `points` points, plus those next to its ends."""
        return self._session(session).trace(channel, since_ns, until_ns, points)

    def ecg_around(self, session: str, alarm_ns: int) -> Sequence[EcgView]:
        """Return each ECG from 10 s before to 5 s after an alarm."""
        return self._session(session).ecg_around(alarm_ns)

    def acknowledge(self, session: str, alarm: str, by: str) -> None:
        """Acknowledge an alarm."""
        self._session(session).actions.acknowledge(alarm, by)

    def unacknowledge(self, session: str, alarm: str, by: str, reason: str) -> None:
        """Undo the acknowledgement of an alarm."""
        self._session(session).actions.unacknowledge(alarm, by, reason)

    def reset(self, session: str, alarm: str, by: str) -> None:
        """Reset a latched alarm whose condition is over."""
        self._session(session).actions.reset(alarm, by)

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
        """Add a marker now or at `at_ns`."""
        mark = partial(self._session(session).actions.mark, kind, text, by)
        mark(at_ns=at_ns, amount=amount, unit=unit, reason=reason, confirmed=confirmed)

    def pause_audio(self, session: str, by: str, *, on: bool = True) -> None:
        """Silence alarm sounds for 120 s, or let them sound again."""
        self._session(session).actions.pause_audio(by, on=on)

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
        """Enter manual measurements."""
        self._session(session).actions.measure(values, by, role, at_ns=at_ns, confirmed=confirmed)

    def settle(self, session: str, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Confirm or reject a doubtful measurement of a sensor."""
        self._session(session).actions.settle(channel, at_ns, by, valid=valid)

    def adverse_events(self, session: str) -> AdverseEventActions:
        """Return the actions on a session's adverse events."""
        return self._session(session).actions.adverse_events

    def alarm_reviews(self, session: str) -> AlarmReviews:
        """Return the alarms of a session, and the action to review them."""
        return self._session(session).alarm_reviews

    def rebaseline(self, session: str, by: str, reason: str) -> None:
        """Use the last 10 minutes as the baseline from now on."""
        self._session(session).actions.rebaseline(by, reason)

    def rules(self, session: str) -> Sequence[RuleView]:
        """Return the rules in force, including disabled ones."""
        return rule_views(self._session(session).engine)

    def policies(self) -> Sequence[str]:
        """Return the names of the available policies."""
        return known_policies(self._policies)

    def change_policy(self, session: str, policy: str, by: str, reason: str) -> None:
        """Activate another policy."""
        found = find_policy(policy, self._policies or Path())
        self._session(session).actions.change_policy(found, by, reason)

    def override(self, session: str, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Change a rule for this participant."""
        self._session(session).actions.override(rule, changes, by, reason)

    def test_call(self, session: str, by: str) -> None:
        """Send a test call to everyone on duty."""
        self._session(session).calls.test_call(by)

    def set_duty(self, session: str, recipient: str, by: str, *, on: bool) -> None:
        """Put a recipient on duty, or off duty."""
        self._session(session).calls.duty(recipient, by, on=on)

    def hand_over(self, session: str, recipient: str, to: str, by: str) -> None:
        """Hand duty over to another recipient."""
        self._session(session).calls.hand_over(recipient, to, by)

    def undo(self, session: str, at_ns: int, by: str, reason: str) -> None:
        """Undo the marker of a time."""
        self._session(session).actions.undo(at_ns, by, reason)

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
        """Void a measurement, or replace its value."""
        self._session(session).actions.correct(
            entry, signal, value, by, reason, confirmed=confirmed
        )

    def confirm_sound(self, session: str, by: str) -> None:
        """Confirm that the test sound was heard."""
        self._session(session).actions.heard(by)

    def start(self, session: str, by: str, reason: str) -> None:
        """Start the session."""
        self._session(session).actions.start(by, reason)

    def finish(self, session: str, by: str, reason: str) -> None:
        """End the session permanently."""
        self._session(session).actions.finish(by, reason)

    def dismiss(self, session: str, by: str) -> None:
        """Remove an ended session from the page."""
        found = self._session(session)
        if not found.ended:
            raise ActError("this session is running; end it first")
        log.info("session.dismissed", session=session, by=by)
        del self._sessions[session]

    def start_failures(self) -> Sequence[str]:
        """Return a sentence for each session that should run and does not."""
        return self._failures()

    # The journal

    def last_record(self, session: str) -> int:
        """Return the id of the newest journaled fact."""
        return self._session(session).journal.last_fact

    def records(self, session: str, after: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` journaled facts after an id, in order."""
        found = self._session(session)
        if not found.closed:
            return [_record(row) for row in found.journal.facts(after, limit)]
        with Journal.read(found.journal.path) as journal:
            return [_record(row) for row in journal.facts(after, limit)]

    async def readings(
        self, session: str, channel: str, since_ns: int, until_ns: int, after: int, limit: int
    ) -> Sequence[Record]:
        """Return journaled readings, read in a thread on a separate connection."""
        path = self._session(session).journal.path

        def read() -> list[Record]:
            with Journal.read(path) as journal:
                rows = journal.readings(channel, since_ns, until_ns, after, limit)
                return [_record(row) for row in rows]

        return await asyncio.to_thread(read)

    def accept(self, session: str, alarm: str, by: str) -> None:
        """Accept responsibility for an alarm."""
        self._session(session).calls.accept(alarm, by, "api")

    def hand_on(self, session: str, alarm: str, to: str, by: str) -> None:
        """Ask a recipient to take over an accepted alarm."""
        self._session(session).calls.hand_on(alarm, to, by, "api")

    # Sensors

    def kinds(self) -> Mapping[str, str]:
        """Return the label of each kind of sensor, by key."""
        return {kind.name: kind.label for kind in KINDS.values()}

    async def find_devices(self, session: str) -> Sequence[FoundDeviceView]:
        """Scan for a few seconds, while links continue to search for their sensors."""
        if session:
            self._session(session)
        return await self._nearby.scan(self._sessions.values())

    def replace_sensor(
        self, session: str, label: str, device: ChosenDevice, by: str, reason: str
    ) -> None:
        """Replace the device of a sensor; a new label adds a sensor."""
        others = [each for name, each in self._sessions.items() if name != session]
        spec = self._nearby.chosen(label, device, others)
        self._session(session).actions.exchange(spec, by, reason)

    def _session(self, name: str) -> Session:
        try:
            return self._sessions[name]
        except KeyError:
            raise ActError(f"no session '{name}' is running here") from None


def _record(row: FactRow) -> Record:
    return Record(row.id, row.at_ns, row.kind, row.subject, row.payload)
