"""Journaling of logins, logouts and refusals in each open session.

Passwords and unknown names are never journaled. Of a flood, only the first events are; each account
has its own limit, so that nobody can hide behind the events of another one.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence

import structlog

from dashboards.console.formatting import count
from monitor.sessions.session import Session

_MOST = 20  # events of one account and kind per minute: repeated attempts must not fill the disk
_MINUTE_NS = 60 * 10**9

log = structlog.get_logger()


class AccessLog:
    """Implements `dashboards.access.login_sessions.AuditLog` for the sessions of this service."""

    def __init__(
        self, sessions: Callable[[], Sequence[Session]], now_ns: Callable[[], int]
    ) -> None:
        """Create an access log.

        Args:
            sessions: returns the open sessions.
            now_ns: clock, for the limit.
        """
        self._sessions = sessions
        self._now_ns = now_ns
        # By account and whether it was refused. Unknown names count as one account.
        self._recent_ns: dict[tuple[str, bool], deque[int]] = {}
        self._left_out: Counter[tuple[str, bool]] = Counter()

    def record(self, user: str, role: str, event: str, reason: str) -> None:
        """Log an event, and journal it in each open session.

        If earlier ones of this account and kind were left out, the entry has their number.
        """
        key = user, event.startswith("refused")
        if not self._within_limit(key):
            return
        body: dict[str, object] = {"event": event, "role": role, "reason": reason}
        if left_out := self._left_out.pop(key, 0):
            body["left_out"] = left_out
        log.info("access", user=user, role=role, what=event, reason=reason, left_out=left_out)
        for session in self._sessions():
            session.access(user, body)
        self._show()

    def accounts_fault(self, sentence: str | None) -> None:
        """Report why the accounts cannot be read; None: they can be read again."""
        for session in self._sessions():
            session.notice("accounts", sentence)
            reason = sentence or "the accounts can be read again"
            session.report_fault("accounts-unreadable", on=sentence is not None, reason=reason)

    def _within_limit(self, key: tuple[str, bool]) -> bool:
        now_ns = self._now_ns()
        recent_ns = self._recent_ns.setdefault(key, deque())
        while recent_ns and recent_ns[0] <= now_ns - _MINUTE_NS:
            recent_ns.popleft()
        if len(recent_ns) < _MOST:
            recent_ns.append(now_ns)
            return True
        if not self._left_out[key]:
            log.warning("access.left_out", user=key[0], refused=key[1], limit_per_min=_MOST)
        self._left_out[key] += 1
        self._show()
        return False

    def _show(self) -> None:
        number = self._left_out.total()
        sentence = f"{count(number, 'access event')} not journaled: too many per minute"
        for session in self._sessions():
            session.notice("access", sentence if number else None)
