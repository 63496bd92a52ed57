"""Commands that check and prepare an installation."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.arguments import AsJson


def doctor(
    config: Annotated[
        Path | None, typer.Option(help="Check what this configuration needs.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What works on this machine and what does not."""
    from monitor.commands.doctor import examine

    if not examine(config, as_json=as_json):
        raise typer.Exit(1)


def call_test(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml")],
    to: Annotated[str | None, typer.Option(help="Only this recipient, on duty or not.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """A test call to everybody on duty."""
    from monitor.commands.call_test import test_call

    if not test_call(config, to, as_json=as_json):
        raise typer.Exit(1)


def policy_check(
    file: Annotated[str, typer.Argument(help="A TOML file or a shipped name.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a policy, line by line."""
    from monitor.commands.policy import check

    if not check(file, as_json=as_json):
        raise typer.Exit(1)


def policy_show(
    file: Annotated[str, typer.Argument(help="A TOML file or a shipped name.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say each rule in plain words."""
    from monitor.commands.policy import show

    show(file, as_json=as_json)


def grafana_build(
    directory: Annotated[Path, typer.Argument(help="Where the files go.")] = Path("deploy/grafana"),
) -> None:
    """Write the dashboards and the provisioning files."""
    from monitor.commands.grafana import build_into

    build_into(directory)


def influx_setup(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml")],
    retention: Annotated[
        str | None, typer.Option(help="Keep points so long: 90d, 52w, forever. Default: as it is.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make bucket, retention and mapping where they are missing."""
    from monitor.commands.influx import set_up_database

    set_up_database(config, retention, as_json=as_json)


def influx_deliver(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml")],
    journals: Annotated[
        list[Path] | None, typer.Argument(metavar="JOURNAL...", help="Default: its folder's.")
    ] = None,
    within: Annotated[float, typer.Option(min=1, help="Seconds for each journal.")] = 3600.0,
    *,
    as_json: AsJson = False,
) -> None:
    """Deliver what sessions that have ended still owe the database."""
    from monitor.commands.influx import deliver

    if not deliver(config, journals or [], within, as_json=as_json):
        raise typer.Exit(1)
