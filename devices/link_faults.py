"""Faults of links and adapters: their source, and a message with the remedy. Pure.

Each message completes "... cannot be reached: ".
"""

import enum
from dataclasses import dataclass


class FaultSource(enum.Enum):
    """The source of a fault, which determines the remedy."""

    SENSOR = "sensor"  # trying again may help
    BOND = "bond"  # pairing may help
    GATT = "gatt"  # the cached services are out of date: discover them again
    ADAPTER = "adapter"  # another adapter may help
    FULL = "full"  # another adapter may help; this one keeps its connections
    SYSTEM = "system"  # requires a person


@dataclass(frozen=True, slots=True)
class LinkFault:
    """A failed connection or scan.

    Attributes:
        source: the source of the fault.
        message: problem and remedy, without a full stop.
    """

    source: FaultSource
    message: str


RETRYING = "retrying"
BUSY = LinkFault(FaultSource.SENSOR, f"the Bluetooth adapter is busy: {RETRYING}")
NO_RESPONSE = LinkFault(
    FaultSource.SENSOR,
    "it was heard but does not respond: another phone or watch may be connected to it, or it is "
    "out of range",
)
NO_RESPONSE_PAIRED = LinkFault(
    FaultSource.SENSOR,
    "it was heard but does not respond, and is paired: it may have lost its bond with this "
    "computer; if switching it off and on does not help, remove the bond (bluetoothctl remove "
    "ADDRESS) and press its pairing button",
)
NO_RESPONSE_CROWDED = LinkFault(
    FaultSource.SENSOR,
    "it was heard but does not respond: the Bluetooth adapter may have no free connection, "
    "another phone or watch may be connected to it, or it is out of range",
)
REFUSED = LinkFault(
    FaultSource.SENSOR, "it refuses the connection: disconnect it from phones and watches"
)
CONNECTION_BROKE = LinkFault(
    FaultSource.SENSOR,
    "the connection broke during setup: move sensor and adapter closer together, check its battery",
)
ABORTED = LinkFault(
    FaultSource.SENSOR,
    f"the connection was aborted: move sensor and adapter closer together; {RETRYING}",
)
NOT_FOUND = LinkFault(
    FaultSource.SENSOR, "it was heard but has disappeared: check that it is on, worn and near"
)
IN_USE = LinkFault(
    FaultSource.SENSOR,
    f"another program on this computer is connected to it: close it; {RETRYING}",
)
SERVICES_CHANGED = LinkFault(
    FaultSource.GATT, f"its Bluetooth services have changed: they are read again; {RETRYING}"
)
ATT_ERROR = LinkFault(
    FaultSource.SENSOR,
    "it responds with an error: switch it off and on; if that does not help, check its kind in the "
    "configuration",
)
UNSPECIFIC_ERROR = LinkFault(
    FaultSource.SENSOR,
    "it responds with an unspecific error: it may require pairing (press its pairing button); "
    "otherwise switch it off and on",
)
BOND = LinkFault(
    FaultSource.BOND,
    "it requires pairing: press its pairing button; if it was paired before, remove the old bond "
    "on both sides (bluetoothctl remove ADDRESS)",
)
NO_SUBSCRIPTION = LinkFault(
    FaultSource.BOND,
    "it is connected but does not accept the subscription; it may require pairing and refuse it: "
    "remove the old bond (bluetoothctl remove ADDRESS) and press its pairing button",
)
PAIRING_FAILED = LinkFault(
    FaultSource.BOND,
    "pairing was refused: remove the old bond (bluetoothctl remove ADDRESS), press the sensor's "
    "pairing button and try again",
)
PAIRING_TIMED_OUT = LinkFault(
    FaultSource.BOND, "pairing timed out: hold the sensor's pairing button until it blinks"
)
BOND_LOST = LinkFault(
    FaultSource.BOND,
    "it has lost its bond with this computer: remove the old bond (bluetoothctl remove ADDRESS) "
    "and press its pairing button",
)
OFF = LinkFault(FaultSource.ADAPTER, "Bluetooth is off: switch it on (bluetoothctl power on)")
BLOCKED = LinkFault(
    FaultSource.ADAPTER, "Bluetooth is blocked: unblock it (rfkill unblock bluetooth)"
)
NO_ADAPTER = LinkFault(FaultSource.ADAPTER, "this computer has no Bluetooth adapter: plug one in")
UNPLUGGED = LinkFault(FaultSource.ADAPTER, "the Bluetooth adapter was removed: plug it in again")
ADAPTER_FAILS = LinkFault(
    FaultSource.ADAPTER, "the Bluetooth adapter has failed: unplug it and plug it in again"
)
CLASSIC = LinkFault(
    FaultSource.ADAPTER,
    "this Bluetooth adapter does not support Low Energy: use one with Bluetooth 4.0 or later",
)
FULL = LinkFault(
    FaultSource.FULL,
    "the Bluetooth adapter has no free connection: plug in a second one, or end other connections",
)
NOT_ALLOWED = LinkFault(
    FaultSource.SYSTEM,
    "Bluetooth is not permitted: add this user to the group 'bluetooth' and log in again",
)
REFUSED_BY_USER = LinkFault(
    FaultSource.SYSTEM, "Bluetooth is not permitted: allow it in the system settings"
)
NO_SERVICE = LinkFault(
    FaultSource.SYSTEM,
    "the Bluetooth service is not running: start it (systemctl start bluetooth)",
)
SERVICE_DISABLED = LinkFault(
    FaultSource.SYSTEM,
    "the Bluetooth service is not enabled: enable it (systemctl unmask bluetooth, then "
    "systemctl enable --now bluetooth)",
)
SERVICE_UNRESPONSIVE = LinkFault(
    FaultSource.SYSTEM,
    "the Bluetooth service does not respond: restart it (systemctl restart bluetooth)",
)
TOO_OLD = LinkFault(FaultSource.SYSTEM, "BlueZ is too old: install version 5.55 or later")
INCOMPATIBLE = LinkFault(
    FaultSource.SYSTEM,
    "the Bluetooth service rejects a request of this program: update BlueZ and bleak",
)

PAIR_IN_SETTINGS = LinkFault(
    FaultSource.BOND, "it requires pairing: pair it in the system's Bluetooth settings"
)

_ANY_ADAPTER = (ATT_ERROR, UNSPECIFIC_ERROR)


def may_be_adapter(fault: LinkFault) -> bool:
    """Return whether a fault may not occur on another adapter."""
    sources = (FaultSource.SENSOR, FaultSource.ADAPTER, FaultSource.FULL)
    return fault.source in sources and fault not in _ANY_ADAPTER
