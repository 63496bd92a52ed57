"""The accounts and tokens of a running console, which follow their file."""

from collections.abc import Callable, Mapping
from pathlib import Path

from dashboards.access.accounts import (
    Account,
    AccountsError,
    Credentials,
    read_credentials,
    update_account,
)
from dashboards.access.tokens import Token, hash_of


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

    def update(self, name: str, change: Callable[[Account], Account]) -> None:
        """Write a changed account; see `update_account`."""
        update_account(self._path, name, change)

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


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino
