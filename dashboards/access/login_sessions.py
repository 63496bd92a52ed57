"""Current logins. They are kept in memory, with only the hash of each token.

Pure except for the random tokens; the clock is passed in.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dashboards.access.accounts import Account
from dashboards.access.current_accounts import Accounts
from dashboards.access.roles import Person, Right

_MAX_PER_ACCOUNT = 20  # logins; one more ends the oldest


class AuditLog(Protocol):
    """A record of logins, logouts, refusals and reads."""

    def record(self, user: str, role: str, event: str, reason: str) -> None:
        """Record an event.

        Args:
            user: name of the account; empty if the given name matches none. The given name itself
                is not recorded: people type passwords into the wrong field.
            role: of the account, or empty.
            event: ``login``, ``logout``, ``expired``, ``ended``, ``token``, ``refused-login``,
                ``refused-token``, ``refused-page``, ``refused-act``, ``second-factor`` (set up),
                ``second-factor-reset``, ``recovery-code``, ``refused-code``,
                ``password`` (changed) or ``refused-password``.
            reason: one sentence, possibly empty.
        """
        ...

    def record_read(
        self, session: str, user: str, role: str, resource: str, *, ended: bool
    ) -> None:
        """Record that somebody opened a page or asked for data that show values.

        Args:
            session: id of the session; empty for all.
            user: name of the account or token.
            role: of it.
            resource: ``page``, ``overview``, or the last part of the path in the API.
            ended: the page was closed, or the stream ended.
        """
        ...

    def count_reads(self, *, everything: bool = False) -> None:
        """Record the numbers of repeated reads that are due, or all."""
        ...

    def accounts_fault(self, sentence: str | None) -> None:
        """Show that the accounts cannot be read; None: they can be read again."""
        ...


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Lifetime of a login in seconds: without a live page, and in total."""

    idle_s: float = 30 * 60.0
    total_s: float = 12 * 3600.0


@dataclass(slots=True, eq=False)
class Login:
    """A login of a person.

    Attributes:
        person: who is logged in.
        account: as it was at the login; None: a provider knows the person.
        since_s: time of the login.
        seen_s: time of the last request, or of the end of the last live page.
        pages: number of open live pages.
        ended: set when the login is over; streams that serve it then stop.
    """

    person: Person
    account: Account | None
    since_s: float
    seen_s: float
    audit_log: AuditLog = field(repr=False)
    pages: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def may(self, right: Right) -> bool:
        """Return whether the login is current and has a right."""
        return not self.ended.is_set() and self.person.may(right)

    def record(self, event: str, reason: str = "") -> None:
        """Record what the person did, or was refused."""
        self.audit_log.record(self.person.user, self.person.role, event, reason)

    def record_read(self, session: str, resource: str, *, ended: bool = False) -> None:
        """Record that the person opened or closed a page; an empty session means all."""
        person = self.person
        self.audit_log.record_read(session, person.user, person.role, resource, ended=ended)


class Logins:
    """All current logins, by the hash of their token."""

    def __init__(
        self,
        accounts: Accounts,
        audit_log: AuditLog,
        now_s: Callable[[], float],
        lifetime: Lifetime,
    ) -> None:
        self._accounts = accounts
        self._audit_log = audit_log
        self._now_s = now_s
        self._lifetime = lifetime
        self._by_hash: dict[bytes, Login] = {}

    def open(self, person: Person, account: Account | None, how: str = "") -> str:
        """Start a login, recorded with `how`; return its token, which is not stored."""
        mine = [login for login in self._by_hash.values() if login.person.user == person.user]
        if len(mine) >= _MAX_PER_ACCOUNT:
            self.end(mine[0], "ended", "too many logins of this account; the oldest was ended")
        token = secrets.token_urlsafe(32)
        now_s = self._now_s()
        login = Login(person, account, now_s, now_s, self._audit_log)
        self._by_hash[_hash(token)] = login
        login.record("login", how)
        return token

    def find(self, token: str) -> Login | None:
        """Return the login of a token if it is current, and note that it was used now."""
        login = self._by_hash.get(_hash(token))
        if login is None or self._end_if_expired(login):
            return None
        login.seen_s = self._now_s()
        return login

    def end(self, login: Login, event: str, reason: str = "") -> None:
        """End a login; do nothing if it has already ended."""
        kept = {key: other for key, other in self._by_hash.items() if other is not login}
        if len(kept) < len(self._by_hash):
            self._by_hash = kept
            login.ended.set()
            login.record(event, reason)

    def end_expired(self) -> None:
        """End logins that are too old, or whose account was removed or changed."""
        self._accounts.reload_if_changed()
        for login in list(self._by_hash.values()):
            self._end_if_expired(login)

    def page_opened(self, login: Login) -> None:
        """Count a live page that has opened."""
        login.pages += 1

    def page_closed(self, login: Login) -> None:
        """Count a live page that has closed."""
        login.pages -= 1
        login.seen_s = self._now_s()

    def _keeps(self, before: Account) -> bool:
        account = self._accounts.find(before.name)
        return account is not None and account.keeps_login(before)

    def _end_if_expired(self, login: Login) -> bool:
        now_s, lifetime = self._now_s(), self._lifetime
        if login.account is not None and not self._keeps(login.account):
            self.end(login, "ended", "the account was removed or changed")
        elif now_s - login.since_s >= lifetime.total_s:
            self.end(login, "expired", f"after {lifetime.total_s / 3600:g} h")
        elif not login.pages and now_s - login.seen_s >= lifetime.idle_s:
            self.end(login, "expired", f"no page for {lifetime.idle_s / 60:g} min")
        return login.ended.is_set()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
