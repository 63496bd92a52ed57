"""`physiomon scan`: sensors nearby."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

from devices.scanner import (
    UNKNOWN_RSSI,
    ScanResult,
    config_lines,
    scan,
    setup_hint,
    signal_text,
    suggested_label,
)
from monitor.commands.output import print_error, print_json, print_lines, print_rows
from monitor.logs import start_logs
from monitor.service.radio import radio_of


def scan_nearby(
    seconds: float, shared_radio: str | None = None, adapter: str | None = None, *, as_json: bool
) -> None:
    """Print the sensors that an adapter of this machine hears, or those on a shared virtual radio.

    Raises:
        AdapterError: there is no adapter, or it cannot be used.
        ConfigError: the shared radio is not on this machine.
    """
    if shared_radio is not None:
        start_logs()
    show(asyncio.run(_scan(shared_radio, seconds, adapter)), as_json=as_json)


async def _scan(shared_radio: str | None, seconds: float, adapter: str | None) -> list[ScanResult]:
    async with radio_of(shared_radio) as radio:
        if await radio.service.scanning():
            print_error("another program on this computer is scanning; its results are included")
        return await scan(radio, seconds, adapter)


def show(found: Sequence[ScanResult], *, as_json: bool) -> None:
    """Print the sensors that were found, and configuration lines to paste."""
    labels = dict(_labels(found))
    if as_json:
        print_json(
            [
                {
                    "address": sensor.address,
                    "name": sensor.name,
                    "rssi": None if sensor.rssi == UNKNOWN_RSSI else sensor.rssi,
                    "kind": sensor.kind.name if sensor.kind else None,
                    "measures": list(sensor.kind.signals) if sensor.kind else [],
                    "needs": setup_hint(sensor),
                    "services": list(sensor.services),
                    "config": config_lines(sensor, labels[sensor.address]) if sensor.kind else None,
                }
                for sensor in found
            ]
        )
        return
    print_rows(
        ("address", "name", "signal", "kind", "measures", "needs"),
        (
            (
                sensor.address,
                sensor.name or "-",
                signal_text(sensor),
                sensor.kind.label if sensor.kind else "unknown",
                ", ".join(sensor.kind.signals) if sensor.kind else "-",
                setup_hint(sensor),
            )
            for sensor in found
        ),
    )
    for sensor in found:
        if sensor.kind:
            print_lines("\n" + config_lines(sensor, labels[sensor.address]))


def _labels(found: Sequence[ScanResult]) -> Iterator[tuple[str, str]]:
    """Yield each address with a label; labels are unique, as a configuration requires."""
    seen: Counter[str] = Counter()
    for sensor in found:
        label = suggested_label(sensor)
        seen[label] += 1
        yield sensor.address, label if seen[label] == 1 else f"{label}-{seen[label]}"
