"""`physiomon scan`: sensors nearby."""

import asyncio
from collections.abc import Sequence

from devices.found_sensor import config_lines, likely_kind, setup_hint
from devices.scanner import UNKNOWN_RSSI, ScanResult, scan, signal_text
from monitor.commands.output import (
    print_error,
    print_json,
    print_lines,
    print_rows_cut,
)
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
    lines = config_lines(found)
    if as_json:
        print_json([_facts(sensor, lines.get(sensor.address)) for sensor in found])
        return
    print_rows_cut(
        ("address", "type", "signal", "kind", "name"),
        (
            (
                sensor.address,
                sensor.address_kind.value,
                signal_text(sensor),
                _kind_name(sensor),
                sensor.name or "-",
            )
            for sensor in found
        ),
    )
    for text in lines.values():
        print_lines("\n" + text)


def _kind_name(found: ScanResult) -> str:
    kind = likely_kind(found)
    if kind is None:
        return "unknown"
    return kind.name if found.kind is kind else f"{kind.name}?"


def _facts(found: ScanResult, config: str | None) -> dict[str, object]:
    kind = likely_kind(found)
    return {
        "address": found.address,
        "address_type": found.address_kind.value,
        "name": found.name,
        "rssi": None if found.rssi == UNKNOWN_RSSI else found.rssi,
        "kind": found.kind.name if found.kind else None,
        "measures": list(kind.signals) if kind else [],
        "needs": setup_hint(found),
        "services": list(found.services),
        "config": config,
    }
