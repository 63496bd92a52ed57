"""`physiomon user`: the accounts of the console."""

import getpass
import re
import sys
from pathlib import Path

from dashboards.access.accounts import Account, AccountsError, edit_accounts, read_accounts
from dashboards.access.passwords import SHORTEST, hash_password, weakness
from dashboards.access.roles import Role
from dashboards.access.tokens import NAME
from monitor.commands.output import print_json, print_rows
from monitor.errors import ConfigError

_LONGEST_LINE = 4096


def add(name: str, role: str, path: Path, *, from_stdin: bool) -> None:
    """Make an account.

    Raises:
        ConfigError: name, role or password will not do.
        AccountsError: the file cannot be used, or has the name already.
    """
    if not re.fullmatch(NAME, name):
        raise ConfigError(
            f"'{name}' is no name of an account: a code of letters, digits, '-', '_' and '.', 32 "
            "at most"
        )
    if role not in list(Role):
        raise ConfigError(f"there is no role '{role}'; there are {', '.join(Role)}")
    if path.exists() and name in read_accounts(path):
        raise AccountsError(f"{path} has an account '{name}' already")
    known = hash_password(_password(name, from_stdin=from_stdin))
    with edit_accounts(path) as everybody:
        if name in everybody.accounts or name in everybody.tokens:
            raise AccountsError(f"{path} has the name '{name}' already")
        everybody.accounts[name] = Account(name=name, role=Role(role), hash=known)
    _say(f"{name} ({role}) may log in.")


def remove(name: str, path: Path) -> None:
    """Take an account away; whoever is logged in with it is out at once.

    Raises:
        AccountsError: the file cannot be used, or has no such account.
    """
    _find(name, path)
    with edit_accounts(path) as everybody:
        everybody.accounts.pop(name, None)
    _say(f"{name} may log in no longer.")


def change_password(name: str, path: Path, *, from_stdin: bool) -> None:
    """Give an account another password; whoever is logged in with it is out at once.

    Raises:
        ConfigError: the password will not do.
        AccountsError: the file cannot be used, or has no such account.
    """
    _find(name, path)
    known = hash_password(_password(name, from_stdin=from_stdin))
    with edit_accounts(path) as everybody:
        account = everybody.accounts.get(name)
        if account is None:
            raise _nobody(name, path)
        everybody.accounts[name] = account.model_copy(update={"hash": known})
    _say(f"{name} has another password.")


def show(path: Path, *, as_json: bool) -> None:
    """Print names and roles.

    Raises:
        AccountsError: the file cannot be used.
    """
    people = [account.person for account in read_accounts(path).values()]
    if as_json:
        print_json([{"name": person.user, "role": person.role} for person in people])
    else:
        print_rows(("name", "role"), ((person.user, person.role) for person in people))


def _password(name: str, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise ConfigError("there is no terminal to ask for the password; use --password-stdin")
    else:
        password = getpass.getpass(f"Password of {name} ({SHORTEST} characters or more): ")
        if password != getpass.getpass("The same again: "):
            raise ConfigError("the two passwords differ; nothing was changed")
    if (problem := weakness(password, name)) is not None:
        raise ConfigError(problem)
    return password


def _find(name: str, path: Path) -> None:
    if name not in read_accounts(path):
        raise _nobody(name, path)


def _nobody(name: str, path: Path) -> AccountsError:
    return AccountsError(f"{path} has no account '{name}'; see physiomon user list")


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
