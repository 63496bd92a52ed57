"""Scenarios on the real BlueZ, by name."""

from collections.abc import Callable, Mapping

from tests.bluez.machine import Machine
from tests.bluez.report import Report
from tests.bluez.scenarios.adapters import full, two
from tests.bluez.scenarios.bonds import bonds, refused
from tests.bluez.scenarios.commands import doctor_and_scan
from tests.bluez.scenarios.connections import half_open, reconnect, values
from tests.bluez.scenarios.known_sensors import services, switched_off
from tests.bluez.scenarios.long_run import long_run
from tests.bluez.scenarios.other_programs import beside, crash
from tests.bluez.scenarios.outages import adapter, service

SCENARIOS: Mapping[str, Callable[[Machine, Report], None]] = {
    "commands": doctor_and_scan,
    "values": values,
    "reconnect": reconnect,
    "half-open": half_open,
    "service": service,
    "adapter": adapter,
    "two": two,
    "full": full,
    "bonds": bonds,
    "refused": refused,
    "services": services,
    "switched-off": switched_off,
    "beside": beside,
    "crash": crash,
    "long": long_run,
}
