"""The radio of a session or a scan: this machine's Bluetooth, or a shared virtual radio."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from devices.radio import Radio
from monitor.errors import ConfigError

_HERE = ("127.0.0.1", "localhost")
_PORTS = range(1, 65536)


def shared_radio_transport(shared_radio: str) -> str:
    """Return the Bumble transport of a shared virtual radio.

    >>> shared_radio_transport("127.0.0.1:7300")
    'tcp-client:127.0.0.1:7300'

    Raises:
        ConfigError: the address is not one on this machine.
    """
    host, colon, port = shared_radio.rpartition(":")
    if (colon and host not in _HERE) or not port.isdecimal() or int(port) not in _PORTS:
        raise ConfigError(
            f"'{shared_radio}' is not a shared radio on this machine; write 127.0.0.1:PORT, "
            "as printed by 'physiomon virtual shared-radio'"
        )
    return f"tcp-client:127.0.0.1:{port}"


@asynccontextmanager
async def radio_of(
    shared_radio: str | None, *, may_power_cycle: bool = False
) -> AsyncIterator[Radio]:
    """Yield this machine's Bluetooth, or an adapter on a shared virtual radio.

    Raises:
        ConfigError: the shared radio is not on this machine.
        LinkError: nothing answers there.
    """
    if shared_radio is None:
        if sys.platform == "linux":
            from devices.bluez import bluez  # noqa: PLC0415 - it needs D-Bus

            async with bluez() as service:
                yield Radio(service=service, may_power_cycle=may_power_cycle)
        else:
            yield Radio()
        return
    # Slow to load, and only needed for a virtual radio.
    from bumble.hci import Address  # noqa: PLC0415

    from devices.virtual.controllers import TransportControllers  # noqa: PLC0415
    from devices.virtual.shared_radio import SharedRadio  # noqa: PLC0415

    adapter = Address.generate_static_address().to_string(with_type_qualifier=False)
    async with SharedRadio(
        TransportControllers(shared_radio_transport(shared_radio)), adapter
    ) as there:
        yield there.radio()
