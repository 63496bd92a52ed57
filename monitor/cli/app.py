"""The command line: arguments in, exit status out. `monitor.commands` does the work.

Each command imports what it needs when it runs: `physiomon decode` must not wait for a web server.
"""

import errno
import json
import os
import pathlib
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from devices.errors import PhysiomonError
from monitor.cli.accounts import (
    token_add,
    token_list,
    token_remove,
    user_add,
    user_list,
    user_password,
    user_remove,
    user_second_factor,
)
from monitor.cli.export import export
from monitor.cli.journals import (
    journal_copy,
    journal_head,
    journal_info,
    journal_review,
    journal_verify,
)
from monitor.cli.recordings import (
    hrv,
    import_recording,
    replay,
    report,
    study,
    whatif,
)
from monitor.cli.sensors import decode, scan, virtual
from monitor.cli.sessions import demo, gateway, run, watch
from monitor.cli.setup import (
    call_test,
    doctor,
    grafana_build,
    influx_deliver,
    influx_redeliver,
    influx_setup,
    policy_check,
    policy_show,
)
from monitor.commands.output import print_error

_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
_OWN = {"physiomon", "monitor", "dashboards", "alerts", "devices"}

app = typer.Typer(
    name="physiomon",
    help="Monitor a person during a research session. Not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    demo,
    run,
    watch,
    gateway,
    scan,
    virtual,
    decode,
    replay,
    whatif,
    report,
    study,
    export,
    hrv,
    doctor,
):
    app.command()(command)
app.command("call-test")(call_test)
app.command("import")(import_recording)


def _add_group(name: str, help_text: str, **commands: Callable[..., None]) -> None:
    group = typer.Typer(help=help_text, no_args_is_help=True)
    for command_name, function in commands.items():
        group.command(command_name.replace("_", "-"))(function)
    app.add_typer(group, name=name)


_add_group("policy", "Check and show alarm policies.", check=policy_check, show=policy_show)
_add_group(
    "journal",
    "Inspect, review and copy recorded sessions.",
    copy=journal_copy,
    head=journal_head,
    info=journal_info,
    review=journal_review,
    verify=journal_verify,
)
_add_group("grafana", "Write Grafana dashboards.", build=grafana_build)
_add_group(
    "influx",
    "Prepare InfluxDB, and deliver pending and rejected data.",
    setup=influx_setup,
    deliver=influx_deliver,
    redeliver=influx_redeliver,
)
_add_group(
    "user",
    "Manage the accounts of the console.",
    add=user_add,
    list=user_list,
    remove=user_remove,
    password=user_password,
    second_factor=user_second_factor,
)
_add_group(
    "token",
    "Manage tokens for the HTTP API.",
    add=token_add,
    list=token_list,
    remove=token_remove,
)


@app.callback(invoke_without_command=True)
def top(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Monitor a person during a research session. Not a medical device."""
    if version:
        from monitor.version import VERSION

        typer.echo(f"physiomon {VERSION}")
        raise typer.Exit


def main() -> None:
    """Run the command line; print an expected error as one sentence and exit with status 1."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the caller has closed it
            setattr(sys, name, pathlib.Path(os.devnull).open("w"))  # noqa: SIM115 - kept open
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # here, where a full disk is still an error of the command
    except PhysiomonError as error:
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        print_error(str(error))
        sys.exit(1)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in _OWN:
            raise
        print_error(
            f"this command needs the package '{missing}', which is not installed: install "
            "requirements.lock; requirements/gateway.lock is enough for gateways only"
        )
        sys.exit(1)
    except BrokenPipeError:  # the reader has closed the pipe: `physiomon ... | head`
        _end_output()
        sys.exit(1)
    except OSError as error:
        if error.filename is None and error.errno not in _UNWRITABLE:
            raise
        place = error.filename or "standard output"
        print_error(f"cannot use {place}: {error.strerror}; check its path, permissions and space")
        _end_output()
        sys.exit(1)


def _end_output() -> None:
    """Drop what standard output cannot take, or the interpreter tries once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
