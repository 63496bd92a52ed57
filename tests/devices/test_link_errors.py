"""Every name under which Bluetooth is known to fail becomes a sentence that says what to do."""

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

from devices.link_errors import Blame, diagnose

BLUEZ = "org.bluez.Error."
DBUS = "org.freedesktop.DBus.Error."


@pytest.mark.parametrize(
    ("name", "blame", "words"),
    [
        (BLUEZ + "InProgress", Blame.SENSOR, "is busy"),
        (BLUEZ + "AlreadyConnected", Blame.SENSOR, "another program"),
        (BLUEZ + "NotReady", Blame.ADAPTER, "bluetoothctl power on"),
        (BLUEZ + "NotAvailable", Blame.SENSOR, "has gone"),
        (BLUEZ + "DoesNotExist", Blame.SENSOR, "has gone"),
        (BLUEZ + "NotConnected", Blame.SENSOR, "broke"),
        (BLUEZ + "NotSupported", Blame.SENSOR, "switch it off and on"),
        (BLUEZ + "NotAuthorized", Blame.BOND, "pairing button"),
        (BLUEZ + "NotPermitted", Blame.BOND, "pairing button"),
        (BLUEZ + "AuthenticationFailed", Blame.BOND, "remove the old bond"),
        (BLUEZ + "AuthenticationRejected", Blame.BOND, "remove the old bond"),
        (BLUEZ + "AuthenticationCanceled", Blame.BOND, "remove the old bond"),
        (BLUEZ + "AuthenticationTimeout", Blame.BOND, "took too long"),
        (BLUEZ + "ConnectionAttemptFailed", Blame.SENSOR, "another phone"),
        (BLUEZ + "AgentNotAvailable", Blame.BOND, "settings"),
        (BLUEZ + "NoSuchAdapter", Blame.ADAPTER, "plug it in"),
        (BLUEZ + "InvalidArguments", Blame.SYSTEM, "update"),
        (BLUEZ + "ImproperlyConfigured", Blame.SENSOR, "switch it off and on"),
        (BLUEZ + "Rejected", Blame.SENSOR, "refuses"),
        (DBUS + "AccessDenied", Blame.SYSTEM, "group 'bluetooth'"),
        (DBUS + "AuthFailed", Blame.SYSTEM, "group 'bluetooth'"),
        (DBUS + "ServiceUnknown", Blame.SYSTEM, "systemctl start bluetooth"),
        (DBUS + "NameHasNoOwner", Blame.SYSTEM, "systemctl start bluetooth"),
        (DBUS + "Disconnected", Blame.SYSTEM, "systemctl start bluetooth"),
        (DBUS + "NoReply", Blame.SYSTEM, "systemctl restart bluetooth"),
        (DBUS + "Timeout", Blame.SYSTEM, "systemctl restart bluetooth"),
        (DBUS + "TimedOut", Blame.SYSTEM, "systemctl restart bluetooth"),
        (DBUS + "LimitsExceeded", Blame.SYSTEM, "systemctl restart bluetooth"),
        (DBUS + "UnknownObject", Blame.SENSOR, "has gone"),
        (DBUS + "UnknownMethod", Blame.SYSTEM, "update"),
    ],
)
def test_a_d_bus_error_by_its_name(name: str, blame: Blame, words: str) -> None:
    check(BleakDBusError(name, []), blame, words)
    check(BleakDBusError(name, ["whatever it says"]), blame, words)


