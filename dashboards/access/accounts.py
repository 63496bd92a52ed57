"""The accounts file: people with passwords and programs with tokens.

It holds names, roles and hashes; only its owner can read it.
"""

import contextlib
import fcntl
import json
import os
import stat
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.policy.expressions import allowed
from alerts.policy.toml_lines import line_of, lines
from dashboards.access.passwords import HASH
from dashboards.access.roles import Person, Role
from dashboards.access.tokens import NAME, Token
from dashboards.access.totp import SECRET
from devices.errors import PhysiomonError

_HEAD = (
    "# Written by 'physiomon user' and 'physiomon token': hashes, not passwords or tokens,\n"
    "# but also the secrets of second factors.\n"
    "# Names are codes, not people's names.\n"
)
_LOCK_WAITS_S = (0.02,) * 100

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
        AccountsError: the file is damaged, cannot be written, or is in use for too long.
    """
    try:
        folder = os.open(path.absolute().parent, os.O_RDONLY)
    except OSError as error:
        raise AccountsError(f"cannot write {path}: {error.strerror}") from None
    try:
        _lock(folder, path)
        known = read_credentials(path) if path.exists() else Credentials()
        yield known
        _write(path, known)
        os.fsync(folder)
    except OSError as error:
        raise AccountsError(f"cannot write {path}: {error.strerror}") from None
    finally:
        os.close(folder)


def update_account(path: Path, name: str, change: Callable[[Account], Account]) -> None:
    """Write a changed account; blocks.

    Args:
        path: of the file.
        name: of the account.
        change: returns the changed account; gets it as it is in the file, which nobody else changes
            meanwhile, and may raise an exception to leave it so.

    Raises:
        AccountsError: the file cannot be used, or the account was removed.
    """
    with edit_accounts(path) as everybody:
        account = everybody.accounts.get(name)
        if account is None:
            raise no_account(path, name)
        everybody.accounts[name] = change(account)


def no_account(path: Path, name: str) -> AccountsError:
    """Return the error for an account that does not exist."""
    return AccountsError(f"{path} has no account '{name}'; see physiomon user list")


def _lock(folder: int, path: Path) -> None:
    """Lock the folder; give up in time, since any user who can read it can hold its lock."""
    for wait_s in _LOCK_WAITS_S:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(wait_s)
        else:
            return
    raise AccountsError(f"cannot write {path}: another program keeps its folder locked")


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
