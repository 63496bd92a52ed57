"""Writes who came, went and was refused into each open session.

Neither a password nor what was typed for a name is written down, and of a flood only the beginning.
"""

from collections.abc import Callable, Sequence

import structlog

from monitor.sessions.session import Session

_MOST = 60  # entries a minute, of each of the two; who tries for ever must not fill the disk
_MINUTE_NS = 60 * 10**9

log = structlog.get_logger()


class AccessLog:
    """Implements `dashboards.access.login_sessions.AuditLog` for the sessions of this service.

    Attributes:
        unjournaled: events that were too many to journal.
    """

    def __init__(self, sessions: Callable[[], Sequence[Session]]) -> None:
        """Make a backend.

        Args:
            sessions: returns those that are open.
        """
        self.unjournaled = 0
        self._sessions = sessions
        self._told_ns: dict[bool, list[int]] = {True: [], False: []}

    def record(self, user: str, role: str, event: str, reason: str) -> None:
        """Journal an event in each open session."""
        sessions = self._sessions()
        if not sessions or not self._room(sessions[0].now_ns(), event.startswith("refused")):
            return
        log.info("access", user=user, role=role, what=event, reason=reason)
        for session in sessions:
            session.access(user, {"event": event, "role": role, "reason": reason})

    def accounts_fault(self, sentence: str | None) -> None:
        """Show that the accounts cannot be read, or no longer that."""
        for session in self._sessions():
            session.notice("accounts", sentence)

    def _room(self, now_ns: int, refused: bool) -> bool:  # noqa: FBT001
        told_ns = [at for at in self._told_ns[refused] if at > now_ns - _MINUTE_NS]
        self._told_ns[refused] = told_ns
        if len(told_ns) >= _MOST:
            self.unjournaled += 1
            for session in self._sessions():
                session.notice(
                    "access", f"{self.unjournaled} logins or refusals too many to journal"
                )
            return False
        told_ns.append(now_ns)
        return True
