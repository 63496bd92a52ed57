"""Each known Bluetooth error becomes a message with a remedy."""

import re

import pytest
from bleak.exc import (
    PROTOCOL_ERROR_CODES,
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from hypothesis import given
from hypothesis import strategies as st

from devices.link_errors import diagnose
from devices.link_faults import FaultSource

BLUEZ = "org.bluez.Error."
DBUS = "org.freedesktop.DBus.Error."


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        (BLUEZ + "InProgress", FaultSource.SENSOR, "is busy"),
        (BLUEZ + "AlreadyConnected", FaultSource.SENSOR, "another program"),
        (BLUEZ + "NotReady", FaultSource.ADAPTER, "bluetoothctl power on"),
        (BLUEZ + "NotAvailable", FaultSource.SENSOR, "has disappeared"),
        (BLUEZ + "DoesNotExist", FaultSource.SENSOR, "has disappeared"),
        (BLUEZ + "NotConnected", FaultSource.SENSOR, "broke"),
        (BLUEZ + "NotSupported", FaultSource.SENSOR, "switch it off and on"),
        (BLUEZ + "NotAuthorized", FaultSource.BOND, "pairing button"),
        (BLUEZ + "NotPermitted", FaultSource.BOND, "pairing button"),
        (BLUEZ + "AuthenticationFailed", FaultSource.BOND, "remove the old bond"),
        (BLUEZ + "AuthenticationRejected", FaultSource.BOND, "remove the old bond"),
        (BLUEZ + "AuthenticationCanceled", FaultSource.BOND, "remove the old bond"),
        (BLUEZ + "AuthenticationTimeout", FaultSource.BOND, "timed out"),
        (BLUEZ + "ConnectionAttemptFailed", FaultSource.SENSOR, "another phone"),
        (BLUEZ + "AgentNotAvailable", FaultSource.BOND, "settings"),
        (BLUEZ + "NoSuchAdapter", FaultSource.ADAPTER, "plug it in"),
        (BLUEZ + "InvalidArguments", FaultSource.SYSTEM, "update"),
        (BLUEZ + "ImproperlyConfigured", FaultSource.SENSOR, "switch it off and on"),
        (BLUEZ + "Rejected", FaultSource.SENSOR, "refuses"),
        (DBUS + "AccessDenied", FaultSource.SYSTEM, "group 'bluetooth'"),
        (DBUS + "AuthFailed", FaultSource.SYSTEM, "group 'bluetooth'"),
        (DBUS + "ServiceUnknown", FaultSource.SYSTEM, "systemctl start bluetooth"),
        (DBUS + "NameHasNoOwner", FaultSource.SYSTEM, "systemctl start bluetooth"),
        (DBUS + "Disconnected", FaultSource.SYSTEM, "systemctl start bluetooth"),
        (DBUS + "NoReply", FaultSource.SYSTEM, "systemctl restart bluetooth"),
        (DBUS + "Timeout", FaultSource.SYSTEM, "systemctl restart bluetooth"),
        (DBUS + "TimedOut", FaultSource.SYSTEM, "systemctl restart bluetooth"),
        (DBUS + "LimitsExceeded", FaultSource.SYSTEM, "systemctl restart bluetooth"),
        (DBUS + "UnknownObject", FaultSource.SENSOR, "has disappeared"),
        (DBUS + "UnknownMethod", FaultSource.SYSTEM, "update"),
    ],
)
def test_dbus_error_is_diagnosed_by_name(name: str, source: FaultSource, message: str) -> None:
    check(BleakDBusError(name, []), source, message)
    check(BleakDBusError(name, ["whatever it says"]), source, message)


@pytest.mark.parametrize(
    ("details", "source", "message"),
    [
        ("le-connection-invalid-arguments", FaultSource.SENSOR, "physiomon doctor"),
        ("le-connection-adapter-not-powered", FaultSource.ADAPTER, "bluetoothctl power on"),
        ("le-connection-not-supported", FaultSource.SENSOR, "check its kind"),
        ("le-connection-already-connected", FaultSource.SENSOR, "another program"),
        ("le-connection-bad-socket", FaultSource.ADAPTER, "unplug it"),
        ("le-connection-memory-allocation", FaultSource.ADAPTER, "unplug it"),
        ("le-connection-busy", FaultSource.SENSOR, "is busy"),
        ("le-connection-refused", FaultSource.SENSOR, "refuses"),
        ("le-connection-create-socket", FaultSource.ADAPTER, "unplug it"),
        ("le-connection-timeout", FaultSource.SENSOR, "another phone"),
        ("le-connection-concurrent-connection-limit", FaultSource.FULL, "a second one"),
        ("le-connection-abort-by-local", FaultSource.SENSOR, "closer"),
        ("le-connection-abort-by-remote", FaultSource.SENSOR, "closer"),
        ("le-connection-link-layer-protocol-error", FaultSource.SENSOR, "closer"),
        ("le-connection-gatt-browsing", FaultSource.SENSOR, "closer"),
        ("le-connection-key-missing", FaultSource.BOND, "lost its bond"),
        ("le-connection-unknown", FaultSource.SENSOR, "physiomon doctor"),
        ("br-connection-profile-unavailable", FaultSource.SENSOR, "check its kind"),
        ("br-connection-page-timeout", FaultSource.SENSOR, "another phone"),
        ("br-connection-canceled", FaultSource.SENSOR, "closer"),
        ("Blocked through rfkill", FaultSource.ADAPTER, "rfkill unblock"),
        ("Software caused connection abort", FaultSource.SENSOR, "closer"),
        ("Host is down (112)", FaultSource.SENSOR, "another phone"),
        ("Connection refused (111)", FaultSource.SENSOR, "refuses"),
        ("Input/output error", FaultSource.ADAPTER, "unplug it"),
        ("Operation already in progress", FaultSource.SENSOR, "is busy"),
        ("No such device", FaultSource.ADAPTER, "plug it in again"),
    ],
)
def test_dbus_error_is_diagnosed_by_details(
    details: str, source: FaultSource, message: str
) -> None:
    check(BleakDBusError(BLUEZ + "Failed", [details]), source, message)


@pytest.mark.parametrize("reason", list(BleakBluetoothNotAvailableReason))
def test_every_reason_for_missing_bluetooth_has_a_message(
    reason: BleakBluetoothNotAvailableReason,
) -> None:
    check(BleakBluetoothNotAvailableError("no", reason), None, "Bluetooth")


@pytest.mark.parametrize("code", sorted(PROTOCOL_ERROR_CODES))
def test_every_att_error_code_has_a_message(code: int) -> None:
    asks = code in {0x05, 0x08, 0x0C, 0x0F}
    check(BleakGATTProtocolError(code), FaultSource.BOND if asks else None, "pair" if asks else "")


@pytest.mark.parametrize(
    ("error", "source", "message"),
    [
        (BleakError("adapter 'hci1' not found"), FaultSource.ADAPTER, "was removed"),
        (BleakError("Bleak requires BlueZ >= 5.55."), FaultSource.SYSTEM, "5.55"),
        (BleakError("device 'dev_F0_00' not found"), FaultSource.SENSOR, "has disappeared"),
        (
            BleakError("failed to discover services, device disconnected"),
            FaultSource.SENSOR,
            "closer",
        ),
        (BleakError("Not connected"), FaultSource.SENSOR, "closer"),
        (BleakDeviceNotFoundError("F0:00"), FaultSource.SENSOR, "has disappeared"),
        (BleakCharacteristicNotFoundError("2a37"), FaultSource.SENSOR, "2a37"),
        (TimeoutError(), FaultSource.SENSOR, "another phone"),
        (FileNotFoundError(2, "no"), FaultSource.SYSTEM, "systemctl start"),
        (ConnectionRefusedError(111, "no"), FaultSource.SYSTEM, "systemctl start"),
        (AssertionError(), FaultSource.SENSOR, "closer"),
        (EOFError(), FaultSource.SYSTEM, "systemctl start"),
        (PermissionError(13, "no"), FaultSource.SYSTEM, "group 'bluetooth'"),
        (ValueError("odd\nlines"), FaultSource.SENSOR, "odd lines"),
    ],
)
def test_other_errors_are_diagnosed(
    error: BaseException, source: FaultSource, message: str
) -> None:
    check(error, source, message)


@given(st.text(), st.text(), st.text())
def test_any_error_has_a_message(name: str, details: str, said: str) -> None:
    check(BleakDBusError(name, [details]), None, "")
    check(BleakError(said), None, "")


def check(error: BaseException, source: FaultSource | None, message: str) -> None:
    fault = diagnose(error)
    assert source in (None, fault.source)
    assert message in fault.message
    assert fault.message
    assert fault.message[-1] != "."
    assert not re.search(r"[\n\r]", fault.message)
