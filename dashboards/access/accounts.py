"""The accounts file: people with passwords and programs with tokens.

It holds names, roles and hashes; only its owner can read it.
"""

import contextlib
import fcntl
import json
import os
import stat
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.policy.expressions import allowed
from alerts.policy.toml_lines import line_of, lines
from dashboards.access.passwords import HASH
from dashboards.access.roles import Person, Role
from dashboards.access.tokens import NAME, Token, hash_of
from dashboards.access.totp import SECRET
from devices.errors import PhysiomonError

_HEAD = (
    "# Written by 'physiomon user' and 'physiomon token': hashes, not passwords or tokens,\n"
    "# but also the secrets of second factors.\n"
    "# Names are codes, not people's names.\n"
)


RecoveryHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class AccountsError(PhysiomonError):
    """An accounts file that cannot be used, or an account that does not exist."""


class Account(BaseModel):
    """A person who can log in.

    Attributes:
        name: a code.
        role: determines the person's rights.
        hash: argon2id hash of the password.
        totp: secret of the second factor; None without.
        totp_step: time step of its last used code.
        recovery: hashes of the unused recovery codes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=NAME)]
    role: Role
    hash: Annotated[str, Field(pattern=HASH, repr=False)]
    totp: Annotated[str | None, Field(pattern=SECRET, repr=False)] = None
    totp_step: Annotated[int, Field(ge=0)] = 0
    recovery: Annotated[tuple[RecoveryHash, ...], Field(repr=False)] = ()

    def keeps_login(self, before: "Account") -> bool:
        """Return whether logins of an earlier version of the account stay valid."""
        same = (self.name, self.role, self.hash) == (before.name, before.role, before.hash)
        return same and before.totp in (None, self.totp)

    @property
    def person(self) -> Person:
        """Return the person that the account belongs to."""
        return Person(self.name, self.role)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account: list[Account] = []
    token: list[Token] = []


@dataclass(slots=True)
class Credentials:
    """Accounts and tokens, by name."""

    accounts: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)


def read_accounts(path: Path) -> dict[str, Account]:
    """Return the accounts of a file by name; see `read_credentials`."""
    return read_credentials(path).accounts


def read_credentials(path: Path) -> Credentials:
    """Read the accounts and tokens of a file.

    Raises:
        AccountsError: the file is missing or damaged; the message names the line, never a hash.
    """
    try:
        text = path.read_bytes().decode()
        found = _File.model_validate(tomllib.loads(text))
    except FileNotFoundError:
        raise AccountsError(
            f"{path} does not exist; create it with: physiomon user add NAME --role monitor"
        ) from None
    except OSError as error:
        raise AccountsError(f"cannot read {path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AccountsError(f"{path} is damaged: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = f"{path}, line {line_of(lines(text), tuple(first['loc']))}"
        raise AccountsError(f"{where}: {_sentence(first['loc'], first['type'])}") from None
    known = Credentials(
        {account.name: account for account in found.account},
        {token.name: token for token in found.token},
    )
    if len(known.accounts | known.tokens) != len(found.account) + len(found.token):
        raise AccountsError(f"{path} contains a name twice; remove one entry")
    return known


@contextlib.contextmanager
def edit_accounts(path: Path) -> Iterator[Credentials]:
    """Yield the accounts and tokens of a file for changes, and write them when the context ends.

    Other writers wait meanwhile; readers see either the old file or the new one. A file that does
    not exist counts as empty.

    Raises:
        AccountsError: the file is damaged, or cannot be written.
    """
    try:
        folder = os.open(path.absolute().parent, os.O_RDONLY)
    except OSError as error:
        raise AccountsError(f"cannot write {path}: {error.strerror}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        known = read_credentials(path) if path.exists() else Credentials()
        yield known
        _write(path, known)
        os.fsync(folder)
    except OSError as error:
        raise AccountsError(f"cannot write {path}: {error.strerror}") from None
    finally:
        os.close(folder)


def update_account(
    path: Path, name: str, changes: Mapping[str, object], expected: Account | None = None
) -> None:
    """Write changed fields of an account; blocks.

    Args:
        path: of the file.
        name: of the account.
        changes: new values by field.
        expected: refuse if the account has changed since.

    Raises:
        AccountsError: the file cannot be used, or the account was removed or changed.
    """
    with edit_accounts(path) as everybody:
        account = everybody.accounts.get(name)
        if account is None:
            raise no_account(path, name)
        if expected is not None and account != expected:
            raise AccountsError(f"the account '{name}' was changed meanwhile")
        everybody.accounts[name] = account.model_copy(update=dict(changes))


def no_account(path: Path, name: str) -> AccountsError:
    """Return the error for an account that does not exist."""
    return AccountsError(f"{path} has no account '{name}'; see physiomon user list")


class Accounts:
    """The current accounts and tokens of a file."""

    def __init__(self, path: Path, report: Callable[[str | None], None]) -> None:
        """Read the file.

        Args:
            path: of the file.
            report: is called with a sentence when the file can no longer be read, and with None
                when it can again. Until then the accounts stay as they were: a typing mistake must
                not interrupt the monitoring of a session.

        Raises:
            AccountsError: the file cannot be read, or contains no account.
        """
        self._path = path
        self._report = report
        self._stamp = _stamp(path)
        self._use(read_credentials(path))
        if not self._known:
            raise AccountsError(
                f"{path} contains no account; add one with: physiomon user add NAME ..."
            )

    def find(self, name: str) -> Account | None:
        """Return the account with a name, or None."""
        return self._known.get(name)

    def find_token(self, secret: str) -> Token | None:
        """Return the token with a secret, whether expired or not, or None."""
        return self._tokens.get(hash_of(secret))

    def is_name_taken(self, name: str) -> bool:
        """Return whether an account or a token has a name, in any case of letters."""
        names = (*self._known, *(token.name for token in self._tokens.values()))
        return name.casefold() in map(str.casefold, names)

    def enrolled(self) -> list[str]:
        """Return the names of accounts with a second factor."""
        return [account.name for account in self._known.values() if account.totp is not None]

    def update(
        self, name: str, changes: Mapping[str, object], expected: Account | None = None
    ) -> None:
        """Write changed fields of an account; see `update_account`."""
        update_account(self._path, name, changes, expected)

    def reload_if_changed(self) -> None:
        """Read the file again if it has changed."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._use(read_credentials(self._path))
        except AccountsError as error:
            self._report(f"{error}; the previous accounts stay in use")
        else:
            self._report(None)

    def _use(self, known: Credentials) -> None:
        self._known: Mapping[str, Account] = known.accounts
        self._tokens = {token.sha256: token for token in known.tokens.values()}


