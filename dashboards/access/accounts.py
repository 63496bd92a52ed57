"""The file of who may come in: people with passwords, and programs with tokens.

It holds names, roles and hashes; whoever owns the file may read it.
"""

import contextlib
import fcntl
import os
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
from devices.errors import PhysiomonError

_HEAD = (
    "# Written by 'physiomon user' and 'physiomon token': hashes, no passwords, no tokens.\n"
    "# Names are codes, not people's.\n"
)


class AccountsError(PhysiomonError):
    """A file of accounts that cannot be used, or an account that is not there."""


class Account(BaseModel):
    """Somebody who may log in.

    Attributes:
        name: a code.
        role: what they are.
        hash: of the password.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=NAME)]
    role: Role
    hash: Annotated[str, Field(pattern=HASH, repr=False)]

    @property
    def person(self) -> Person:
        """Return who that is."""
        return Person(self.name, self.role)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account: list[Account] = []
    token: list[Token] = []


@dataclass(slots=True)
class Known:
    """Who may come in, by name."""

    accounts: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)


def read_accounts(path: Path) -> dict[str, Account]:
    """Return the accounts of a file by name; see `read_credentials`."""
    return read_credentials(path).accounts


def read_credentials(path: Path) -> Known:
    """Return everybody in a file.

    Raises:
        AccountsError: it is missing or damaged; names the line, never a hash.
    """
    try:
        text = path.read_bytes().decode()
        found = _File.model_validate(tomllib.loads(text))
    except FileNotFoundError:
        raise AccountsError(
            f"{path} is not there; make it: physiomon user add NAME --role monitor"
        ) from None
    except OSError as error:
        raise AccountsError(f"cannot read {path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AccountsError(f"{path} is damaged: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = f"{path}, line {line_of(lines(text), tuple(first['loc']))}"
        raise AccountsError(f"{where}: {_sentence(first['loc'], first['type'])}") from None
    known = Known(
        {account.name: account for account in found.account},
        {token.name: token for token in found.token},
    )
    if len(known.accounts | known.tokens) != len(found.account) + len(found.token):
        raise AccountsError(f"{path} holds a name twice; remove one")
    return known


@contextlib.contextmanager
def edit_accounts(path: Path) -> Iterator[Known]:
    """Hand out who is in a file to be changed, and write it when the context ends.

    Others wait meanwhile; who reads sees the old file or the new one. A file that is not there is
    an empty one.

    Raises:
        AccountsError: it is damaged, or cannot be written.
    """
    try:
        folder = os.open(path.absolute().parent, os.O_RDONLY)
    except OSError as error:
        raise AccountsError(f"cannot write {path}: {error.strerror}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        known = read_credentials(path) if path.exists() else Known()
        yield known
        _write(path, known)
        os.fsync(folder)
    except OSError as error:
        raise AccountsError(f"cannot write {path}: {error.strerror}") from None
    finally:
        os.close(folder)


class Accounts:
    """The accounts as their file has them now."""

    def __init__(self, path: Path, told: Callable[[str | None], None]) -> None:
        """Read them.

        Args:
            path: of the file.
            told: gets a sentence when it cannot be read later, and None when it can again. Until
                then the accounts are as they were: a slip must not end the watch of a session.

        Raises:
            AccountsError: it cannot be read now, or holds nobody.
        """
        self._path = path
        self._told = told
        self._stamp = _stamp(path)
        self._use(read_credentials(path))
        if not self._known:
            raise AccountsError(f"{path} holds no account; add one: physiomon user add NAME ...")

    def find(self, name: str) -> Account | None:
        """Return the account of a name, or None."""
        return self._known.get(name)

    def find_token(self, secret: str) -> Token | None:
        """Return the token that a program has shown, ended or not, or None."""
        return self._tokens.get(hash_of(secret))

    def look(self) -> None:
        """Read the file again if it has changed."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._use(read_credentials(self._path))
        except AccountsError as error:
            self._told(f"{error}; the accounts are as they were before")
        else:
            self._told(None)

    def _use(self, known: Known) -> None:
        self._known: Mapping[str, Account] = known.accounts
        self._tokens = {token.sha256: token for token in known.tokens.values()}


def _write(path: Path, known: Known) -> None:
    # The patterns of the fields have no quotes and no backslashes, so this is TOML as it stands.
    text = _HEAD + "".join(
        f'\n[[account]]\nname = "{each.name}"\nrole = "{each.role}"\nhash = "{each.hash}"\n'
        for each in known.accounts.values()
    )
    for token in known.tokens.values():
        text += f'\n[[token]]\nname = "{token.name}"\nrole = "{token.role}"\n'
        text += f'sha256 = "{token.sha256}"\n'
        text += "" if token.expires is None else f"expires = {token.expires.isoformat()}\n"
    # mkstemp makes it with mode 0600.
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sentence(place: tuple[int | str, ...], kind: str) -> str:
    key = next((part for part in reversed(place) if isinstance(part, str)), "account")
    match kind, key:
        case "extra_forbidden", _:
            keys = [*Account.model_fields, *Token.model_fields]
            return f"'{key}' is no known key: {allowed(key, keys)}"
        case "missing", _:
            return f"'{key}' is missing"
        case _, "role":
            return f"'role' must be one of {', '.join(Role)}"
        case _, "name":
            return "'name' must be a code of letters, digits, '-', '_' and '.', 32 at most"
        case _, "hash":
            return "'hash' is no argon2id hash; set it with: physiomon user password NAME"
        case _:
            return f"'{key}' is not what it must be; see docs/accounts.md"


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino
