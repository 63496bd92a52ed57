"""Diagnosis of Bluetooth errors. Pure.

Error names are those of BlueZ and D-Bus as bleak 3.1 passes them on; details are those of BlueZ's
`src/error.h` (5.66) and of the kernel.
"""

from collections.abc import Mapping

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from devices import link_faults as faults
from devices.link_faults import LinkFault

# Exceptions of bleak and of the Bluetooth stacks under it; any other is a bug in physiomon. bleak
# asserts that it is connected, which fails if the connection ends while it retries a request.
BLUETOOTH_ERRORS = (BleakError, OSError, EOFError, AssertionError)

_REASONS: Mapping[BleakBluetoothNotAvailableReason, LinkFault] = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: faults.NO_ADAPTER,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: faults.CLASSIC,
    BleakBluetoothNotAvailableReason.POWERED_OFF: faults.OFF,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: faults.REFUSED_BY_USER,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: faults.NOT_ALLOWED,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: faults.NOT_ALLOWED,
}

# By the last part of org.bluez.Error.* and org.freedesktop.DBus.Error.*.
_NAMES: Mapping[str, LinkFault] = {
    "InProgress": faults.BUSY,
    "Busy": faults.BUSY,
    "AlreadyConnected": faults.IN_USE,
    "NotAvailable": faults.NOT_FOUND,
    "NotConnected": faults.CONNECTION_BROKE,
    "DoesNotExist": faults.NOT_FOUND,
    "NotReady": faults.OFF,
    "NoSuchAdapter": faults.UNPLUGGED,
    "NotAuthorized": faults.BOND,
    "NotPermitted": faults.BOND,
    "AuthenticationFailed": faults.PAIRING_FAILED,
    "AuthenticationRejected": faults.PAIRING_FAILED,
    "AuthenticationCanceled": faults.PAIRING_FAILED,
    "AuthenticationTimeout": faults.PAIRING_TIMED_OUT,
    "ConnectionAttemptFailed": faults.NO_RESPONSE,
    "AlreadyExists": faults.BOND_LOST,
    "AgentNotAvailable": faults.PAIR_IN_SETTINGS,
    "NotSupported": faults.ATT_ERROR,
    "InvalidLength": faults.ATT_ERROR,
    "ImproperlyConfigured": faults.ATT_ERROR,
    "Rejected": faults.REFUSED,
    "InvalidArguments": faults.INCOMPATIBLE,
    "InvalidArgs": faults.INCOMPATIBLE,
    "UnknownMethod": faults.INCOMPATIBLE,
    "UnknownInterface": faults.INCOMPATIBLE,
    "UnknownProperty": faults.INCOMPATIBLE,
    "UnknownObject": faults.NOT_FOUND,
    "AccessDenied": faults.NOT_ALLOWED,
    "AuthFailed": faults.NOT_ALLOWED,
    "NoSuchUnit": faults.SERVICE_DISABLED,
    "UnitMasked": faults.SERVICE_DISABLED,
    "ServiceUnknown": faults.NO_SERVICE,
    "NameHasNoOwner": faults.NO_SERVICE,
    "Disconnected": faults.NO_SERVICE,
    "NoServer": faults.NO_SERVICE,
    "NoReply": faults.SERVICE_UNRESPONSIVE,
    "Timeout": faults.SERVICE_UNRESPONSIVE,
    "TimedOut": faults.SERVICE_UNRESPONSIVE,
    "LimitsExceeded": faults.SERVICE_UNRESPONSIVE,
    "NoMemory": faults.SERVICE_UNRESPONSIVE,
}

# By text in the details of any error, which is more specific than its name. The first match counts.
_DETAILS: tuple[tuple[str, LinkFault], ...] = (
    ("blocked through rfkill", faults.BLOCKED),
    ("concurrent-connection-limit", faults.FULL),
    ("connection limit exceeded", faults.FULL),
    ("too many links", faults.FULL),
    ("limited resources", faults.FULL),
    ("adapter-not-powered", faults.OFF),
    ("resource not ready", faults.OFF),
    ("not powered", faults.OFF),
    ("memory-allocation", faults.ADAPTER_FAILS),
    ("create-socket", faults.ADAPTER_FAILS),
    ("bad-socket", faults.ADAPTER_FAILS),
    ("input/output error", faults.ADAPTER_FAILS),
    ("no such device", faults.UNPLUGGED),
    ("no such adapter", faults.UNPLUGGED),
    ("network is down", faults.OFF),
    ("key-missing", faults.BOND_LOST),
    ("key missing", faults.BOND_LOST),
    ("cryptography", faults.BOND_LOST),
    ("mic failure", faults.BOND_LOST),
    ("authentication", faults.BOND),
    ("insufficient encryption", faults.BOND),
    ("not paired", faults.BOND),
    ("already-connected", faults.IN_USE),
    ("notify acquired", faults.IN_USE),
    ("gatt-browsing", faults.CONNECTION_BROKE),
    ("abort-by-remote", faults.CONNECTION_BROKE),
    ("abort-by-local", faults.ABORTED),
    ("aborted-by-remote", faults.CONNECTION_BROKE),
    ("aborted-by-local", faults.ABORTED),
    ("connection abort", faults.CONNECTION_BROKE),
    ("connection reset", faults.CONNECTION_BROKE),
    ("protocol-error", faults.CONNECTION_BROKE),
    ("-canceled", faults.ABORTED),
    ("-busy", faults.BUSY),
    ("in progress", faults.BUSY),
    ("-refused", faults.REFUSED),
    ("connection refused", faults.REFUSED),
    ("-timeout", faults.NO_RESPONSE),
    ("timed out", faults.NO_RESPONSE),
    ("host is down", faults.NO_RESPONSE),
    ("host-down", faults.NO_RESPONSE),
    ("did not receive a reply", faults.SERVICE_UNRESPONSIVE),
    ("not-supported", faults.ATT_ERROR),
    ("profile-unavailable", faults.ATT_ERROR),
)

# By text in bleak's own messages, for errors without a type.
_BLEAK_MESSAGES: tuple[tuple[str, LinkFault], ...] = (
    ("bluez >= 5.55", faults.TOO_OLD),
    ("adapter '", faults.UNPLUGGED),
    ("device '", faults.NOT_FOUND),
    ("disconnected", faults.CONNECTION_BROKE),
    ("not connected", faults.CONNECTION_BROKE),
)

# By error code of the attribute protocol. Source: Core 5.2, Vol 3, Part F, table 3.4.
_GATT: Mapping[int, LinkFault] = {
    0x01: faults.SERVICES_CHANGED,
    0x0A: faults.SERVICES_CHANGED,
    0x12: faults.SERVICES_CHANGED,
    0x05: faults.BOND,
    0x08: faults.BOND,
    0x0C: faults.BOND,
    0x0F: faults.BOND,
    0x0E: faults.UNSPECIFIC_ERROR,  # BlueZ passes a refused pairing on as this
    0xFE: faults.BUSY,
}


def diagnose(error: BaseException) -> LinkFault:
    """Return the fault behind an error; an unknown error keeps its own text."""
    match error:
        case BleakBluetoothNotAvailableError() if error.reason in _REASONS:
            return _REASONS[error.reason]
        case BleakGATTProtocolError():
            return _GATT.get(int(error.args[0]), faults.ATT_ERROR)
        case BleakDBusError():
            details = " ".join(map(str, error.args[1:]))
            name = error.dbus_error.rpartition(".")[2]
            if ".Spawn." in error.dbus_error:  # D-Bus could not start the service
                return faults.NO_SERVICE
            return _match(details, _DETAILS) or _NAMES.get(name) or _unknown(error)
        case BleakDeviceNotFoundError():
            return faults.NOT_FOUND
        case BleakError():
            said = str(error)
            return _match(said, _DETAILS) or _match(said, _BLEAK_MESSAGES) or _unknown(error)
        case TimeoutError():
            return faults.NO_RESPONSE
        case AssertionError():
            return faults.CONNECTION_BROKE
        case FileNotFoundError() | ConnectionRefusedError() | EOFError() | BrokenPipeError():
            return faults.NO_SERVICE
        case ConnectionResetError():
            return faults.NO_SERVICE
        case PermissionError():
            return faults.NOT_ALLOWED
        case _:
            return _unknown(error)


def refine(fault: LinkFault, *, running: bool | None, blocked: bool) -> LinkFault:
    """Return the fault that explains another one, given the state of the system.

    Args:
        fault: fault of an error.
        running: whether the Bluetooth service runs; None if unknown.
        blocked: whether a switch blocks Bluetooth.
    """
    if running is False and fault.source is not faults.FaultSource.SYSTEM:
        return faults.NO_SERVICE
    return faults.BLOCKED if blocked and fault is faults.OFF else fault


def _match(text: str, table: tuple[tuple[str, LinkFault], ...]) -> LinkFault | None:
    low = text.lower()
    return next((fault for part, fault in table if part in low), None)


def _unknown(error: BaseException) -> LinkFault:
    message = " ".join(str(error).split()) or type(error).__name__
    return LinkFault(
        faults.FaultSource.SENSOR,
        f"Bluetooth error ({message}): {faults.RETRYING}; see 'physiomon doctor'",
    )
