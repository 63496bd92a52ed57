"""How often somebody may try a password. Pure: the time comes in.

Guessing is slowed down by address and by account. An account that is under attack must not be shut
for the person it belongs to, so a browser that has once logged in as it is counted by itself: it
shows a device cookie. Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_KNOWN_MOST = 10_000  # buckets; those of long ago are full again, and forgotten


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then one each so many seconds."""

    most: float
    each_s: float


ADDRESS = Rate(10, 30.0)
ACCOUNT = Rate(20, 60.0)
DEVICE = Rate(10, 30.0)


class RateLimit:
    """Buckets of tries by name; each try takes one, and time fills them again."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, wanted: dict[str, Rate]) -> bool:
        """Take a try from each of some buckets, or from none; tell whether it may be made."""
        left = {name: self._in(name, rate) for name, rate in wanted.items()}
        if min(left.values()) < 1:
            return False
        self._put({name: amount - 1 for name, amount in left.items()})
        return True

    def give_back(self, wanted: dict[str, Rate]) -> None:
        """Put back what `take` took: the password was right."""
        self._put({name: min(rate.most, self._in(name, rate) + 1) for name, rate in wanted.items()})

    def _in(self, name: str, rate: Rate) -> float:
        now_s = self._now_s()
        amount, at_s = self._left.get(name, (rate.most, now_s))
        return min(rate.most, amount + (now_s - at_s) / rate.each_s)

    def _put(self, amounts: dict[str, float]) -> None:
        for name, amount in amounts.items():
            self._left[name] = (amount, self._now_s())
            self._left.move_to_end(name)
        while len(self._left) > _KNOWN_MOST:
            self._left.popitem(last=False)


def tries(address: str, account: str, device: str | None) -> dict[str, Rate]:
    """Return what a try is counted by.

    Args:
        address: it came from; one with IPv6 has a whole /64.
        account: that was named, whether it is there or not: who guesses must not see it.
        device: hash of a device cookie that this account has given out, or None.
    """
    if device is not None:
        return {f"device {device}": DEVICE}
    return {f"address {network(address)}": ADDRESS, f"account {account}": ACCOUNT}


def network(address: str) -> str:
    """Return what stands for an address.

    >>> network("2001:db8::1:2:3:4"), network("192.0.2.7"), network("")
    ('2001:db8::/64', '192.0.2.7', '')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:  # noqa: PLR2004 - the internet protocol
        return address
    return str(ipaddress.ip_network((known, 64), strict=False))