@pytest.mark.parametrize(
    ("details", "blame", "words"),
    [
        ("le-connection-invalid-arguments", Blame.SENSOR, "physiomon doctor"),
        ("le-connection-adapter-not-powered", Blame.ADAPTER, "bluetoothctl power on"),
        ("le-connection-not-supported", Blame.SENSOR, "check its kind"),
        ("le-connection-already-connected", Blame.SENSOR, "another program"),
        ("le-connection-bad-socket", Blame.ADAPTER, "unplug it"),
        ("le-connection-memory-allocation", Blame.ADAPTER, "unplug it"),
        ("le-connection-busy", Blame.SENSOR, "is busy"),
        ("le-connection-refused", Blame.SENSOR, "refuses"),
        ("le-connection-create-socket", Blame.ADAPTER, "unplug it"),
        ("le-connection-timeout", Blame.SENSOR, "another phone"),
        ("le-connection-concurrent-connection-limit", Blame.FULL, "a second one"),
        ("le-connection-abort-by-local", Blame.SENSOR, "closer"),
        ("le-connection-abort-by-remote", Blame.SENSOR, "closer"),
        ("le-connection-link-layer-protocol-error", Blame.SENSOR, "closer"),
        ("le-connection-gatt-browsing", Blame.SENSOR, "closer"),
        ("le-connection-key-missing", Blame.BOND, "forgotten this computer"),
        ("le-connection-unknown", Blame.SENSOR, "physiomon doctor"),
        ("br-connection-profile-unavailable", Blame.SENSOR, "check its kind"),
        ("br-connection-page-timeout", Blame.SENSOR, "another phone"),
        ("br-connection-canceled", Blame.SENSOR, "closer"),
        ("Blocked through rfkill", Blame.ADAPTER, "rfkill unblock"),
        ("Software caused connection abort", Blame.SENSOR, "closer"),
        ("Host is down (112)", Blame.SENSOR, "another phone"),
        ("Connection refused (111)", Blame.SENSOR, "refuses"),
        ("Input/output error", Blame.ADAPTER, "unplug it"),
        ("Operation already in progress", Blame.SENSOR, "is busy"),
        ("No such device", Blame.ADAPTER, "plug it in again"),
    ],
)
def test_a_failure_by_its_details(details: str, blame: Blame, words: str) -> None:
    check(BleakDBusError(BLUEZ + "Failed", [details]), blame, words)


@pytest.mark.parametrize("reason", list(BleakBluetoothNotAvailableReason))
def test_every_reason_for_which_bluetooth_is_missing(
    reason: BleakBluetoothNotAvailableReason,
) -> None:
    check(BleakBluetoothNotAvailableError("no", reason), None, "Bluetooth")


@pytest.mark.parametrize("code", sorted(PROTOCOL_ERROR_CODES))
def test_every_code_of_the_attribute_protocol(code: int) -> None:
    asks = code in {0x05, 0x08, 0x0C, 0x0F}
    check(BleakGATTProtocolError(code), Blame.BOND if asks else None, "pair" if asks else "")


@pytest.mark.parametrize(
    ("error", "blame", "words"),
    [
        (BleakError("adapter 'hci1' not found"), Blame.ADAPTER, "has gone"),
        (BleakError("Bleak requires BlueZ >= 5.55."), Blame.SYSTEM, "5.55"),
        (BleakError("device 'dev_F0_00' not found"), Blame.SENSOR, "has gone"),
        (BleakError("failed to discover services, device disconnected"), Blame.SENSOR, "closer"),
        (BleakError("Not connected"), Blame.SENSOR, "closer"),
        (BleakDeviceNotFoundError("F0:00"), Blame.SENSOR, "has gone"),
        (BleakCharacteristicNotFoundError("2a37"), Blame.SENSOR, "2a37"),
        (TimeoutError(), Blame.SENSOR, "another phone"),
        (FileNotFoundError(2, "no"), Blame.SYSTEM, "systemctl start"),
        (ConnectionRefusedError(111, "no"), Blame.SYSTEM, "systemctl start"),
        (EOFError(), Blame.SYSTEM, "systemctl start"),
        (PermissionError(13, "no"), Blame.SYSTEM, "group 'bluetooth'"),
        (ValueError("odd\nlines"), Blame.SENSOR, "odd lines"),
    ],
)
def test_other_errors(error: BaseException, blame: Blame, words: str) -> None:
    check(error, blame, words)


@given(st.text(), st.text(), st.text())
def test_nothing_is_without_a_sentence(name: str, details: str, said: str) -> None:
    check(BleakDBusError(name, [details]), None, "")
    check(BleakError(said), None, "")


def check(error: BaseException, blame: Blame | None, words: str) -> None:
    trouble = diagnose(error)
    assert blame in (None, trouble.blame)
    assert words in trouble.words
    assert trouble.words
    assert trouble.words[-1] != "."
    assert not re.search(r"[\n\r]", trouble.words)
