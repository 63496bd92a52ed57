"""`physiomon token`: programs that may ask the HTTP API."""

import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from alerts.policy.expressions import TermError, parse_duration
from dashboards.access.accounts import AccountsError, edit_accounts, read_credentials
from dashboards.access.roles import Role
from dashboards.access.tokens import NAME, Token, hash_of, new_token
from monitor.commands.output import print_json, print_rows
from monitor.errors import ConfigError


def add(name: str, role: str, path: Path, expires: str | None) -> None:
    """Make a token and print it, once.

    Args:
        name: a code.
        role: what it may do is what this role may.
        path: of the file of accounts.
        expires: in how long, such as ``30d`` or ``8h``; None: never.

    Raises:
        ConfigError: name, role or time will not do.
        AccountsError: the file cannot be used, or has the name already.
    """
    if not re.fullmatch(NAME, name):
        raise ConfigError(
            f"'{name}' is no name of a token: a code of letters, digits, '-', '_' and '.', 32 at "
            "most"
        )
    if role not in list(Role):
        raise ConfigError(f"there is no role '{role}'; there are {', '.join(Role)}")
    secret = new_token()
    until = None
    if expires is not None:
        until = datetime.fromtimestamp(time.time_ns() // 10**9 + _seconds(expires), UTC)
    with edit_accounts(path) as everybody:
        if name in everybody.accounts or name in everybody.tokens:
            raise AccountsError(f"{path} has the name '{name}' already")
        everybody.tokens[name] = Token(
            name=name,
            role=Role(role),
            sha256=hash_of(secret),
            expires=until,
        )
    sys.stderr.write("This is shown once, and kept nowhere:\n")
    sys.stdout.write(f"{secret}\n")


def remove(name: str, path: Path) -> None:
    """Take a token away; it is refused at once.

    Raises:
        AccountsError: the file cannot be used, or has no such token.
    """
    if name not in read_credentials(path).tokens:
        raise AccountsError(f"{path} has no token '{name}'; see physiomon token list")
    with edit_accounts(path) as everybody:
        everybody.tokens.pop(name, None)
    sys.stdout.write(f"{name} may ask no longer.\n")


def show(path: Path, *, as_json: bool) -> None:
    """Print names, roles and ends.

    Raises:
        AccountsError: the file cannot be used.
    """
    rows = [
        (token.name, token.role.value, token.expires.isoformat() if token.expires else None)
        for token in read_credentials(path).tokens.values()
    ]
    if as_json:
        print_json([{"name": name, "role": role, "expires": end} for name, role, end in rows])
    else:
        print_rows(("name", "role", "expires"), ((*row[:2], row[2] or "never") for row in rows))


def _seconds(text: str) -> float:
    days = re.fullmatch(r"(\d{1,4})d", text)
    try:
        seconds = int(days[1]) * 86_400.0 if days else parse_duration(text)
    except TermError:
        seconds = 0.0
    if seconds <= 0:
        raise ConfigError(f"'{text}' is no time to come; write 30d, 8h or 90min")
    return seconds