def _write(path: Path, known: Credentials) -> None:
    # The patterns of the fields allow no quotes or backslashes, so this is valid TOML.
    text = _HEAD + "".join(map(_section, known.accounts.values()))
    for token in known.tokens.values():
        text += f'\n[[token]]\nname = "{token.name}"\nrole = "{token.role}"\n'
        text += f'sha256 = "{token.sha256}"\n'
        text += "" if token.expires is None else f"expires = {token.expires.isoformat()}\n"
    # mkstemp creates it with mode 0600.
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            _give(descriptor, path)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _section(account: Account) -> str:
    text = f'\n[[account]]\nname = "{account.name}"\nrole = "{account.role}"\n'
    text += f'hash = "{account.hash}"\n'
    if account.totp is not None:
        text += f'totp = "{account.totp}"\ntotp_step = {account.totp_step}\n'
        text += f"recovery = {json.dumps(account.recovery)}\n"
    return text


def _give(descriptor: int, path: Path) -> None:
    """Let the new file belong to those who could read the old one, or who can read the folder.

    Otherwise a command of root would leave a file that the service cannot read: it would keep the
    accounts as they were, and a removed account would still have access.
    """
    if path.exists():
        old = path.stat()
        owner, mode = old, stat.S_IMODE(old.st_mode)
    else:
        owner = path.absolute().parent.stat()
        shared = owner.st_uid == 0 and owner.st_gid != 0  # such as /etc/physiomon
        mode = 0o640 if shared else 0o600
    if os.geteuid() == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    os.fchmod(descriptor, mode)


def _sentence(place: tuple[int | str, ...], kind: str) -> str:
    key = next((part for part in reversed(place) if isinstance(part, str)), "account")
    match kind, key:
        case "extra_forbidden", _:
            keys = [*Account.model_fields, *Token.model_fields]
            return f"'{key}' is not a known key: {allowed(key, keys)}"
        case "missing", _:
            return f"'{key}' is missing"
        case _, "role":
            return f"'role' must be one of {', '.join(Role)}"
        case _, "name":
            return "'name' must be a code of at most 32 letters, digits, '-', '_' and '.'"
        case _, "hash":
            return "'hash' is not an argon2id hash; set it with: physiomon user password NAME"
        case _:
            return f"'{key}' is not valid; see docs/accounts.md"


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino
