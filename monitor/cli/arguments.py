"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import ConfigError

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
JournalFiles = Annotated[
    list[Path],
    typer.Argument(help="Journal files, or folders with journals.", metavar="JOURNAL..."),
]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="Number of processes for several journals; by default all cores."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Analyse several journals on the Dask cluster of this scheduler, such as "
        "tls://host:8786.",
    ),
]
PlainText = Annotated[
    bool,
    typer.Option("--plain-text", help="Allow a cluster on other computers without encryption."),
]
Results = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Keep results in this folder as Parquet, and continue an interrupted run from there.",
    ),
]


def one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a value that an option does not allow.

    Raises:
        ConfigError: the message lists the allowed ones.
    """
    if value not in allowed:
        raise ConfigError(f"{option} {value} is unknown; use {' or '.join(allowed)}")
