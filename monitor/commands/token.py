"""`physiomon token`: tokens for the HTTP API."""

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
    """Create a token and print it once.

    Args:
        name: code of the program.
        role: whose permissions it gets.
        path: of the accounts file.
        expires: lifetime, such as ``30d`` or ``8h``; None for unlimited.

    Raises:
        ConfigError: the name, role or lifetime is not valid.
        AccountsError: the file cannot be used, or the name is taken.
    """
    if not re.fullmatch(NAME, name):
        raise ConfigError(
            f"'{name}' is not a valid token name; use up to 32 letters, digits, '-', '_' and '.'"
        )
    if role not in list(Role):
        raise ConfigError(f"'{role}' is not a valid role; use one of {', '.join(Role)}")
    secret = new_token()
    until = None
    if expires is not None:
        until = datetime.fromtimestamp(time.time_ns() // 10**9 + _seconds(expires), UTC)
    with edit_accounts(path) as everybody:
        if name in everybody.accounts or name in everybody.tokens:
            raise AccountsError(f"the name '{name}' is already taken in {path}; choose another")
        everybody.tokens[name] = Token(
            name=name,
            role=Role(role),
            sha256=hash_of(secret),
            expires=until,
        )
    sys.stderr.write("This token is shown only once and is not stored:\n")
    sys.stdout.write(f"{secret}\n")


def remove(name: str, path: Path) -> None:
    """Revoke a token; it is refused immediately.

    Raises:
        AccountsError: the file cannot be used, or there is no such token.
    """
    if name not in read_credentials(path).tokens:
        raise AccountsError(f"{path} has no token '{name}'; see physiomon token list")
    with edit_accounts(path) as everybody:
        everybody.tokens.pop(name, None)
    sys.stdout.write(f"Token {name} is revoked.\n")


def show(path: Path, *, as_json: bool) -> None:
    """Print the name, role and expiry of each token.

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
        raise ConfigError(f"'{text}' is not a valid lifetime; use 30d, 8h or 90min")
    return seconds
