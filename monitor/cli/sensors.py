"""Commands for sensors: nearby ones, virtual ones, and what their payloads contain."""

import sys
from typing import Annotated

import typer

from monitor.cli.arguments import (
    AsJson,
)


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
