"""`physiomon scan`: who is nearby."""

import asyncio

from devices.radio import Radio
from devices.scanner import config_lines, scan
from monitor.commands.output import print_json, print_rows


def scan_nearby(seconds: float, *, as_json: bool) -> None:
    """Print the sensors that this machine's Bluetooth adapter hears.

    Raises:
        LinkError: there is no adapter, or it cannot be used.
    """
    found = asyncio.run(scan(Radio(), seconds))
    if as_json:
        print_json(
            [
                {
                    "address": sensor.address,
                    "name": sensor.name,
                    "rssi": sensor.rssi,
                    "kind": sensor.kind.name if sensor.kind else None,
                    "services": list(sensor.services),
                    "config": config_lines(sensor) if sensor.kind else None,
                }
                for sensor in found
            ]
        )
        return
    print_rows(
        ("address", "name", "signal", "what it is"),
        (
            (s.address, s.name or "-", f"{s.rssi} dBm", s.kind.label if s.kind else "unknown")
            for s in found
        ),
    )
    for sensor in found:
        if sensor.kind:
            print()  # noqa: T201
            print(config_lines(sensor))  # noqa: T201
