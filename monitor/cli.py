"""The command line: arguments in, exit status out. What a command does is in `monitor.commands`.

Each command imports what it needs when it runs: `physiomon decode` must not wait for a web server.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from devices.errors import PhysiomonError

app = typer.Typer(
    name="physiomon",
    help="Watch a person through a research session. Not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
policy_app = typer.Typer(help="Alarm policies.", no_args_is_help=True)
journal_app = typer.Typer(help="Recorded sessions.", no_args_is_help=True)
grafana_app = typer.Typer(help="Grafana dashboards.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")
app.add_typer(journal_app, name="journal")
app.add_typer(grafana_app, name="grafana")
influx_app = typer.Typer(help="The InfluxDB of a configuration.", no_args_is_help=True)
app.add_typer(influx_app, name="influx")

user_app = typer.Typer(help="Who may log in at the console.", no_args_is_help=True)
app.add_typer(user_app, name="user")

token_app = typer.Typer(help="Programs that may ask the HTTP API.", no_args_is_help=True)
app.add_typer(token_app, name="token")

AsJson = Annotated[bool, typer.Option("--json", help="Print facts as JSON.")]
UserName = Annotated[str, typer.Argument(metavar="NAME", help="A code, not a person's name.")]
AccountsFile = Annotated[Path, typer.Option("--accounts", help="File of the accounts.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
JournalFile = Annotated[Path, typer.Argument(help="A journal file.", metavar="JOURNAL")]
JournalFiles = Annotated[list[Path], typer.Argument(help="Journal files.", metavar="JOURNAL...")]


@app.callback(invoke_without_command=True)
def top(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Watch a person through a research session. Not a medical device."""
    if version:
        from monitor.version import VERSION

        typer.echo(f"physiomon {VERSION}")
        raise typer.Exit


@app.command()
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


@app.command()
def run(configs: Annotated[list[Path], typer.Argument(metavar="CONFIG.toml...")]) -> None:
    """Sessions with real sensors: one for each file, in one process, on one console."""
    from monitor.config.merge import load_merged

    planned = load_merged(configs)  # what is wrong is told before the web server is loaded
    from monitor.commands.run import run_planned

    run_planned(planned)


@app.command()
def gateway(config: Annotated[Path, typer.Argument(metavar="GATEWAY.toml")]) -> None:
    """Read the sensors of a room, and send them over MQTT to the service of their session."""
    from monitor.commands.gateway import run_gateway

    run_gateway(config)


