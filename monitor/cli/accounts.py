"""Commands for accounts and API tokens."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.arguments import AccountsFile, AsJson, FromStdin, UserName


def user_add(
    name: UserName,
    role: Annotated[
        str, typer.Option(help="Role: monitor, medical, researcher, rater, admin or metrics.")
    ],
    accounts: AccountsFile = Path("accounts.toml"),
    *,
    password_stdin: FromStdin = False,
) -> None:
    """Add an account. The command asks for its password."""
    from monitor.commands.user import add

    add(name, role, accounts, from_stdin=password_stdin)


def user_list(accounts: AccountsFile = Path("accounts.toml"), *, as_json: AsJson = False) -> None:
    """List the accounts with their roles."""
    from monitor.commands.user import show

    show(accounts, as_json=as_json)


def user_remove(name: UserName, accounts: AccountsFile = Path("accounts.toml")) -> None:
    """Remove an account. Its logins end within a second."""
    from monitor.commands.user import remove

    remove(name, accounts)


def user_password(
    name: UserName,
    accounts: AccountsFile = Path("accounts.toml"),
    *,
    password_stdin: FromStdin = False,
) -> None:
    """Change the password of an account. Its logins end within a second."""
    from monitor.commands.user import change_password

    change_password(name, accounts, from_stdin=password_stdin)


def user_second_factor(
    name: UserName,
    accounts: AccountsFile = Path("accounts.toml"),
    *,
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove it, such as after the loss of a phone.")
    ] = False,
) -> None:
    """Show whether an account has a second factor, or remove it. Its logins then end."""
    from monitor.commands.user import second_factor

    second_factor(name, accounts, reset=reset)


def token_add(
    name: UserName,
    role: Annotated[
        str, typer.Option(help="Role: monitor, medical, researcher, rater, admin or metrics.")
    ],
    accounts: AccountsFile = Path("accounts.toml"),
    expires: Annotated[
        str | None,
        typer.Option(
            help="Time until the token expires, such as 30d or 8h; by default it does not."
        ),
    ] = None,
) -> None:
    """Add a token, and print it once."""
    from monitor.commands.token import add

    add(name, role, accounts, expires)


def token_list(accounts: AccountsFile = Path("accounts.toml"), *, as_json: AsJson = False) -> None:
    """List the tokens with their roles and expiry."""
    from monitor.commands.token import show

    show(accounts, as_json=as_json)


def token_remove(name: UserName, accounts: AccountsFile = Path("accounts.toml")) -> None:
    """Remove a token. It is refused within a second."""
    from monitor.commands.token import remove

    remove(name, accounts)
