"""What is wrong when Bluetooth fails: whose fault it is, and one sentence on what to do. Pure.

The names are those of BlueZ and D-Bus as bleak 3.1 hands them on; the details are those of BlueZ's
`src/error.h` (5.66) and of the kernel. Each text completes "... cannot be reached: ".
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

# What bleak and the Bluetooth stacks under it raise; anything else is a mistake of ours.
FAILURES = (BleakError, OSError, EOFError)


class Blame(enum.Enum):
    """Whose trouble it is, which tells what may help."""

    SENSOR = "sensor"  # trying again may help
    BOND = "bond"  # pairing may help
    GATT = "gatt"  # what is known of the sensor is out of date: learn its services anew
    ADAPTER = "adapter"  # another adapter may help
    FULL = "full"  # another adapter may help; this one serves those that it has
    SYSTEM = "system"  # only a person can help


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failure.

    Attributes:
        blame: whose it is.
        words: what is wrong and what to do, without a full stop.
    """

    blame: Blame
    words: str


_AGAIN = "it is tried again"
_BUSY = Trouble(Blame.SENSOR, f"the Bluetooth adapter is busy: {_AGAIN}")
_SILENT = Trouble(
    Blame.SENSOR,
    "it was heard, but does not answer: another phone or watch may hold it, or it is too far away",
)
_REFUSED = Trouble(
    Blame.SENSOR, "it refuses the connection: end its connection to other phones and watches"
)
_BROKE = Trouble(
    Blame.SENSOR,
    "the connection broke while it was made: bring sensor and adapter closer, check its battery",
)
_GONE = Trouble(Blame.SENSOR, "it was heard, but has gone: is it on, worn and near?")
_HELD = Trouble(
    Blame.SENSOR, f"another program of this computer holds it: close that one; {_AGAIN}"
)
CHANGED = Trouble(Blame.GATT, f"what it offers has changed: its services are read anew, {_AGAIN}")
_ODD = Trouble(
    Blame.SENSOR,
    "it answers with an error: switch it off and on; if that does not help, check its kind in the "
    "configuration",
)
_BOND = Trouble(
    Blame.BOND,
    "it wants to be paired: press its pairing button; if it was paired before, remove the old bond "
    "on both sides (bluetoothctl remove ADDRESS)",
)
PAIRING_FAILED = Trouble(
    Blame.BOND,
    "pairing was refused: remove the old bond (bluetoothctl remove ADDRESS), press the sensor's "
    "pairing button, and try again",
)
BOND_LATE = Trouble(
    Blame.BOND, "pairing took too long: hold the sensor's pairing button until it blinks"
)
_KEY_GONE = Trouble(
    Blame.BOND,
    "it has forgotten this computer: remove the old bond (bluetoothctl remove ADDRESS) and press "
    "its pairing button",
)
_OFF = Trouble(Blame.ADAPTER, "Bluetooth is off: switch it on (bluetoothctl power on)")
_BLOCKED = Trouble(Blame.ADAPTER, "Bluetooth is blocked: unblock it (rfkill unblock bluetooth)")
_NO_ADAPTER = Trouble(Blame.ADAPTER, "this computer has no Bluetooth adapter: plug one in")
_UNPLUGGED = Trouble(Blame.ADAPTER, "the Bluetooth adapter has gone: plug it in again")
_WEDGED = Trouble(Blame.ADAPTER, "the Bluetooth adapter fails: unplug it and plug it in again")
_CLASSIC = Trouble(
    Blame.ADAPTER, "this Bluetooth adapter has no Low Energy: plug in one with Bluetooth 4.0 or up"
)
_FULL = Trouble(
    Blame.FULL,
    "the Bluetooth adapter has no connection left: plug in a second one, or end other connections",
)
_NOT_ALLOWED = Trouble(
    Blame.SYSTEM, "Bluetooth is not permitted: add this user to the group 'bluetooth', log in again"
)
_REFUSED_BY_USER = Trouble(
    Blame.SYSTEM, "Bluetooth is not permitted: allow it in the system's settings"
)
_NO_SERVICE = Trouble(
    Blame.SYSTEM,
    "the Bluetooth service does not run: start it (systemctl start bluetooth)",
)
SERVICE_HANGS = Trouble(
    Blame.SYSTEM,
    "the Bluetooth service does not answer: restart it (systemctl restart bluetooth)",
)
_TOO_OLD = Trouble(Blame.SYSTEM, "BlueZ is too old: install 5.55 or newer")
_OURS = Trouble(
    Blame.SYSTEM, "the Bluetooth service does not understand this program: update BlueZ and bleak"
)

PAIR_BY_HAND = Trouble(
    Blame.BOND, "it wants to be paired: pair it in the system's Bluetooth settings"
)

_REASONS: Mapping[BleakBluetoothNotAvailableReason, Trouble] = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: _NO_ADAPTER,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: _CLASSIC,
    BleakBluetoothNotAvailableReason.POWERED_OFF: _OFF,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: _REFUSED_BY_USER,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: _NOT_ALLOWED,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: _NOT_ALLOWED,
}

