"""Commands that run sessions: with sensors, without hardware, or through a gateway."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor.cli.arguments import AsJson


def demo(
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Duration in simulated minutes; by default until Ctrl-C."),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100_000, help="Simulated seconds per real second.")
    ] = 1.0,
    participants: Annotated[int, typer.Option(min=1, max=20, help="Number of sessions.")] = 1,
    recording: Annotated[
        Path | None, typer.Option(help="Recording to play instead of a simulated body.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="Name of a shipped policy, or policy file; by default demo, or mdma-session "
            "for an hour or more."
        ),
    ] = None,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="Run without a console.")] = False,
    journal_dir: Annotated[Path, typer.Option(help="Folder for the journals.")] = Path("journals"),
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Console port (0 = any free port).")
    ] = 8080,
    seed: Annotated[int, typer.Option(help="Seed of the simulated bodies.")] = 1,
    language: Annotated[
        Literal["en", "de"], typer.Option(help="Language of the console's pages.")
    ] = "en",
    as_json: AsJson = False,
) -> None:
    """Run a session with virtual sensors over a virtual radio, without hardware."""
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
            language=language,
        )
    )


def run(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG.toml...", help="Session files.")],
) -> None:
    """Run one session for each file, in one process and on one console.

    Sessions that were started on the page in other rooms continue.
    """
    from monitor.config.started import load_with_started

    # Report mistakes before the web server is loaded.
    planned, failures = load_with_started(configs)
    from monitor.commands.run import run_planned

    run_planned(planned, failures)


def watch(
    config: Annotated[Path, typer.Argument(metavar="WATCH.toml", help="File of the watcher.")],
) -> None:
    """Watch another physiomon, and call people when it is not well."""
    from monitor.commands.watch import run_watch

    run_watch(config)


def gateway(
    config: Annotated[Path, typer.Argument(metavar="GATEWAY.toml", help="Gateway file.")],
) -> None:
    """Read the sensors of a room, and send their packets over MQTT to a session elsewhere."""
    from monitor.commands.gateway import run_gateway

    run_gateway(config)
