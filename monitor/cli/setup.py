"""Commands that check and prepare an installation."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.arguments import AsJson


def doctor(
    config: Annotated[
        Path | None, typer.Option(help="Session file whose requirements are checked as well.")
    ] = None,
    live: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Console of a running service, checked instead of this machine."
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check what works on this machine, or in a running service."""
    from monitor.commands.doctor import examine

    if not examine(config, live, as_json=as_json):
        raise typer.Exit(1)


def call_test(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="Session file.")],
    to: Annotated[
        str | None, typer.Option(help="Call only this recipient, on duty or not.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Send a test call to everyone on duty."""
    from monitor.commands.call_test import test_call

    if not test_call(config, to, as_json=as_json):
        raise typer.Exit(1)


def policy_check(
    file: Annotated[str, typer.Argument(help="Policy file, or name of a shipped policy.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Report the mistakes of a policy, line by line."""
    from monitor.commands.policy import check

    if not check(file, as_json=as_json):
        raise typer.Exit(1)


def policy_show(
    file: Annotated[str, typer.Argument(help="Policy file, or name of a shipped policy.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show each rule of a policy in plain words."""
    from monitor.commands.policy import show

    show(file, as_json=as_json)


def grafana_build(
    directory: Annotated[Path, typer.Argument(help="Folder for the files.")] = Path(
        "deploy/grafana"
    ),
) -> None:
    """Write the dashboards and the provisioning files."""
    from monitor.commands.grafana import build_into

    build_into(directory)


def influx_setup(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="Session file.")],
    retention: Annotated[
        str | None,
        typer.Option(help="Retention, such as 90d, 52w or forever; by default unchanged."),
    ] = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Shorten the retention even if that deletes points.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create bucket, retention and mapping if they are missing; write and read a probe point."""
    from monitor.commands.influx import set_up_database

    if not set_up_database(config, retention, may_delete=yes, as_json=as_json):
        raise typer.Exit(1)


DeliveredJournals = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="JOURNAL...", help="Journal files; by default all in the configured folder."
    ),
]


def influx_deliver(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="Session file.")],
    journals: DeliveredJournals = None,
    within: Annotated[
        float, typer.Option(min=1, help="Longest time for each journal, in seconds.")
    ] = 3600.0,
    *,
    as_json: AsJson = False,
) -> None:
    """Deliver the pending data of ended sessions to the database."""
    from monitor.commands.influx import deliver

    if not deliver(config, journals or [], within, as_json=as_json):
        raise typer.Exit(1)


def influx_redeliver(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="Session file.")],
    journals: DeliveredJournals = None,
    reason: Annotated[
        str | None,
        typer.Option(help="Send only the data whose recorded reason contains this text."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Send data of ended sessions again that the database has rejected."""
    from monitor.commands.influx import redeliver

    if not redeliver(config, journals or [], reason, as_json=as_json):
        raise typer.Exit(1)