# By the last word of org.bluez.Error.* and org.freedesktop.DBus.Error.*.
_NAMES: Mapping[str, Trouble] = {
    "InProgress": _BUSY,
    "Busy": _BUSY,
    "AlreadyConnected": _HELD,
    "NotAvailable": _GONE,
    "NotConnected": _BROKE,
    "DoesNotExist": _GONE,
    "NotReady": _OFF,
    "NoSuchAdapter": _UNPLUGGED,
    "NotAuthorized": _BOND,
    "NotPermitted": _BOND,
    "AuthenticationFailed": PAIRING_FAILED,
    "AuthenticationRejected": PAIRING_FAILED,
    "AuthenticationCanceled": PAIRING_FAILED,
    "AuthenticationTimeout": BOND_LATE,
    "ConnectionAttemptFailed": _SILENT,
    "AlreadyExists": _KEY_GONE,
    "AgentNotAvailable": PAIR_BY_HAND,
    "NotSupported": _ODD,
    "InvalidLength": _ODD,
    "ImproperlyConfigured": _ODD,
    "Rejected": _REFUSED,
    "InvalidArguments": _OURS,
    "InvalidArgs": _OURS,
    "UnknownMethod": _OURS,
    "UnknownInterface": _OURS,
    "UnknownProperty": _OURS,
    "UnknownObject": _GONE,
    "AccessDenied": _NOT_ALLOWED,
    "AuthFailed": _NOT_ALLOWED,
    "ServiceUnknown": _NO_SERVICE,
    "NameHasNoOwner": _NO_SERVICE,
    "Disconnected": _NO_SERVICE,
    "NoServer": _NO_SERVICE,
    "NoReply": SERVICE_HANGS,
    "Timeout": SERVICE_HANGS,
    "TimedOut": SERVICE_HANGS,
    "LimitsExceeded": SERVICE_HANGS,
    "NoMemory": SERVICE_HANGS,
}

# By what the details of any error contain; a detail says more than the name. First match counts.
_DETAILS: tuple[tuple[str, Trouble], ...] = (
    ("blocked through rfkill", _BLOCKED),
    ("concurrent-connection-limit", _FULL),
    ("connection limit exceeded", _FULL),
    ("too many links", _FULL),
    ("limited resources", _FULL),
    ("adapter-not-powered", _OFF),
    ("resource not ready", _OFF),
    ("not powered", _OFF),
    ("memory-allocation", _WEDGED),
    ("create-socket", _WEDGED),
    ("bad-socket", _WEDGED),
    ("input/output error", _WEDGED),
    ("no such device", _UNPLUGGED),
    ("no such adapter", _UNPLUGGED),
    ("network is down", _OFF),
    ("key-missing", _KEY_GONE),
    ("key missing", _KEY_GONE),
    ("cryptography", _KEY_GONE),
    ("mic failure", _KEY_GONE),
    ("authentication", _BOND),
    ("insufficient encryption", _BOND),
    ("not paired", _BOND),
    ("already-connected", _HELD),
    ("gatt-browsing", _BROKE),
    ("abort-by-remote", _BROKE),
    ("abort-by-local", _BROKE),
    ("aborted-by-remote", _BROKE),
    ("aborted-by-local", _BROKE),
    ("connection abort", _BROKE),
    ("connection reset", _BROKE),
    ("protocol-error", _BROKE),
    ("-canceled", _BROKE),
    ("-busy", _BUSY),
    ("in progress", _BUSY),
    ("-refused", _REFUSED),
    ("connection refused", _REFUSED),
    ("-timeout", _SILENT),
    ("timed out", _SILENT),
    ("host is down", _SILENT),
    ("host-down", _SILENT),
    ("did not receive a reply", SERVICE_HANGS),
    ("not-supported", _ODD),
    ("profile-unavailable", _ODD),
)

# What bleak itself says where it has no type for it.
_SAYINGS: tuple[tuple[str, Trouble], ...] = (
    ("bluez >= 5.55", _TOO_OLD),
    ("adapter '", _UNPLUGGED),
    ("device '", _GONE),
    ("disconnected", _BROKE),
    ("not connected", _BROKE),
)

# Codes of the attribute protocol. Source: Core 5.2, Vol 3, Part F, table 3.4.
_GATT: Mapping[int, Trouble] = {
    0x01: CHANGED,
    0x0A: CHANGED,
    0x12: CHANGED,
    0x05: _BOND,
    0x08: _BOND,
    0x0C: _BOND,
    0x0F: _BOND,
    0x0E: _ODD,
    0xFE: _BUSY,
}


def diagnose(error: BaseException) -> Trouble:
    """Return what is wrong, for any error; one that nobody knows is told in its own words."""
    match error:
        case BleakBluetoothNotAvailableError() if error.reason in _REASONS:
            return _REASONS[error.reason]
        case BleakGATTProtocolError():
            return _GATT.get(int(error.args[0]), _ODD)
        case BleakDBusError():
            details = " ".join(map(str, error.args[1:]))
            name = error.dbus_error.rpartition(".")[2]
            return _said(details, _DETAILS) or _NAMES.get(name) or _unknown(error)
        case BleakDeviceNotFoundError():
            return _GONE
        case BleakError():
            said = str(error)
            return _said(said, _DETAILS) or _said(said, _SAYINGS) or _unknown(error)
        case TimeoutError():
            return _SILENT
        case FileNotFoundError() | ConnectionRefusedError() | EOFError() | BrokenPipeError():
            return _NO_SERVICE
        case ConnectionResetError():
            return _NO_SERVICE
        case PermissionError():
            return _NOT_ALLOWED
        case _:
            return _unknown(error)


def _said(text: str, table: tuple[tuple[str, Trouble], ...]) -> Trouble | None:
    low = text.lower()
    return next((trouble for part, trouble in table if part in low), None)


def _unknown(error: BaseException) -> Trouble:
    words = " ".join(str(error).split()) or type(error).__name__
    return Trouble(
        Blame.SENSOR, f"Bluetooth fails ({words}): it is tried again; physiomon doctor may know why"
    )
