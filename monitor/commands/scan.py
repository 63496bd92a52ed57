"""`physiomon scan`: who is nearby."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

from devices.scanner import Found, config_lines, label_of, needs, scan
from monitor.commands.output import print_json, print_rows
from monitor.logs import start_logs
from monitor.service.radio import radio_of


def scan_nearby(
    seconds: float, air: str | None = None, adapter: str | None = None, *, as_json: bool
) -> None:
    """Print the sensors that an adapter of this machine hears, or those of a virtual air.

    Raises:
        AdapterError: there is no adapter, or it cannot be used.
        ConfigError: the virtual air is none of this machine.
    """
    if air is not None:
        start_logs()
    show(asyncio.run(_scan(air, seconds, adapter)), as_json=as_json)


async def _scan(air: str | None, seconds: float, adapter: str | None) -> list[Found]:
    async with radio_of(air) as radio:
        return await scan(radio, seconds, adapter)


def show(found: Sequence[Found], *, as_json: bool) -> None:
    """Print what was heard, and lines for the configuration that can be pasted as they are."""
    labels = dict(_labels(found))
    if as_json:
        print_json(
            [
                {
                    "address": sensor.address,
                    "name": sensor.name,
                    "rssi": sensor.rssi,
                    "kind": sensor.kind.name if sensor.kind else None,
                    "measures": list(sensor.kind.signals) if sensor.kind else [],
                    "needs": needs(sensor),
                    "services": list(sensor.services),
                    "config": config_lines(sensor, labels[sensor.address]) if sensor.kind else None,
                }
                for sensor in found
            ]
        )
        return
    print_rows(
        ("address", "name", "signal", "what it is", "measures", "needs"),
        (
            (
                sensor.address,
                sensor.name or "-",
                f"{sensor.rssi} dBm",
                sensor.kind.label if sensor.kind else "unknown",
                ", ".join(sensor.kind.signals) if sensor.kind else "-",
                needs(sensor),
            )
            for sensor in found
        ),
    )
    for sensor in found:
        if sensor.kind:
            print()  # noqa: T201
            print(config_lines(sensor, labels[sensor.address]))  # noqa: T201


def _labels(found: Sequence[Found]) -> Iterator[tuple[str, str]]:
    """Yield address and label; no two labels are the same, as a configuration wants it."""
    seen: Counter[str] = Counter()
    for sensor in found:
        label = label_of(sensor)
        seen[label] += 1
        yield sensor.address, label if seen[label] == 1 else f"{label}-{seen[label]}"
