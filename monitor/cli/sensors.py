"""Commands for sensors: scan, virtual sensors, payload decoder."""

import sys
from typing import Annotated

import typer

from monitor.cli.arguments import (
    AsJson,
)


def scan(
    seconds: Annotated[
        float, typer.Option(min=0.5, max=300, help="Duration of the search in seconds.")
    ] = 10.0,
    shared_radio: Annotated[
        str | None,
        typer.Option(help="Address of a shared radio to search on, such as 127.0.0.1:7300."),
    ] = None,
    adapter: Annotated[
        str | None, typer.Option(help="Bluetooth adapter, such as hci1; by default the system's.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Search for sensors nearby, and print the configuration that they need."""
    from monitor.commands.scan import scan_nearby

    if adapter is not None and shared_radio is not None:
        raise typer.BadParameter(
            "--adapter and --shared-radio cannot be combined; give one of them"
        )
    scan_nearby(seconds, shared_radio, adapter, as_json=as_json)


def virtual(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="Kind of the sensor, or 'shared-radio'.")
    ],
    name: Annotated[str | None, typer.Option(help="Advertised name; by default the kind.")] = None,
    address: Annotated[
        str | None, typer.Option(help="Address; by default derived from the name.")
    ] = None,
    faults: Annotated[
        str, typer.Option(help="Faults KIND@START+LENGTH, times in seconds, separated by commas.")
    ] = "",
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Duration in minutes; by default until Ctrl-C.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated body.")] = 1,
    every: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds between measurements.")
    ] = None,
    advert_format: Annotated[
        str, typer.Option("--format", help="Advertising format of a broadcast thermometer.")
    ] = "bthome",
    key: Annotated[
        str | None, typer.Option(help="Key that encrypts broadcasts: 32 hexadecimal digits.")
    ] = None,
    drift: Annotated[float, typer.Option(help="Drift of the sensor's clock, in ppm.")] = 0.0,
    shared_radio: Annotated[
        str | None, typer.Option(help="Address of a shared radio to join: 127.0.0.1:PORT.")
    ] = None,
    transport: Annotated[
        str | None,
        typer.Option(help="Real controller to use, as Bumble names it: usb:0, hci-socket:0."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of a shared radio (0 = any free port).")
    ] = 7300,
) -> None:
    """Run a virtual sensor that other programs can find, or the radio that they share."""
    from devices.errors import LinkError
    from devices.virtual.faults import parse_fault
    from devices.virtual.peripherals.catalog import VirtualSensorConfig
    from monitor.commands.virtual import device_clock, run_sensor, run_shared_radio

    if kind == "shared-radio":
        run_shared_radio(port, minutes)
        return
    if shared_radio is not None and transport is not None:
        raise typer.BadParameter(
            "--shared-radio and --transport cannot be combined; give one of them"
        )
    try:
        failing = [parse_fault(each.strip()) for each in faults.split(",") if each.strip()]
    except ValueError as error:
        raise LinkError(str(error)) from None
    config = VirtualSensorConfig(
        kind=kind,
        name=name,
        address=address,
        faults=failing,
        seed=seed,
        every_s=every,
        advert_format=advert_format,
        key=key,
        drift_ppm=drift,
        clock=device_clock,
    )
    run_sensor(config, transport, shared_radio, minutes)


def decode(
    characteristic: Annotated[
        str,
        typer.Argument(
            metavar="UUID",
            help="UUID of the characteristic, such as 2A37; or - for standard input.",
        ),
    ],
    payload: Annotated[str | None, typer.Argument(metavar="HEX", help="Payload in hex.")] = None,
) -> None:
    """Decode a payload to JSON. With '-', read lines 'UUID HEX' from standard input."""
    from monitor.commands.decode import decode_lines, decode_one

    if characteristic == "-":
        if payload is not None:
            raise typer.BadParameter("'-' reads the payloads from standard input; leave HEX out")
        ok = decode_lines(sys.stdin)
    elif payload is None:
        raise typer.BadParameter('give the payload in hex, such as "10 5A 00 08"')
    else:
        ok = decode_one(characteristic, payload)
    if not ok:
        raise typer.Exit(1)
