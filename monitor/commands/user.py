"""`physiomon user`: accounts of the console."""

import getpass
import re
import sys
from pathlib import Path

from dashboards.access.accounts import (
    Account,
    AccountsError,
    edit_accounts,
    no_account,
    read_accounts,
    update_account,
)
from dashboards.access.passwords import SHORTEST, hash_password, weakness
from dashboards.access.roles import Role
from dashboards.access.tokens import NAME
from dashboards.console.formatting import count
from monitor.commands.output import print_json, print_rows
from monitor.errors import ConfigError

_LONGEST_LINE = 4096


def add(name: str, role: str, path: Path, *, from_stdin: bool) -> None:
    """Create an account.

    Raises:
        ConfigError: the name, role or password is not valid.
        AccountsError: the file cannot be used, or the name is taken.
    """
    if not re.fullmatch(NAME, name):
        raise ConfigError(
            f"'{name}' is not a valid account name; use up to 32 letters, digits, '-', '_' and '.'"
        )
    if role not in list(Role):
        raise ConfigError(f"'{role}' is not a valid role; use one of {', '.join(Role)}")
    if path.exists() and name in read_accounts(path):
        raise AccountsError(f"account '{name}' already exists in {path}; choose another name")
    known = hash_password(_password(name, from_stdin=from_stdin))
    with edit_accounts(path) as everybody:
        if name in everybody.accounts or name in everybody.tokens:
            raise AccountsError(f"the name '{name}' is already taken in {path}; choose another")
        everybody.accounts[name] = Account(name=name, role=Role(role), hash=known)
    _print(f"Account {name} ({role}) is created.")


def remove(name: str, path: Path) -> None:
    """Delete an account and log it out immediately.

    Raises:
        AccountsError: the file cannot be used, or there is no such account.
    """
    _find(name, path)
    with edit_accounts(path) as everybody:
        everybody.accounts.pop(name, None)
    _print(f"Account {name} is deleted.")


def change_password(name: str, path: Path, *, from_stdin: bool) -> None:
    """Change the password of an account and log it out immediately.

    Raises:
        ConfigError: the password is not valid.
        AccountsError: the file cannot be used, or there is no such account.
    """
    _find(name, path)
    known = hash_password(_password(name, from_stdin=from_stdin))
    update_account(path, name, lambda account: account.model_copy(update={"hash": known}))
    _print(f"The password of {name} is changed.")


def second_factor(name: str, path: Path, *, reset: bool) -> None:
    """Print whether an account has a second factor, or remove it and log the account out.

    Raises:
        AccountsError: the file cannot be used, or there is no such account.
    """
    account = _find(name, path)
    if account.totp is None:
        _print(f"{name} has no second factor.")
    elif reset:
        changes: dict[str, object] = {"totp": None, "totp_step": 0, "recovery": ()}
        update_account(path, name, lambda account: account.model_copy(update=changes))
        _print(f"The second factor of {name} is removed; logins of {name} end within a second.")
    else:
        left = count(len(account.recovery), "recovery code")
        _print(f"{name} has a second factor and {left}. Remove it with --reset.")


def show(path: Path, *, as_json: bool) -> None:
    """Print the name and role of each account, and whether it has a second factor.

    Raises:
        AccountsError: the file cannot be used.
    """
    people = [
        {"name": each.name, "role": each.role, "second_factor": each.totp is not None}
        for each in read_accounts(path).values()
    ]
    if as_json:
        print_json(people)
    else:
        headings = ("name", "role", "second factor")
        print_rows(headings, ((*each.values(),) for each in people))


def _password(name: str, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise ConfigError("cannot ask for the password without a terminal; use --password-stdin")
    else:
        password = getpass.getpass(f"Password of {name} (at least {SHORTEST} characters): ")
        if password != getpass.getpass("Repeat the password: "):
            raise ConfigError("the two passwords differ; nothing was changed")
    if (problem := weakness(password, name)) is not None:
        raise ConfigError(problem)
    return password


def _find(name: str, path: Path) -> Account:
    account = read_accounts(path).get(name)
    if account is None:
        raise no_account(path, name)
    return account


def _print(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
