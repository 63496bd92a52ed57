"""The second factor of a login: codes of a phone app, and recovery codes.

A right password alone opens no login. It gives a signed cookie that opens the page for the code,
for a few minutes; the server keeps nothing for it, so nobody can push out somebody else's.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

import structlog
from itsdangerous import BadSignature, URLSafeSerializer

from dashboards.access import totp
from dashboards.access.accounts import Account, AccountsError
from dashboards.access.current_accounts import Accounts
from dashboards.access.device_cookies import DeviceCookies
from dashboards.access.login_sessions import AuditLog
from dashboards.access.rate_limit import RateLimit, code_buckets_for
from dashboards.access.tokens import hash_of

_PURPOSE = "physiomon second factor"
_LONGEST = 400  # characters of a cookie
_VALID_S = 300.0

log = structlog.get_logger()


class Refusal(StrEnum):
    """A reason to refuse a code."""

    WRONG = "wrong code"
    USED = "this code was already used"
    TOO_MANY = "too many attempts"


@dataclass(frozen=True, slots=True)
class Pending:
    """A person whose password was right, and who has to give a code.

    Attributes:
        account: of the person.
        secret: new secret that the code confirms; empty: the code is one of the account.
    """

    account: Account
    secret: str = field(default="", repr=False)


class _CodeRefused(Exception):  # noqa: N818 - an outcome, caught by the caller
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


_Change = Callable[[Account], Account]


class SecondFactor:
    """Checks and enrols second factors.

    Args:
        accounts: hold the secrets.
        audit_log: records what was enrolled, reset and refused.
        rate_limit: shared with passwords.
        devices: known browsers, which are counted separately.
        secret: signs the cookies.
        required: of roles that act.
        wall_s: UTC.
    """

    def __init__(
        self,
        accounts: Accounts,
        audit_log: AuditLog,
        rate_limit: RateLimit,
        devices: DeviceCookies,
        secret: str,
        wall_s: Callable[[], float],
        *,
        required: bool,
    ) -> None:
        self._accounts = accounts
        self._audit_log = audit_log
        self._rate_limit = rate_limit
        self._devices = devices
        self._serializer = URLSafeSerializer(secret, salt=_PURPOSE)
        self._wall_s = wall_s
        self._required = required
        # Used codes: effective before they are in the file, and if it cannot be written.
        self._used_step: dict[str, int] = {}
        self._used_recovery: set[str] = set()
        self._enrolled = set(accounts.enrolled())

    def applies_to(self, account: Account) -> bool:
        """Return whether a login of the account needs a code."""
        return account.totp is not None or (self._required and account.role.acts)

    def pending_cookie(self, account: Account) -> str:
        """Return the cookie of a person whose password was right; see `pending`."""
        secret = "" if account.totp is not None else totp.new_secret()
        until = round(self._wall_s() + _VALID_S)
        return str(self._serializer.dumps([account.name, _digest(account), until, secret]))

    def pending(self, cookie: str) -> Pending | None:
        """Return the person of a cookie; None if it has expired, or the account was changed."""
        if not cookie or len(cookie) > _LONGEST:
            return None
        try:
            fields = self._serializer.loads(cookie)
        except BadSignature:
            return None
        match fields:
            case [str(name), str(digest), int(until), str(secret)] if self._wall_s() < until:
                account = self._accounts.find(name)
                if account is not None and _digest(account) == digest:
                    return Pending(account, secret)
        return None

    async def check(
        self, pending: Pending, code: str, address: str, device: str
    ) -> Refusal | tuple[str, ...]:
        """Check the code of a person, and enrol a new secret that it confirms.

        Returns:
            Why it is refused, else new recovery codes, which are shown once; empty if it enrols
            nothing.

        Raises:
            AccountsError: the new secret cannot be written.
        """
        account = pending.account
        buckets = code_buckets_for(
            address, account.name, self._devices.device(device, account.name)
        )
        if not self._rate_limit.acquire(buckets):
            return self._refused(account, Refusal.TOO_MANY)
        given = totp.normal(code)
        if pending.secret:
            step = totp.matching_step(pending.secret, given, self._wall_s())
            if step is None:
                return self._refused(account, Refusal.WRONG)
            self._used_step[pending.secret] = step
            codes = await self._enrol(pending, step)
            self._rate_limit.refund(buckets)
            return codes
        try:
            use, reason = self._use(account, given)
            await asyncio.to_thread(self._accounts.update, account.name, use)
        except _CodeRefused as error:
            return self._refused(account, error.refusal)
        except AccountsError as error:
            log.warning("second_factor.not_written", reason=str(error))
        self._rate_limit.refund(buckets)
        if reason:
            self._audit_log.record(account.name, account.role, "recovery-code", reason)
        return ()

    def note_resets(self) -> None:
        """Record second factors that an administrator has removed."""
        enrolled = set(self._accounts.enrolled())
        for name in self._enrolled - enrolled:
            if (account := self._accounts.find(name)) is not None:
                self._audit_log.record(name, account.role, "second-factor-reset", "")
        self._enrolled = enrolled

    def _use(self, account: Account, given: str) -> tuple[_Change, str]:
        """Use up a code of the phone or a recovery code; return the change and a reason.

        Raises:
            _CodeRefused: it is wrong, or was used before.
        """
        assert account.totp is not None  # noqa: S101 - `pending` makes a new secret otherwise
        step = totp.matching_step(account.totp, given, self._wall_s())
        if step is not None:
            if step <= max(account.totp_step, self._used_step.get(account.totp, 0)):
                raise _CodeRefused(Refusal.USED)
            self._used_step[account.totp] = step
            return partial(_with_step, account.totp, step), ""
        known = hash_of(given)
        if known in self._used_recovery:
            raise _CodeRefused(Refusal.USED)
        if known not in account.recovery:
            raise _CodeRefused(Refusal.WRONG)
        self._used_recovery.add(known)
        left = sum(each not in self._used_recovery for each in account.recovery)
        return partial(_without_recovery, known), f"{left} left"

    async def _enrol(self, pending: Pending, step: int) -> tuple[str, ...]:
        account = pending.account
        codes = tuple(totp.new_recovery_codes())
        changes: dict[str, object] = {
            "totp": pending.secret,
            "totp_step": step,
            "recovery": tuple(hash_of(totp.normal(code)) for code in codes),
        }

        def enrolled(present: Account) -> Account:
            if present != account:
                raise AccountsError(f"the account '{account.name}' was changed meanwhile")
            return account.model_copy(update=changes)

        await asyncio.to_thread(self._accounts.update, account.name, enrolled)
        self._accounts.reload_if_changed()
        self._enrolled.add(account.name)
        self._audit_log.record(account.name, account.role, "second-factor", "")
        return codes

    def _refused(self, account: Account, reason: Refusal) -> Refusal:
        self._audit_log.record(account.name, account.role, "refused-code", reason.value)
        return reason


def _with_step(secret: str, step: int, account: Account) -> Account:
    """Return the account with a used code; another process may have used it, too."""
    if account.totp != secret:
        raise _CodeRefused(Refusal.WRONG)
    if step <= account.totp_step:
        raise _CodeRefused(Refusal.USED)
    return account.model_copy(update={"totp_step": step})


def _without_recovery(known: str, account: Account) -> Account:
    """Return the account without a recovery code; see `_with_step`."""
    if known not in account.recovery:
        raise _CodeRefused(Refusal.USED)
    left = tuple(each for each in account.recovery if each != known)
    return account.model_copy(update={"recovery": left})


def _digest(account: Account) -> str:
    """Return what changes with the password, the role or the secret of an account."""
    return hash_of(f"{account.role} {account.hash} {account.totp}")[:32]
