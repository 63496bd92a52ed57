"""Authentication by password or token, with a limit on login attempts."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dashboards.access import passwords
from dashboards.access.accounts import Account
from dashboards.access.current_accounts import Accounts
from dashboards.access.device_cookies import DeviceCookies
from dashboards.access.hash_queue import HashQueue
from dashboards.access.login_sessions import AuditLog, Lifetime, Logins
from dashboards.access.oidc import LoginRefused, OidcSettings
from dashboards.access.proxies import Proxies
from dashboards.access.rate_limit import RateLimit, buckets_for
from dashboards.access.roles import Person, Right
from dashboards.access.second_factor import SecondFactor

_CHECK_S = 0.5  # a login ends within this time when its account is removed
_QUEUES = {"known": True, "strangers": False}  # browsers


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of the server's certificate, with its chain, and of its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """Access settings of the console.

    Attributes:
        accounts: path of the accounts file; None disables logins.
        tls: None for plain HTTP.
        proxies: that terminate TLS, and through which alone the console is reachable.
        names: DNS names under which browsers may open the console.
        lifetime: of logins.
        second_factor_required: of roles that act.
        oidc: OpenID provider; None without.
        device_secret: of device cookies; empty: browsers are unknown again after a restart.
    """

    accounts: Path | None = None
    tls: Tls | None = None
    proxies: Proxies = field(default_factory=Proxies)
    names: frozenset[str] = frozenset()
    lifetime: Lifetime = field(default_factory=Lifetime)
    second_factor_required: bool = False
    oidc: OidcSettings | None = None
    device_secret: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Return whether browsers connect over TLS."""
        return self.tls is not None or bool(self.proxies)


class TooManyAttempts(Exception):  # noqa: N818 - an outcome, caught by the caller
    """The limit of login attempts is reached."""


