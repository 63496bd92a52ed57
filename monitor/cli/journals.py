"""Commands on journals as files."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.arguments import AsJson, JournalFile
from monitor.errors import ConfigError


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


def journal_review(
    journal: JournalFile,
    number: Annotated[
        int | None, typer.Argument(help="Number of the alarm to judge.", show_default=False)
    ] = None,
    verdict: Annotated[
        str | None,
        typer.Argument(help="useful, false, artefact or withdraw.", show_default=False),
    ] = None,
    by: Annotated[str, typer.Option(help="Name of the person who judges.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """List the alarms of a recording, or add a verdict on one of them after the session's end."""
    from monitor.commands.journal_review import judge, print_alarms

    if number is None:
        print_alarms(journal, as_json=as_json)
    elif verdict is None:
        raise ConfigError("the verdict is missing: use useful, false, artefact or withdraw")
    else:
        judge(journal, number, verdict, by, as_json=as_json)
