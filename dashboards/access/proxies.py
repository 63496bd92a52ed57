"""Reverse proxies in front of the console, and the clients behind them. Pure."""

import ipaddress
from collections.abc import Iterable, Sequence


class Proxies:
    """Addresses whose ``X-Forwarded-For`` is believed; anyone else could send it too.

    >>> proxies = Proxies(["127.0.0.1", "10.0.0.0/24"])
    >>> bool(proxies), "::ffff:10.0.0.7" in proxies, "192.0.2.1" in proxies
    (True, True, False)

    Args:
        addresses: IP addresses or networks.

    Raises:
        ValueError: one is neither.
    """

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self._networks = [ipaddress.ip_network(each, strict=False) for each in addresses]

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        """Return whether an address is one of a proxy."""
        try:
            known = ipaddress.ip_address(unmapped(address))
        except ValueError:
            return False
        return any(known in network for network in self._networks)

    def client(self, peer: str, forwarded: Sequence[str]) -> str:
        """Return the address of the client: the last one that is not a proxy.

        Args:
            peer: at the other end of the connection.
            forwarded: values of ``X-Forwarded-For``; clients can forge all but the last addresses.

        >>> Proxies(["10.0.0.1", "10.0.0.2"]).client("10.0.0.1", ["6.6.6.6, 192.0.2.9, 10.0.0.2"])
        '192.0.2.9'
        >>> Proxies(["10.0.0.1"]).client("192.0.2.1", ["6.6.6.6"])
        '192.0.2.1'
        """
        hops = [hop.strip() for hop in ",".join(forwarded).split(",")] if forwarded else []
        while hops and peer in self:
            peer = hops.pop() or peer
        return peer


def unmapped(address: str) -> str:
    """Return an IPv4 address that an IPv6 socket reports as ``::ffff:192.0.2.1`` without this."""
    return address.removeprefix("::ffff:") if "." in address else address