@app.command()
def scan(
    seconds: Annotated[float, typer.Option(min=0.5, max=300)] = 10.0,
    air: Annotated[
        str | None, typer.Option(help="Listen to this virtual air, such as 127.0.0.1:7300.")
    ] = None,
    adapter: Annotated[
        str | None, typer.Option(help="That listens, such as hci1; default: the system's.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Sensors nearby, what they are, and the configuration they need."""
    from monitor.commands.scan import scan_nearby

    if adapter is not None and air is not None:
        raise typer.BadParameter("a virtual air has no adapters; give --air or --adapter")
    scan_nearby(seconds, air, adapter, as_json=as_json)


@app.command()
def virtual(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A kind of sensor, or: air")],
    name: Annotated[str | None, typer.Option(help="Advertised; default: the kind.")] = None,
    address: Annotated[str | None, typer.Option(help="Default: follows from the name.")] = None,
    faults: Annotated[
        str, typer.Option(help="What goes wrong: KIND@START+LENGTH, in seconds, with commas.")
    ] = "",
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Default: until Ctrl-C.")] = None,
    seed: Annotated[int, typer.Option(help="Of the body.")] = 1,
    every: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds between measurements.")
    ] = None,
    form: Annotated[str, typer.Option(help="Of a thermometer that broadcasts.")] = "bthome",
    key: Annotated[str | None, typer.Option(help="Encrypts broadcasts: 32 hex digits.")] = None,
    drift: Annotated[float, typer.Option(help="Of the sensor's clock, in ppm.")] = 0.0,
    air: Annotated[str | None, typer.Option(help="Join this virtual air: 127.0.0.1:PORT.")] = None,
    transport: Annotated[
        str | None, typer.Option(help="A real controller, as Bumble names it: usb:0, hci-socket:0.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of 'air'; 0: any.")] = 7300,
) -> None:
    """A virtual sensor that other programs can find; 'air' is where several of them meet."""
    from devices.errors import LinkError
    from devices.virtual.faults import parse_fault
    from devices.virtual.peripherals.catalog import Wish
    from monitor.commands.virtual import device_clock, offer_air, run_sensor

    if kind == "air":
        offer_air(port, minutes)
        return
    if air is not None and transport is not None:
        raise typer.BadParameter("--air and --transport exclude each other")
    try:
        failing = [parse_fault(each.strip()) for each in faults.split(",") if each.strip()]
    except ValueError as error:
        raise LinkError(str(error)) from None
    wish = Wish(
        kind=kind,
        name=name,
        address=address,
        faults=failing,
        seed=seed,
        every_s=every,
        form=form,
        key=key,
        drift_ppm=drift,
        now=device_clock,
    )
    run_sensor(wish, transport, air, minutes)


@app.command()
def decode(
    characteristic: Annotated[str, typer.Argument(metavar="UUID", help="2A37 ..., or - for lines")],
    payload: Annotated[str | None, typer.Argument(metavar="HEX")] = None,
) -> None:
    """What a payload says, as JSON; '-' reads lines 'UUID HEX' from standard input."""
    from monitor.commands.decode import decode_lines, decode_one

    if characteristic == "-":
        if payload is not None:
            raise typer.BadParameter("with '-' the payloads come from standard input")
        ok = decode_lines(sys.stdin)
    elif payload is None:
        raise typer.BadParameter('give the payload in hex, such as "10 5A 00 08"')
    else:
        ok = decode_one(characteristic, payload)
    if not ok:
        raise typer.Exit(1)


@app.command()
def replay(
    journal: JournalFile,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare with what was recorded, byte for byte.")
    ] = False,
    speed: Annotated[
        float | None, typer.Option(min=0.01, help="Default: as fast as it goes.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            help="console: watch it on the page. influx: show it in the dashboards, marked as such."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Configuration that names the database of --to influx.")
    ] = None,
    port: Annotated[int, typer.Option(help="Of the page; 0 for a free one.")] = 8080,
    as_json: AsJson = False,
) -> None:
    """Put a recorded session through the engine again."""
    from monitor.commands.replay import replay_journal, verify_journal

    if to == "console":
        from monitor.commands.replay_console import replay_on_page

        if verify or as_json or config is not None:
            raise typer.BadParameter("--to console goes without --verify, --json and --config")
        replay_on_page(journal, speed or 1.0, port)
        return
    if to is not None:
        from monitor.commands.replay_influx import replay_to_influx

        if to != "influx":
            raise typer.BadParameter(f"--to {to}: there are 'console' and 'influx'")
        if config is None or verify:
            raise typer.BadParameter("--to influx needs --config, and goes without --verify")
        replay_to_influx(journal, config, speed, as_json=as_json)
        return
    if verify:
        ok = verify_journal(journal, as_json=as_json)
        raise typer.Exit(0 if ok else 1)
    replay_journal(journal, speed, as_json=as_json)


@app.command()
def whatif(
    journals: JournalFiles,
    policy: Annotated[str, typer.Option(help="Shipped policy or file with the other rules.")],
    *,
    as_json: AsJson = False,
) -> None:
    """The alarms that other rules would have raised, beside those that were raised."""
    from monitor.commands.whatif import compare

    compare(journals, policy, as_json=as_json)


@app.command()
def report(
    journals: JournalFiles,
    sustain: Annotated[
        str, typer.Option(help="Sustain times to try on every rule; '' for none.")
    ] = "0s,14s,19s",
    policy: Annotated[
        str | None, typer.Option(help="Report what these rules would have raised instead.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Alarm burden: how many, of what, when, how long, how answered, with which sustain time."""
    from monitor.commands.report import report_alarms

    report_alarms(journals, sustain, policy, as_json=as_json)


@policy_app.command("check")
def policy_check(
    file: Annotated[str, typer.Argument(help="A TOML file or a shipped name.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a policy, line by line."""
    from monitor.commands.policy import check

    if not check(file, as_json=as_json):
        raise typer.Exit(1)


@policy_app.command("show")
def policy_show(
    file: Annotated[str, typer.Argument(help="A TOML file or a shipped name.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say each rule in plain words."""
    from monitor.commands.policy import show

    show(file, as_json=as_json)


@journal_app.command("info")
def journal_info(journal: JournalFile, *, as_json: AsJson = False) -> None:
    """What a journal holds."""
    from monitor.commands.journal import info

    info(journal, as_json=as_json)


@journal_app.command("verify")
def journal_verify(journal: JournalFile, *, as_json: AsJson = False) -> None:
    """Tell whether any entry was changed or removed after it was recorded."""
    from monitor.commands.journal import verify

    if not verify(journal, as_json=as_json):
        raise typer.Exit(1)


@grafana_app.command("build")
def grafana_build(
    directory: Annotated[Path, typer.Argument(help="Where the files go.")] = Path("deploy/grafana"),
) -> None:
    """Write the dashboards and the provisioning files."""
    from monitor.commands.grafana import build_into

    build_into(directory)


@influx_app.command("setup")
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


@influx_app.command("deliver")
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


@user_app.command("add")
def user_add(
    name: UserName,
    role: Annotated[str, typer.Option(help="monitor, medical, researcher, rater or admin.")],
    accounts: AccountsFile = Path("accounts.toml"),
    *,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account; asks for its password."""
    from monitor.commands.user import add

    add(name, role, accounts, from_stdin=password_stdin)


@user_app.command("list")
def user_list(accounts: AccountsFile = Path("accounts.toml"), *, as_json: AsJson = False) -> None:
    """Names and roles."""
    from monitor.commands.user import show

    show(accounts, as_json=as_json)


@user_app.command("remove")
def user_remove(name: UserName, accounts: AccountsFile = Path("accounts.toml")) -> None:
    """Take an account away; whoever is logged in with it is out at once."""
    from monitor.commands.user import remove

    remove(name, accounts)


@user_app.command("password")
def user_password(
    name: UserName,
    accounts: AccountsFile = Path("accounts.toml"),
    *,
    password_stdin: FromStdin = False,
) -> None:
    """Give an account another password; whoever is logged in with it is out at once."""
    from monitor.commands.user import change_password

    change_password(name, accounts, from_stdin=password_stdin)


@token_app.command("add")
def token_add(
    name: UserName,
    role: Annotated[str, typer.Option(help="monitor, medical, researcher, rater or admin.")],
    accounts: AccountsFile = Path("accounts.toml"),
    expires: Annotated[
        str | None, typer.Option(help="In how long: 30d, 8h; default: never.")
    ] = None,
) -> None:
    """Make a token, and print it once."""
    from monitor.commands.token import add

    add(name, role, accounts, expires)


@token_app.command("list")
def token_list(accounts: AccountsFile = Path("accounts.toml"), *, as_json: AsJson = False) -> None:
    """Names, roles and ends."""
    from monitor.commands.token import show

    show(accounts, as_json=as_json)


@token_app.command("remove")
def token_remove(name: UserName, accounts: AccountsFile = Path("accounts.toml")) -> None:
    """Take a token away; it is refused at once."""
    from monitor.commands.token import remove

    remove(name, accounts)


@app.command()
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


@app.command("call-test")
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


def main() -> None:
    """Run the command line; expected trouble is one sentence on standard error and status 1."""
    try:
        app()
    except PhysiomonError as error:
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        sys.stderr.write(f"physiomon: {error}\n")
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has gone: `physiomon ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
