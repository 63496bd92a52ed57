"""Journaling of logins, logouts and refusals in each open session.

Passwords and unknown names are never journaled, and only the first events of a flood are.
"""

from collections.abc import Callable, Sequence

import structlog

from dashboards.console.formatting import count
from monitor.sessions.session import Session

_MOST = 60  # logins, and as many refusals, per minute: repeated attempts must not fill the disk
_MINUTE_NS = 60 * 10**9

log = structlog.get_logger()


class AccessLog:
    """Implements `dashboards.access.login_sessions.AuditLog` for the sessions of this service.

    Attributes:
        unjournaled: number of events beyond the limit, which are not journaled.
    """

    def __init__(self, sessions: Callable[[], Sequence[Session]]) -> None:
        """Create an access log.

        Args:
            sessions: returns the open sessions.
        """
        self.unjournaled = 0
        self._sessions = sessions
        self._journaled_ns: dict[bool, list[int]] = {True: [], False: []}

    def record(self, user: str, role: str, event: str, reason: str) -> None:
        """Journal an event in each open session."""
        sessions = self._sessions()
        if not sessions or not self._within_limit(
            sessions[0].now_ns(), event.startswith("refused")
        ):
            return
        log.info("access", user=user, role=role, what=event, reason=reason)
        for session in sessions:
            session.access(user, {"event": event, "role": role, "reason": reason})

    def accounts_fault(self, sentence: str | None) -> None:
        """Show why the accounts cannot be read; None clears it."""
        for session in self._sessions():
            session.notice("accounts", sentence)

    def _within_limit(self, now_ns: int, refused: bool) -> bool:  # noqa: FBT001
        journaled_ns = [at for at in self._journaled_ns[refused] if at > now_ns - _MINUTE_NS]
        self._journaled_ns[refused] = journaled_ns
        if len(journaled_ns) >= _MOST:
            self.unjournaled += 1
            for session in self._sessions():
                session.notice(
                    "access",
                    f"{count(self.unjournaled, 'access event')} not journaled: too many per minute",
                )
            return False
        journaled_ns.append(now_ns)
        return True
