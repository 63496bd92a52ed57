"""Diagnosis of Bluetooth errors: the source of the fault and a message with the remedy. Pure.

Error names are those of BlueZ and D-Bus as bleak 3.1 passes them on; details are those of BlueZ's
`src/error.h` (5.66) and of the kernel. Each message completes "... cannot be reached: ".
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

# Exceptions of bleak and of the Bluetooth stacks under it; any other is a bug in physiomon.
BLUETOOTH_ERRORS = (BleakError, OSError, EOFError)


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


_RETRYING = "retrying"
_BUSY = LinkFault(FaultSource.SENSOR, f"the Bluetooth adapter is busy: {_RETRYING}")
_NO_RESPONSE = LinkFault(
    FaultSource.SENSOR,
    "it was heard but does not respond: another phone or watch may be connected to it, or it is "
    "out of range",
)
_REFUSED = LinkFault(
    FaultSource.SENSOR, "it refuses the connection: disconnect it from phones and watches"
)
_CONNECTION_BROKE = LinkFault(
    FaultSource.SENSOR,
    "the connection broke during setup: move sensor and adapter closer together, check its battery",
)
_NOT_FOUND = LinkFault(
    FaultSource.SENSOR, "it was heard but has disappeared: check that it is on, worn and near"
)
IN_USE = LinkFault(
    FaultSource.SENSOR,
    f"another program on this computer is connected to it: close it; {_RETRYING}",
)
SERVICES_CHANGED = LinkFault(
    FaultSource.GATT, f"its Bluetooth services have changed: they are read again; {_RETRYING}"
)
_ATT_ERROR = LinkFault(
    FaultSource.SENSOR,
    "it responds with an error: switch it off and on; if that does not help, check its kind in the "
    "configuration",
)
_BOND = LinkFault(
    FaultSource.BOND,
    "it requires pairing: press its pairing button; if it was paired before, remove the old bond "
    "on both sides (bluetoothctl remove ADDRESS)",
)
PAIRING_FAILED = LinkFault(
    FaultSource.BOND,
    "pairing was refused: remove the old bond (bluetoothctl remove ADDRESS), press the sensor's "
    "pairing button and try again",
)
PAIRING_TIMED_OUT = LinkFault(
    FaultSource.BOND, "pairing timed out: hold the sensor's pairing button until it blinks"
)
_BOND_LOST = LinkFault(
    FaultSource.BOND,
    "it has lost its bond with this computer: remove the old bond (bluetoothctl remove ADDRESS) "
    "and press its pairing button",
)
_OFF = LinkFault(FaultSource.ADAPTER, "Bluetooth is off: switch it on (bluetoothctl power on)")
_BLOCKED = LinkFault(
    FaultSource.ADAPTER, "Bluetooth is blocked: unblock it (rfkill unblock bluetooth)"
)
_NO_ADAPTER = LinkFault(FaultSource.ADAPTER, "this computer has no Bluetooth adapter: plug one in")
_UNPLUGGED = LinkFault(FaultSource.ADAPTER, "the Bluetooth adapter was removed: plug it in again")
_ADAPTER_FAILS = LinkFault(
    FaultSource.ADAPTER, "the Bluetooth adapter has failed: unplug it and plug it in again"
)
_CLASSIC = LinkFault(
    FaultSource.ADAPTER,
    "this Bluetooth adapter does not support Low Energy: use one with Bluetooth 4.0 or later",
)
_FULL = LinkFault(
    FaultSource.FULL,
    "the Bluetooth adapter has no free connection: plug in a second one, or end other connections",
)
_NOT_ALLOWED = LinkFault(
    FaultSource.SYSTEM,
    "Bluetooth is not permitted: add this user to the group 'bluetooth' and log in again",
)
_REFUSED_BY_USER = LinkFault(
    FaultSource.SYSTEM, "Bluetooth is not permitted: allow it in the system settings"
)
_NO_SERVICE = LinkFault(
    FaultSource.SYSTEM,
    "the Bluetooth service is not running: start it (systemctl start bluetooth)",
)
SERVICE_UNRESPONSIVE = LinkFault(
    FaultSource.SYSTEM,
    "the Bluetooth service does not respond: restart it (systemctl restart bluetooth)",
)
_TOO_OLD = LinkFault(FaultSource.SYSTEM, "BlueZ is too old: install version 5.55 or later")
_INCOMPATIBLE = LinkFault(
    FaultSource.SYSTEM,
    "the Bluetooth service rejects a request of this program: update BlueZ and bleak",
)

PAIR_IN_SETTINGS = LinkFault(
    FaultSource.BOND, "it requires pairing: pair it in the system's Bluetooth settings"
)

_REASONS: Mapping[BleakBluetoothNotAvailableReason, LinkFault] = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: _NO_ADAPTER,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: _CLASSIC,
    BleakBluetoothNotAvailableReason.POWERED_OFF: _OFF,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: _REFUSED_BY_USER,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: _NOT_ALLOWED,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: _NOT_ALLOWED,
}

# By the last part of org.bluez.Error.* and org.freedesktop.DBus.Error.*.
_NAMES: Mapping[str, LinkFault] = {
    "InProgress": _BUSY,
    "Busy": _BUSY,
    "AlreadyConnected": IN_USE,
    "NotAvailable": _NOT_FOUND,
    "NotConnected": _CONNECTION_BROKE,
    "DoesNotExist": _NOT_FOUND,
    "NotReady": _OFF,
    "NoSuchAdapter": _UNPLUGGED,
    "NotAuthorized": _BOND,
    "NotPermitted": _BOND,
    "AuthenticationFailed": PAIRING_FAILED,
    "AuthenticationRejected": PAIRING_FAILED,
    "AuthenticationCanceled": PAIRING_FAILED,
    "AuthenticationTimeout": PAIRING_TIMED_OUT,
    "ConnectionAttemptFailed": _NO_RESPONSE,
    "AlreadyExists": _BOND_LOST,
    "AgentNotAvailable": PAIR_IN_SETTINGS,
    "NotSupported": _ATT_ERROR,
    "InvalidLength": _ATT_ERROR,
    "ImproperlyConfigured": _ATT_ERROR,
    "Rejected": _REFUSED,
    "InvalidArguments": _INCOMPATIBLE,
    "InvalidArgs": _INCOMPATIBLE,
    "UnknownMethod": _INCOMPATIBLE,
    "UnknownInterface": _INCOMPATIBLE,
    "UnknownProperty": _INCOMPATIBLE,
    "UnknownObject": _NOT_FOUND,
    "AccessDenied": _NOT_ALLOWED,
    "AuthFailed": _NOT_ALLOWED,
    "ServiceUnknown": _NO_SERVICE,
    "NameHasNoOwner": _NO_SERVICE,
    "Disconnected": _NO_SERVICE,
    "NoServer": _NO_SERVICE,
    "NoReply": SERVICE_UNRESPONSIVE,
    "Timeout": SERVICE_UNRESPONSIVE,
    "TimedOut": SERVICE_UNRESPONSIVE,
    "LimitsExceeded": SERVICE_UNRESPONSIVE,
    "NoMemory": SERVICE_UNRESPONSIVE,
}

# By text in the details of any error, which is more specific than its name. The first match counts.
_DETAILS: tuple[tuple[str, LinkFault], ...] = (
    ("blocked through rfkill", _BLOCKED),
    ("concurrent-connection-limit", _FULL),
    ("connection limit exceeded", _FULL),
    ("too many links", _FULL),
    ("limited resources", _FULL),
    ("adapter-not-powered", _OFF),
    ("resource not ready", _OFF),
    ("not powered", _OFF),
    ("memory-allocation", _ADAPTER_FAILS),
    ("create-socket", _ADAPTER_FAILS),
    ("bad-socket", _ADAPTER_FAILS),
    ("input/output error", _ADAPTER_FAILS),
    ("no such device", _UNPLUGGED),
    ("no such adapter", _UNPLUGGED),
    ("network is down", _OFF),
    ("key-missing", _BOND_LOST),
    ("key missing", _BOND_LOST),
    ("cryptography", _BOND_LOST),
    ("mic failure", _BOND_LOST),
    ("authentication", _BOND),
    ("insufficient encryption", _BOND),
    ("not paired", _BOND),
    ("already-connected", IN_USE),
    ("notify acquired", IN_USE),
    ("gatt-browsing", _CONNECTION_BROKE),
    ("abort-by-remote", _CONNECTION_BROKE),
    ("abort-by-local", _CONNECTION_BROKE),
    ("aborted-by-remote", _CONNECTION_BROKE),
    ("aborted-by-local", _CONNECTION_BROKE),
    ("connection abort", _CONNECTION_BROKE),
    ("connection reset", _CONNECTION_BROKE),
    ("protocol-error", _CONNECTION_BROKE),
    ("-canceled", _CONNECTION_BROKE),
    ("-busy", _BUSY),
    ("in progress", _BUSY),
    ("-refused", _REFUSED),
    ("connection refused", _REFUSED),
    ("-timeout", _NO_RESPONSE),
    ("timed out", _NO_RESPONSE),
    ("host is down", _NO_RESPONSE),
    ("host-down", _NO_RESPONSE),
    ("did not receive a reply", SERVICE_UNRESPONSIVE),
    ("not-supported", _ATT_ERROR),
    ("profile-unavailable", _ATT_ERROR),
)

# By text in bleak's own messages, for errors without a type.
_BLEAK_MESSAGES: tuple[tuple[str, LinkFault], ...] = (
    ("bluez >= 5.55", _TOO_OLD),
    ("adapter '", _UNPLUGGED),
    ("device '", _NOT_FOUND),
    ("disconnected", _CONNECTION_BROKE),
    ("not connected", _CONNECTION_BROKE),
)

# By error code of the attribute protocol. Source: Core 5.2, Vol 3, Part F, table 3.4.
_GATT: Mapping[int, LinkFault] = {
    0x01: SERVICES_CHANGED,
    0x0A: SERVICES_CHANGED,
    0x12: SERVICES_CHANGED,
    0x05: _BOND,
    0x08: _BOND,
    0x0C: _BOND,
    0x0F: _BOND,
    0x0E: _ATT_ERROR,
    0xFE: _BUSY,
}


def diagnose(error: BaseException) -> LinkFault:
    """Return the fault behind an error; an unknown error keeps its own text."""
    match error:
        case BleakBluetoothNotAvailableError() if error.reason in _REASONS:
            return _REASONS[error.reason]
        case BleakGATTProtocolError():
            return _GATT.get(int(error.args[0]), _ATT_ERROR)
        case BleakDBusError():
            details = " ".join(map(str, error.args[1:]))
            name = error.dbus_error.rpartition(".")[2]
            return _match(details, _DETAILS) or _NAMES.get(name) or _unknown(error)
        case BleakDeviceNotFoundError():
            return _NOT_FOUND
        case BleakError():
            said = str(error)
            return _match(said, _DETAILS) or _match(said, _BLEAK_MESSAGES) or _unknown(error)
        case TimeoutError():
            return _NO_RESPONSE
        case FileNotFoundError() | ConnectionRefusedError() | EOFError() | BrokenPipeError():
            return _NO_SERVICE
        case ConnectionResetError():
            return _NO_SERVICE
        case PermissionError():
            return _NOT_ALLOWED
        case _:
            return _unknown(error)


def _match(text: str, table: tuple[tuple[str, LinkFault], ...]) -> LinkFault | None:
    low = text.lower()
    return next((fault for part, fault in table if part in low), None)


def _unknown(error: BaseException) -> LinkFault:
    message = " ".join(str(error).split()) or type(error).__name__
    return LinkFault(
        FaultSource.SENSOR,
        f"Bluetooth error ({message}): {_RETRYING}; see 'physiomon doctor'",
    )