class Authenticator:
    """Authentication of people and programs.

    Attributes:
        logins: current logins.
        second_factor: codes of phone apps.
        secure: browsers connect over TLS; cookies are sent over nothing else.
    """

    def __init__(
        self,
        accounts: Accounts,
        settings: AccessSettings,
        audit_log: AuditLog,
        now_s: Callable[[], float],
        wall_s: Callable[[], float],
    ) -> None:
        self.logins = Logins(accounts, audit_log, now_s, settings.lifetime)
        self.secure = settings.secure
        self._accounts = accounts
        self._audit_log = audit_log
        self._rate_limit = RateLimit(now_s)
        secret = settings.device_secret or secrets.token_urlsafe(32)
        self._devices = DeviceCookies(secret)
        self.second_factor = SecondFactor(
            accounts,
            audit_log,
            self._rate_limit,
            self._devices,
            secret,
            wall_s,
            required=settings.second_factor_required,
        )
        # Known browsers do not wait behind strangers who guess.
        self._queues = {known: HashQueue(name) for name, known in _QUEUES.items()}
        self._wall_s = wall_s
        self._programs: set[str] = set()  # token names used since the console started

    async def check_password(
        self, name: str, password: str, address: str, device: str
    ) -> Account | None:
        """Return the account, or None if name or password is wrong.

        An unknown name takes the same time.

        Raises:
            TooManyAttempts: the password was not checked.
        """
        known = self._devices.device(device, name)
        queue = self._queues[known is not None]
        buckets = buckets_for(address, name, known)
        if queue.full or not self._rate_limit.acquire(buckets):
            self._refused(name, "too many attempts")
            raise TooManyAttempts
        self._accounts.reload_if_changed()
        account = self._accounts.find(name)
        matches = await queue.run(
            passwords.verify, password, None if account is None else account.hash
        )
        # The account may have been changed or removed meanwhile.
        now = self._accounts.find(name)
        if not matches or account is None or now is None or not now.keeps_login(account):
            self._refused(name, "wrong password" if account is not None else "no such account")
            return None
        self._rate_limit.refund(buckets)
        return now

    async def change_password(self, account: Account, present: str, new: str) -> str | None:
        """Change the password of a person who is logged in; all logins of the account end.

        Returns:
            None if it is changed, else why not in one sentence; empty if `present` is wrong.

        Raises:
            TooManyAttempts: the present password was not checked.
            AccountsError: the file cannot be written.
        """
        if not await self.confirm_password(account, present):
            return ""
        queue, person = self._queues[True], account.person
        if (weak := await queue.run(passwords.weakness, new, account.name)) is not None:
            return f"{weak[0].upper()}{weak[1:]}."
        known = await queue.run(passwords.hash_password, new)
        await asyncio.to_thread(
            self._accounts.update,
            account.name,
            lambda present: present.model_copy(update={"hash": known}),
        )
        self._audit_log.record(person.user, person.role, "password", "")
        self.logins.end_expired()
        return None

    async def confirm_password(self, account: Account, present: str) -> bool:
        """Check the password of a person who is logged in: the page may have been left open.

        Raises:
            TooManyAttempts: the password was not checked.
        """
        queue, buckets = self._queues[True], buckets_for("", account.name, f"own {account.name}")
        if queue.full or not self._rate_limit.acquire(buckets):
            raise TooManyAttempts
        person = account.person
        if not await queue.run(passwords.verify, present, account.hash):
            self._audit_log.record(person.user, person.role, "refused-password", "wrong password")
            return False
        self._rate_limit.refund(buckets)
        return True

    def authenticate_token(self, secret: str) -> Person | None:
        """Return the owner of a token, or None if it is unknown, removed or expired."""
        token = self._accounts.find_token(secret)
        if token is None:
            self._audit_log.record("", "", "refused-token", "no such token")
            return None
        person = token.person
        if not token.is_valid(self._wall_s()):
            self._audit_log.record(person.user, person.role, "refused-token", "it has expired")
            return None
        if person.user not in self._programs:
            self._programs.add(person.user)
            self._audit_log.record(person.user, person.role, "token", "")
        return person

    def token_permits(self, secret: str, right: Right) -> bool:
        """Return whether a token is current and has a right."""
        token = self._accounts.find_token(secret)
        return token is not None and token.is_valid(self._wall_s()) and token.person.may(right)

    def current(self, account: Account) -> Account | None:
        """Return the present version of an account; None if it was removed or changed."""
        now = self._accounts.find(account.name)
        return now if now is not None and now.keeps_login(account) else None

    def check_name(self, name: str, provider: str) -> None:
        """Refuse the name of a provider's person if an account or a token has it.

        Raises:
            LoginRefused: the record could not tell the two apart.
        """
        if self._accounts.is_name_taken(name):
            raise LoginRefused(
                f"An account or token of this console has your name at {provider}, '{name}'; ask "
                "an administrator.",
                name,
            )

    def record_refused_login(self, user: str, reason: str) -> None:
        """Record that a provider's answer was refused; its role is unknown."""
        self._audit_log.record(user, "", "refused-login", reason)

    def record_refusal(self, person: Person, reason: str) -> None:
        """Record that a program was refused for lack of a right."""
        self._audit_log.record(person.user, person.role, "refused-act", reason)

    def record_read(
        self, person: Person, session: str, resource: str, *, ended: bool = False
    ) -> None:
        """Record that a program asked for data; an empty session means all."""
        self._audit_log.record_read(session, person.user, person.role, resource, ended=ended)

    def issue_device_cookie(self, account: str) -> str:
        """Return a new device cookie for a browser that has logged in."""
        return self._devices.issue(account)

    async def watch(self, speed: float) -> None:
        """End expired logins, and record repeated reads, until cancelled."""
        while True:
            await asyncio.sleep(_CHECK_S * speed)
            self.logins.end_expired()
            self.second_factor.note_resets()
            self._audit_log.count_reads()

    def _refused(self, name: str, reason: str) -> None:
        account = self._accounts.find(name)
        user, role = ("", "") if account is None else (account.name, account.role.value)
        self._audit_log.record(user, role, "refused-login", reason)
