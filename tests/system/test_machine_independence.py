"""Tests do not depend on the machine."""

import os

from tests.conftest import NO_BUS, ONE_AUTHORITY, isolate


def test_bluetooth_of_the_machine_is_unreachable() -> None:
    assert os.environ["DBUS_SYSTEM_BUS_ADDRESS"] == NO_BUS


def test_proxies_and_forced_colours_are_dropped() -> None:
    environment = {
        "PATH": "/bin",
        "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/system_bus_socket",
        "FORCE_COLOR": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    isolate(environment)
    assert environment == {
        "PATH": "/bin",
        "DBUS_SYSTEM_BUS_ADDRESS": NO_BUS,
        "SSL_CERT_FILE": ONE_AUTHORITY,
    }
