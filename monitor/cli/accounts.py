"""Commands for accounts and API tokens."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.arguments import AccountsFile, AsJson, FromStdin, UserName


def user_add(
    name: UserName,
    role: Annotated[str, typer.Option(help="monitor, medical, researcher, rater or admin.")],
    accounts: AccountsFile = Path("accounts.toml"),
    *,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account; asks for its password."""
    from monitor.commands.user import add

    add(name, role, accounts, from_stdin=password_stdin)


def user_list(accounts: AccountsFile = Path("accounts.toml"), *, as_json: AsJson = False) -> None:
    """Names and roles."""
    from monitor.commands.user import show

    show(accounts, as_json=as_json)


def user_remove(name: UserName, accounts: AccountsFile = Path("accounts.toml")) -> None:
    """Take an account away; whoever is logged in with it is out at once."""
    from monitor.commands.user import remove

    remove(name, accounts)


def user_password(
    name: UserName,
    accounts: AccountsFile = Path("accounts.toml"),
    *,
    password_stdin: FromStdin = False,
) -> None:
    """Give an account another password; whoever is logged in with it is out at once."""
    from monitor.commands.user import change_password

    change_password(name, accounts, from_stdin=password_stdin)


def token_add(
    name: UserName,
    role: Annotated[str, typer.Option(help="monitor, medical, researcher, rater or admin.")],
    accounts: AccountsFile = Path("accounts.toml"),
    expires: Annotated[
        str | None, typer.Option(help="In how long: 30d, 8h; default: never.")
    ] = None,
) -> None:
    """Make a token, and print it once."""
    from monitor.commands.token import add

    add(name, role, accounts, expires)


def token_list(accounts: AccountsFile = Path("accounts.toml"), *, as_json: AsJson = False) -> None:
    """Names, roles and ends."""
    from monitor.commands.token import show

    show(accounts, as_json=as_json)


def token_remove(name: UserName, accounts: AccountsFile = Path("accounts.toml")) -> None:
    """Take a token away; it is refused at once."""
    from monitor.commands.token import remove

    remove(name, accounts)
