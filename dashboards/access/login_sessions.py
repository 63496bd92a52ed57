"""Who is logged in. In memory, and of each token only its hash: nothing that can be stolen lasts.

Pure but for the random tokens; the clock is passed in.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dashboards.access.accounts import Account, Accounts
from dashboards.access.roles import Person, Right

_MOST_EACH = 20  # logins of one account; the oldest ends


class AuditLog(Protocol):
    """Where it is written who came, went and was refused."""

    def record(self, user: str, role: str, event: str, reason: str) -> None:
        """Write down an event.

        Args:
            user: name of the account; empty where there is none of the name that was given. What
                was given is not told: people type passwords into the wrong field.
            role: of the account, or empty.
            event: ``login``, ``logout``, ``expired``, ``ended``, ``token``, ``refused-login``,
                ``refused-token``, ``refused-page`` or ``refused-act``.
            reason: one sentence, possibly empty.
        """
        ...

    def accounts_fault(self, sentence: str | None) -> None:
        """Show that the accounts cannot be read, or with None that they can again."""
        ...


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a login lasts: without a live page, and at all. Seconds."""

    idle_s: float = 30 * 60.0
    most_s: float = 12 * 3600.0


@dataclass(slots=True, eq=False)
class Login:
    """Somebody who is logged in.

    Attributes:
        account: as it was at the login.
        since_s: when that was.
        seen_s: last request, or end of the last live page.
        pages: that are open and live.
        ended: is set when it is over; whoever serves it then stops.
    """

    account: Account
    since_s: float
    seen_s: float
    audit_log: AuditLog = field(repr=False)
    pages: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def person(self) -> Person:
        """Return who it is."""
        return self.account.person

    def may(self, right: Right) -> bool:
        """Tell whether the person may do something now."""
        return not self.ended.is_set() and self.person.may(right)

    def tell(self, event: str, reason: str = "") -> None:
        """Write down what the person did, or was refused."""
        self.audit_log.record(self.person.user, self.person.role, event, reason)


class Logins:
    """All that last, by the hash of their token."""

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

    def open(self, account: Account) -> str:
        """Begin a login; return its token, which is told to the browser and kept nowhere."""
        mine = [login for login in self._by_hash.values() if login.account.name == account.name]
        if len(mine) >= _MOST_EACH:
            self.end(mine[0], "ended", "too many logins of this account; the oldest has ended")
        token = secrets.token_urlsafe(32)
        now_s = self._now_s()
        login = Login(account, now_s, now_s, self._audit_log)
        self._by_hash[_hash(token)] = login
        login.tell("login")
        return token

    def find(self, token: str) -> Login | None:
        """Return the login of a token if it lasts; it has been seen now."""
        login = self._by_hash.get(_hash(token))
        if login is None or self._end_if_over(login):
            return None
        login.seen_s = self._now_s()
        return login

    def end(self, login: Login, event: str, reason: str = "") -> None:
        """End a login; nothing happens when it has ended."""
        kept = {key: other for key, other in self._by_hash.items() if other is not login}
        if len(kept) < len(self._by_hash):
            self._by_hash = kept
            login.ended.set()
            login.tell(event, reason)

    def look(self) -> None:
        """End what is over: by time, or because the account is gone or other than it was."""
        self._accounts.look()
        for login in list(self._by_hash.values()):
            self._end_if_over(login)

    def page_opened(self, login: Login) -> None:
        """Take that a live page has begun."""
        login.pages += 1

    def page_closed(self, login: Login) -> None:
        """Take that a live page has gone."""
        login.pages -= 1
        login.seen_s = self._now_s()

    def _end_if_over(self, login: Login) -> bool:
        now_s, lifetime = self._now_s(), self._lifetime
        if self._accounts.find(login.account.name) != login.account:
            self.end(login, "ended", "the account was removed or changed")
        elif now_s - login.since_s >= lifetime.most_s:
            self.end(login, "expired", f"after {lifetime.most_s / 3600:g} h")
        elif not login.pages and now_s - login.seen_s >= lifetime.idle_s:
            self.end(login, "expired", f"no page for {lifetime.idle_s / 60:g} min")
        return login.ended.is_set()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
