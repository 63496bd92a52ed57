"""What decides who comes in: accounts, logins, and how often a password may be tried."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dashboards.access import passwords
from dashboards.access.accounts import Accounts
from dashboards.access.login_sessions import AuditLog, Lifetime, Logins
from dashboards.access.rate_limit import RateLimit, tries
from dashboards.access.roles import Person
from dashboards.access.tokens import hash_of

_LOOK_S = 0.5  # how soon somebody whose account is removed is out
_AT_ONCE = 2  # hashes at a time, 64 MiB each
_WAITING_MOST = 20
_DEVICES_MOST = 1000


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of the server's certificate with its chain, and of its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """How people come in.

    Attributes:
        accounts: file of the accounts; None: no login.
        tls: None where the console speaks plain HTTP.
        behind_proxy: a proxy does TLS, and nobody comes past it.
        names: DNS names by which browsers may ask for the console.
        lifetime: of logins.
    """

    accounts: Path | None = None
    tls: Tls | None = None
    behind_proxy: bool = False
    names: frozenset[str] = frozenset()
    lifetime: Lifetime = field(default_factory=Lifetime)

    @property
    def secure(self) -> bool:
        """Tell whether browsers come over TLS."""
        return self.tls is not None or self.behind_proxy


class Busy(Exception):  # noqa: N818 - an outcome, caught where it is raised
    """There were too many tries."""


class Authenticator:
    """Lets people in, and out.

    Attributes:
        logins: that last.
        secure: browsers come over TLS; cookies go over nothing else.
    """

    def __init__(
        self,
        accounts: Accounts,
        settings: AccessSettings,
        audit_log: AuditLog,
        now_s: Callable[[], float],
        wall_s: Callable[[], float] = time.time,  # noqa: TID251 - UTC, for ends of tokens
    ) -> None:
        self.logins = Logins(accounts, audit_log, now_s, settings.lifetime)
        self.secure = settings.secure
        self._accounts = accounts
        self._audit_log = audit_log
        self._throttle = RateLimit(now_s)
        self._devices: OrderedDict[str, str] = OrderedDict()  # name of the account by hash
        self._hashing = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._wall_s = wall_s
        self._programs: set[str] = set()  # that have come since the console was opened

    async def enter(self, name: str, password: str, address: str, device: str) -> str | None:
        """Return the token of a new login, or None where name or password is wrong.

        It takes the same time for a name that is not there.

        Raises:
            Busy: there were too many tries; the password was not looked at.
        """
        key = hash_of(device)
        wanted = tries(address, name, key if self._devices.get(key) == name else None)
        if self._waiting >= _WAITING_MOST or not self._throttle.take(wanted):
            self._refused(name, "too many tries")
            raise Busy
        self._accounts.look()
        account = self._accounts.find(name)
        self._waiting += 1
        try:
            async with self._hashing:
                verify = await asyncio.to_thread(
                    passwords.verify, password, None if account is None else account.hash
                )
        finally:
            self._waiting -= 1
        # It may have been changed or removed meanwhile.
        if not verify or account is None or self._accounts.find(name) != account:
            self._refused(name, "wrong password" if account is not None else "no such account")
            return None
        self._throttle.give_back(wanted)
        return self.logins.open(account)

    def program(self, secret: str) -> Person | None:
        """Return in whose name a program asks, or None where its token is not or no longer good."""
        token = self._accounts.find_token(secret)
        if token is None:
            self._audit_log.record("", "", "refused-token", "no such token")
            return None
        person = token.person
        if not token.lasts(self._wall_s()):
            self._audit_log.record(person.user, person.role, "refused-token", "it has expired")
            return None
        if person.user not in self._programs:
            self._programs.add(person.user)
            self._audit_log.record(person.user, person.role, "token", "")
        return person

    def refuse(self, person: Person, reason: str) -> None:
        """Write down that a program may not do what it asks for."""
        self._audit_log.record(person.user, person.role, "refused-act", reason)

    def remember(self, account: str) -> str:
        """Return a device cookie for a browser that has logged in."""
        device = secrets.token_urlsafe(32)
        self._devices[hash_of(device)] = account
        while len(self._devices) > _DEVICES_MOST:
            self._devices.popitem(last=False)
        return device

    async def watch(self, speed: float) -> None:
        """End logins that are over until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S * speed)
            self.logins.look()

    def _refused(self, name: str, reason: str) -> None:
        account = self._accounts.find(name)
        user, role = ("", "") if account is None else (account.name, account.role.value)
        self._audit_log.record(user, role, "refused-login", reason)
