"""The console's desk: hands each call to the session that it is about."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from alerts.overrides import Changes
from dashboards.console.model import RuleView, SessionView, Trace
from monitor.errors import ActError
from monitor.policies import find_policy, known_policies
from monitor.session import Session
from monitor.view import rule_views


class SessionDesk:
    """Implements `dashboards.console.model.Desk` for the sessions of this service."""

    def __init__(self, sessions: Iterable[Session], policies: Path | None = None) -> None:
        """Make a desk.

        Args:
            sessions: of this service.
            policies: folder of the site's own policies, where it has some.
        """
        self._sessions = {session.spec.id: session for session in sessions}
        self._policies = policies

    def sessions(self) -> Sequence[SessionView]:
        """Return the sessions of this service."""
        return [session.view() for session in self._sessions.values()]

    def trace(self, session: str, channel: str, span_s: float, points: int) -> Trace:
        """Return the last `span_s` seconds of a channel in about `points` points."""
        return self._session(session).trace(channel, span_s, points)

    def acknowledge(self, session: str, alarm: str, by: str) -> None:
        """Say in `by`'s name that the alarm has been seen."""
        self._session(session).acknowledge(alarm, by)

    def reset(self, session: str, alarm: str, by: str) -> None:
        """Put a latched alarm away whose condition is over."""
        self._session(session).reset(alarm, by)

    def mark(self, session: str, kind: str, text: str, by: str) -> None:
        """Put a marker at this moment."""
        self._session(session).mark(kind, text, by)

    def pause_audio(self, session: str, by: str) -> None:
        """Silence alarm sounds for 120 s."""
        self._session(session).pause_audio(by)

    def measure(self, session: str, values: Mapping[str, float], by: str, role: str) -> None:
        """Take what a person has measured by hand."""
        self._session(session).measure(values, by, role)

    def rebaseline(self, session: str, by: str, reason: str) -> None:
        """Take the last 10 minutes as the baseline from here on."""
        self._session(session).rebaseline(by, reason)

    def rules(self, session: str) -> Sequence[RuleView]:
        """Return the rules in force, switched-off ones included."""
        return rule_views(self._session(session).engine)

    def policies(self) -> Sequence[str]:
        """Return the policies that there are."""
        return known_policies(self._policies)

    def change_policy(self, session: str, policy: str, by: str, reason: str) -> None:
        """Put another policy in force."""
        found = find_policy(policy, self._policies or Path())
        self._session(session).change_policy(found, by, reason)

    def override(self, session: str, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Change a rule for this participant."""
        self._session(session).override(rule, changes, by, reason)

    def test_call(self, session: str, by: str) -> None:
        """Send a test call to everybody on duty."""
        self._session(session).test_call(by)

    def duty(self, session: str, recipient: str, by: str, *, on: bool) -> None:
        """Say that a recipient is on duty from now on, or not any more."""
        self._session(session).duty(recipient, by, on=on)

    def _session(self, name: str) -> Session:
        try:
            return self._sessions[name]
        except KeyError:
            raise ActError(f"no session '{name}' runs here") from None
