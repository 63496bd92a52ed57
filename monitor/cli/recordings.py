"""Commands on recorded sessions: replay, import, what-if, reports and studies."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.arguments import (
    AsJson,
    Cluster,
    Jobs,
    JournalFile,
    JournalFiles,
    PlainText,
    Results,
)

if TYPE_CHECKING:
    from monitor.commands.cohort import CohortOptions


def replay(
    journal: JournalFile,
    *,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Compare the derived facts with the recorded ones, byte for byte."
        ),
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.01, help="Recorded seconds per real second; by default as fast as possible."
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            help="Destination: console (watch the recording), influx or mqtt (send it, marked as "
            "a replay)."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Session file with the database or broker for --to.")
    ] = None,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Console port for --to console (0 = any free port)."),
    ] = 8080,
    language: Annotated[
        Literal["en", "de"], typer.Option(help="Language of the pages for --to console.")
    ] = "en",
    as_json: AsJson = False,
) -> None:
    """Replay a recorded session through the engine."""
    from monitor.commands.replay import replay_journal, verify_journal

    if to == "console":
        from monitor.commands.replay_console import replay_on_page

        if verify or as_json or config is not None:
            raise typer.BadParameter(
                "--to console cannot be combined with --verify, --json or --config"
            )
        replay_on_page(journal, speed or 1.0, port, language)
        return
    if to is not None:
        if to not in ("influx", "mqtt"):
            raise typer.BadParameter(f"--to {to} is unknown; use 'console', 'influx' or 'mqtt'")
        if config is None or verify:
            raise typer.BadParameter(
                f"--to {to} requires --config and cannot be combined with --verify"
            )
        if to == "influx":
            from monitor.commands.replay_influx import replay_to_influx as send
        else:
            from monitor.commands.replay_mqtt import replay_to_mqtt as send

        send(journal, config, speed, as_json=as_json)
        return
    if verify:
        ok = verify_journal(journal, as_json=as_json)
        raise typer.Exit(0 if ok else 1)
    replay_journal(journal, speed, as_json=as_json)


def hrv(
    journals: JournalFiles,
    window: Annotated[str, typer.Option(help="Length of the windows.")] = "5min",
    *,
    as_json: AsJson = False,
) -> None:
    """Compute heart rate variability after the session, with corrected artefacts."""
    from monitor.commands.hrv import show_hrv

    show_hrv(journals, window, as_json=as_json)


def import_recording(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files of one recording, or a folder that contains them.", metavar="FILE..."
        ),
    ],
    participant: Annotated[
        str, typer.Option(help="Code of the participant, never a name.")
    ] = "unknown",
    policy: Annotated[
        str, typer.Option(help="Name of a shipped policy, or policy file.")
    ] = "resting-adult",
    start: Annotated[
        str | None,
        typer.Option(help="Start of a recording without a time of day, such as 2026-03-01T14:00."),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            help="Time zone of files with local times, such as Europe/Zurich; by default that of "
            "this computer."
        ),
    ] = None,
    events: Annotated[
        str, typer.Option(help="Kind of marker that its events become: note or phase.")
    ] = "note",
    *,
    journal_dir: Annotated[Path, typer.Option(help="Folder for the journal.")] = Path("journals"),
    as_json: AsJson = False,
) -> None:
    """Make a journal of a file that another device or program recorded."""
    if events not in ("note", "phase"):
        raise typer.BadParameter(f"--events {events} is unknown; use 'note' or 'phase'")
    from monitor.commands.import_recording import Import, run_import

    run_import(
        Import(
            files=files,
            participant=participant,
            policy=policy,
            start=start,
            timezone=timezone,
            events=events,
            journal_dir=journal_dir,
            as_json=as_json,
        )
    )


def whatif(
    journals: JournalFiles,
    policy: Annotated[
        str | None, typer.Option(help="Name of a shipped policy, or policy file.")
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE.KEY=VALUES",
            help="Values of a rule to try, such as hr-131.sustain=10s,20s,40s; several give all "
            "combinations.",
        ),
    ] = None,
    *,
    jobs: Jobs = None,
    cluster: Cluster = None,
    plain_text: PlainText = False,
    results: Results = None,
    as_json: AsJson = False,
) -> None:
    """Compare the recorded alarms with those that another policy would have raised."""
    options = _cohort(jobs, cluster, results, plain_text=plain_text)
    if grid:
        from monitor.commands.rule_grid import sweep

        # `--grid A B`: what follows the first value is not a file.
        more = [str(path) for path in journals if "=" in str(path) and not path.exists()]
        files = [path for path in journals if str(path) not in more]
        if not files:
            raise typer.BadParameter("give journals, or a folder with journals")
        sweep(files, [*grid, *more], policy, options, as_json=as_json)
        return
    if policy is None:
        raise typer.BadParameter("give --policy, --grid or both")
    from monitor.commands.whatif import compare

    compare(journals, policy, options, as_json=as_json)


def report(
    journals: JournalFiles,
    sustain: Annotated[
        str, typer.Option(help="Sustain times to try on every rule; '' tries none.")
    ] = "0s,14s,19s",
    policy: Annotated[
        str | None,
        typer.Option(help="Report the alarms that this policy would have raised instead."),
    ] = None,
    *,
    html: Annotated[
        Path | None,
        typer.Option(
            help="Write a report of everything as one page of HTML, of several journals "
            "as a cohort."
        ),
    ] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the same report as PDF.")] = None,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Show names of people in --html and --pdf.")
    ] = False,
    with_notes: Annotated[
        bool,
        typer.Option(
            "--with-notes", help="Show texts that people typed, such as notes, in --html and --pdf."
        ),
    ] = False,
    jobs: Jobs = None,
    cluster: Cluster = None,
    plain_text: PlainText = False,
    results: Results = None,
    as_json: AsJson = False,
) -> None:
    """Report the alarm burden: number, duration, responses, and the effect of sustain times."""
    options = _cohort(jobs, cluster, results, plain_text=plain_text)
    if html is not None or pdf is not None:
        from monitor.commands.report_pages import write_reports
        from monitor.reports.texts import Disclosure

        disclosure = Disclosure(names=with_names, notes=with_notes)
        write_reports(journals, html, pdf, disclosure, options, as_json=as_json)
        return
    from monitor.commands.report import report_alarms

    report_alarms(journals, sustain, policy, options, as_json=as_json)


def study(
    journals: JournalFiles,
    output: Annotated[Path, typer.Option(help="Folder for the tables.", show_default=False)],
    dose_window: Annotated[
        str | None,
        typer.Option(
            metavar="MINUTES", help="When the dose is due after the start, such as 20-60."
        ),
    ] = None,
    supplement_window: Annotated[
        str | None,
        typer.Option(
            metavar="MINUTES", help="When the supplement is due after the dose, such as 90-150."
        ),
    ] = None,
    *,
    jobs: Jobs = None,
    cluster: Cluster = None,
    plain_text: PlainText = False,
    results: Results = None,
    as_json: AsJson = False,
) -> None:
    """Write tables of a study: features of sessions and participants, quality, deviations."""
    from monitor.analysis.deviations import Windows
    from monitor.commands.study import parse_window, tabulate

    windows = Windows(
        dose_min=None if dose_window is None else parse_window(dose_window),
        supplement_min=None if supplement_window is None else parse_window(supplement_window),
    )
    options = _cohort(jobs, cluster, results, plain_text=plain_text)
    tabulate(journals, output, windows, options, as_json=as_json)


def _cohort(
    jobs: int | None, cluster: str | None, results: Path | None, *, plain_text: bool
) -> "CohortOptions":
    from monitor.commands.cohort import CohortOptions

    return CohortOptions(jobs=jobs, cluster=cluster, plain_text=plain_text, results=results)
