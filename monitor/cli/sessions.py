"""Commands that run sessions: with sensors, without hardware, or for another machine."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.arguments import AsJson


def demo(
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Session minutes; default: until Ctrl-C.")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100_000, help="Session seconds in a real one.")
    ] = 1.0,
    participants: Annotated[int, typer.Option(min=1, max=20)] = 1,
    recording: Annotated[
        Path | None, typer.Option(help="Play this recording instead of a simulated body.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="Shipped policy or file. Default: demo; for an hour or more mdma-session."
        ),
    ] = None,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="No console page.")] = False,
    journal_dir: Annotated[Path, typer.Option(help="Where journals go.")] = Path("journals"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the console; 0: any.")] = 8080,
    seed: Annotated[int, typer.Option(help="Of the simulated bodies.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Virtual sensors over a virtual radio: a whole session without hardware."""
    from monitor.commands.demo import Demo, run_demo

    run_demo(
        Demo(
            minutes=minutes,
            speed=speed,
            participants=participants,
            recording=recording,
            policy=policy,
            headless=headless,
            journal_dir=journal_dir,
            port=port,
            seed=seed,
            as_json=as_json,
        )
    )


def run(configs: Annotated[list[Path], typer.Argument(metavar="CONFIG.toml...")]) -> None:
    """Sessions with real sensors: one for each file, in one process, on one console."""
    from monitor.config.merge import load_merged

    planned = load_merged(configs)  # what is wrong is told before the web server is loaded
    from monitor.commands.run import run_planned

    run_planned(planned)


def gateway(config: Annotated[Path, typer.Argument(metavar="GATEWAY.toml")]) -> None:
    """Read the sensors of a room, and send them over MQTT to the service of their session."""
    from monitor.commands.gateway import run_gateway

    run_gateway(config)
