"""Commands on journals as files."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.arguments import AsJson, JournalFile


def journal_info(journal: JournalFile, *, as_json: AsJson = False) -> None:
    """Show what a journal contains."""
    from monitor.commands.journal import info

    info(journal, as_json=as_json)


def journal_copy(
    journal: JournalFile,
    copy: Annotated[Path, typer.Argument(help="File to create.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Copy a journal, also while it is being recorded, and verify the copy."""
    from monitor.commands.journal import copy as copy_journal

    copy_journal(journal, copy, as_json=as_json)


def journal_verify(
    journal: JournalFile,
    against: Annotated[
        Path | None,
        typer.Option(
            help="File with a signed head that was kept elsewhere, or a report; '-': stdin."
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="Public key of the site, signing.pub, to check signatures with."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Verify that no entry was changed or removed after it was recorded."""
    from monitor.commands.journal_check import verify

    if not verify(journal, against, key, as_json=as_json):
        raise typer.Exit(1)


def journal_head(journal: JournalFile) -> None:
    """Print the newest signed head of a journal: keep it elsewhere, for 'verify --against'."""
    from monitor.commands.journal_check import print_head

    print_head(journal)
