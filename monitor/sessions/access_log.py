"""Journaling of logins, refusals and reads in each open session.

Passwords and unknown names are never journaled. Of a flood, only the first events are; each account
has its own limit, so that nobody can hide behind the events of another one.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence

import structlog

from dashboards.console.formatting import count
from monitor.sessions.read_log import Read, ReadLog
from monitor.sessions.session import Session

_MOST = 20  # events of one account and kind per minute: repeated attempts must not fill the disk
_MINUTE_NS = 60 * 10**9
_LOGGED = {"event": "what"}  # `event` is the name of the line

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
        self._reads = ReadLog()
        # By account and group of events. Unknown names count as one account.
        self._recent_ns: dict[tuple[str, str], deque[int]] = {}
        self._left_out: Counter[tuple[str, str]] = Counter()

    def record(self, user: str, role: str, event: str, reason: str) -> None:
        """Log an event, and journal it in each open session.

        If earlier ones of this account and kind were left out, the entry has their number.
        """
        group = "refused" if event.startswith("refused") else "login"
        body: dict[str, object] = {"event": event, "role": role, "reason": reason}
        self._journal(user, group, body, self._open_sessions())

    def record_read(
        self, session: str, user: str, role: str, resource: str, *, ended: bool
    ) -> None:
        """Journal a read in its session; of repeated ones the first, and then their number."""
        read = Read(session, user, role, resource, ended)
        if session and all(session != each.spec.id for each in self._sessions()):
            return  # a name that somebody made up
        if self._reads.is_new(read, self._now_ns()):
            self._journal(user, "read", _body(read), self._concerned(session))

    def count_reads(self, *, everything: bool = False) -> None:
        """Journal the numbers of repeated reads whose ten minutes are over, or all."""
        for repeats in self._reads.over(self._now_ns(), everything=everything):
            read = repeats.read
            body = _body(read) | {"repeated": repeats.number, "last_ns": repeats.last_ns}
            self._journal(read.user, "read", body, self._concerned(read.session))

    def accounts_fault(self, sentence: str | None) -> None:
        """Report why the accounts cannot be read; None: they can be read again."""
        for session in self._sessions():
            session.notice("accounts", sentence)
            reason = sentence or "the accounts can be read again"
            session.report_fault("accounts-unreadable", on=sentence is not None, reason=reason)

    def _open_sessions(self) -> list[Session]:
        return [session for session in self._sessions() if not session.ended]

    def _concerned(self, session: str) -> list[Session]:
        return [each for each in self._open_sessions() if session in ("", each.spec.id)]

    def _journal(
        self, user: str, group: str, body: dict[str, object], concerned: Sequence[Session]
    ) -> None:
        key = user, group
        if not self._within_limit(key):
            return
        if left_out := self._left_out.pop(key, 0):
            body["left_out"] = left_out
        logged = {_LOGGED.get(name, name): value for name, value in body.items()}
        log.info("access", user=user, **logged)
        for session in concerned:
            session.access(user, body)
        self._show()

    def _within_limit(self, key: tuple[str, str]) -> bool:
        now_ns = self._now_ns()
        recent_ns = self._recent_ns.setdefault(key, deque())
        while recent_ns and recent_ns[0] <= now_ns - _MINUTE_NS:
            recent_ns.popleft()
        if len(recent_ns) < _MOST:
            recent_ns.append(now_ns)
            return True
        if not self._left_out[key]:
            log.warning("access.left_out", user=key[0], group=key[1], limit_per_min=_MOST)
        self._left_out[key] += 1
        self._show()
        return False

    def _show(self) -> None:
        number = self._left_out.total()
        sentence = f"{count(number, 'access event')} not journaled: too many per minute"
        for session in self._sessions():
            session.notice("access", sentence if number else None)


def _body(read: Read) -> dict[str, object]:
    event = "read-end" if read.ended else "read"
    return {"event": event, "role": read.role, "reason": "", "resource": read.resource}
