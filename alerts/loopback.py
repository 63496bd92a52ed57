"""Recognition of addresses of this computer, to which data need no encryption."""

from ipaddress import ip_address


def loopback(host: str) -> bool:
    """Return whether a host name or address is a loopback address.

    >>> loopback("localhost"), loopback("[::1]"), loopback("192.168.1.2"), loopback("localhost.a")
    (True, True, False, False)
    """
    name = host.strip("[]").lower()
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
