"""The command that exports recordings for research software."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.arguments import AsJson, Cluster, Jobs, PlainText, one_of


def export(
    recordings: Annotated[
        list[Path],
        typer.Argument(help="Journal files, or folders of them.", metavar="RECORDING..."),
    ],
    to: Annotated[
        str, typer.Option(help="Format: parquet, csv, kubios, edf, xdf, bids, fhir or openmhealth.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to.", show_default="export-FORMAT"),
    ] = None,
    time: Annotated[
        str,
        typer.Option(help="Times: relative (to --zero), or absolute (time of day as well)."),
    ] = "relative",
    zero: Annotated[
        str, typer.Option(help="Second 0: start (of the session), or dose (the first).")
    ] = "start",
    signals: Annotated[
        str, typer.Option(help="Signals to export, separated by commas.", show_default="all")
    ] = "",
    quality: Annotated[
        str,
        typer.Option(help="Values: good, or all (doubtful and missing ones too, marked as such)."),
    ] = "good",
    *,
    with_names: Annotated[
        bool,
        typer.Option(
            "--with-names", help="Include names of people, devices, site, room and session."
        ),
    ] = False,
    with_notes: Annotated[
        bool, typer.Option("--with-notes", help="Include notes and other free text.")
    ] = False,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Leave out the codes of participants.")
    ] = False,
    jobs: Jobs = None,
    cluster: Cluster = None,
    plain_text: PlainText = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace exports with other choices.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Export recordings for research software, without names and free text unless requested."""
    from monitor.commands.cohort import CohortOptions
    from monitor.commands.export import export_recordings
    from monitor.exports.options import ExportOptions, known_signals

    one_of("--time", time, ("relative", "absolute"))
    one_of("--zero", zero, ("start", "dose"))
    one_of("--quality", quality, ("good", "all"))
    options = ExportOptions(
        absolute=time == "absolute",
        zero=zero,
        signals=known_signals([name.strip() for name in signals.split(",") if name.strip()]),
        all_qualities=quality == "all",
        names=with_names,
        notes=with_notes,
        anonymous=anonymous,
    )
    place = CohortOptions(jobs=jobs, cluster=cluster, plain_text=plain_text)
    ok = export_recordings(
        recordings, to, output, options, place, overwrite=overwrite, as_json=as_json
    )
    raise typer.Exit(0 if ok else 1)
