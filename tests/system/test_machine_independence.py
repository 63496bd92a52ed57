"""No test depends on what else the machine has."""

import os

from tests.conftest import NO_BUS, isolate


def test_the_bluetooth_of_the_machine_is_out_of_reach() -> None:
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
    assert environment == {"PATH": "/bin", "DBUS_SYSTEM_BUS_ADDRESS": NO_BUS}
