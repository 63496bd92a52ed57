"""The radio of a session or a scan: this machine's own, or a virtual air of another process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from devices.radio import Radio
from monitor.errors import ConfigError

_HERE = ("127.0.0.1", "localhost")
_PORTS = range(1, 65536)


def air_transport(air: str) -> str:
    """Return the Bumble transport of a virtual air.

    >>> air_transport("127.0.0.1:7300")
    'tcp-client:127.0.0.1:7300'

    Raises:
        ConfigError: it is none of this machine.
    """
    host, colon, port = air.rpartition(":")
    if (colon and host not in _HERE) or not port.isdecimal() or int(port) not in _PORTS:
        raise ConfigError(
            f"'{air}' is no virtual air; write 127.0.0.1:PORT, as 'physiomon virtual air' tells it"
        )
    return f"tcp-client:127.0.0.1:{port}"


@asynccontextmanager
async def radio_of(air: str | None) -> AsyncIterator[Radio]:
    """Yield this machine's radio, or an adapter in a virtual air.

    Raises:
        ConfigError: the air is none of this machine.
        LinkError: nothing answers there.
    """
    if air is None:
        yield Radio()
        return
    # Slow to load, and of no use where sensors are real.
    from bumble.hci import Address  # noqa: PLC0415

    from devices.virtual.controllers import TransportControllers  # noqa: PLC0415
    from devices.virtual.shared_radio import Air  # noqa: PLC0415

    adapter = Address.generate_static_address().to_string(with_type_qualifier=False)
    async with Air(TransportControllers(air_transport(air)), adapter) as there:
        yield there.radio()
