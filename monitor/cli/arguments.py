"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
UserName = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Name of the account or token: a code, not a person's name."
    ),
]
AccountsFile = Annotated[Path, typer.Option("--accounts", help="File that holds the accounts.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
JournalFile = Annotated[Path, typer.Argument(help="Journal file.", metavar="JOURNAL")]
JournalFiles = Annotated[list[Path], typer.Argument(help="Journal files.", metavar="JOURNAL...")]
