"""Rate limit of login attempts. Pure: the clock is passed in.

Guessing is slowed down by address and by account. An attack must not lock the account's owner out,
so a browser that has logged in to the account before is counted separately, by its device cookie.
Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from dashboards.access.proxies import unmapped

_MAX_BUCKETS = 10_000  # the oldest are dropped; they are full again


@dataclass(frozen=True, slots=True)
class Rate:
    """Size of a token bucket, and seconds until one token is refilled."""

    burst: int
    refill_s: float


ADDRESS = Rate(10, 30.0)
ACCOUNT = Rate(20, 60.0)
DEVICE = Rate(10, 30.0)
CODE = Rate(10, 600.0)  # of an account, by who knows its password: a code has a million values


class RateLimit:
    """Token buckets by name: each attempt takes a token, and time refills them."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def acquire(self, buckets: dict[str, Rate]) -> bool:
        """Take a token from every bucket, or from none; return whether the attempt is allowed."""
        left = {name: self._in(name, rate) for name, rate in buckets.items()}
        if min(left.values()) < 1:
            return False
        self._put({name: amount - 1 for name, amount in left.items()})
        return True

    def refund(self, buckets: dict[str, Rate]) -> None:
        """Return the tokens that `acquire` took, since the password was right."""
        self._put(
            {name: min(rate.burst, self._in(name, rate) + 1) for name, rate in buckets.items()}
        )

    def _in(self, name: str, rate: Rate) -> float:
        now_s = self._now_s()
        amount, at_s = self._left.get(name, (rate.burst, now_s))
        return min(rate.burst, amount + (now_s - at_s) / rate.refill_s)

    def _put(self, amounts: dict[str, float]) -> None:
        for name, amount in amounts.items():
            self._left[name] = (amount, self._now_s())
            self._left.move_to_end(name)
        while len(self._left) > _MAX_BUCKETS:
            self._left.popitem(last=False)


def buckets_for(address: str, account: str, device: str | None) -> dict[str, Rate]:
    """Return the buckets that an attempt counts against.

    Args:
        address: of the client; an IPv6 client has a whole /64.
        account: name that was given, whether it exists or not, so that guessing does not reveal it.
        device: hash of a device cookie issued for this account, or None.
    """
    if device is not None:
        return {f"device {device}": DEVICE}
    return {f"address {network(address)}": ADDRESS, f"account {account}": ACCOUNT}


def code_buckets_for(address: str, account: str, device: str | None) -> dict[str, Rate]:
    """Return the buckets that an attempt at a second factor counts against; see `buckets_for`.

    A known browser is no proof: on a shared computer, anyone may use that of somebody else.
    """
    if device is not None:
        return {f"code {account} {device}": CODE}
    return {f"address {network(address)}": ADDRESS, f"code {account}": CODE}


def network(address: str) -> str:
    """Return the network that an address is counted by.

    >>> network("2001:db8::1:2:3:4"), network("::ffff:192.0.2.7"), network("")
    ('2001:db8::/64', '192.0.2.7', '')
    """
    address = unmapped(address)
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:  # noqa: PLR2004 - the internet protocol
        return address
    return str(ipaddress.ip_network((known, 64), strict=False))
