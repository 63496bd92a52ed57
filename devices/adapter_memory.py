"""Memory of failed attempts, of a sensor and of an adapter. Pure: times are arguments.

A sensor that fails says little, because the sensor itself may be at fault. So a sensor first moves
away from an adapter on which it failed several times, and only if it then works elsewhere is the
adapter blamed, which makes others prefer another one. Both wear off, slower than they come about,
so that a sensor does not swing between adapters.
"""

import math
from dataclasses import dataclass, field

ATTEMPTS = 3  # failures in a row after which a sensor moves
_STABLE_S = 30.0
_AVOIDED_S = 120.0  # the first time; doubles up to the longest
_LONGEST_S = 2400.0
_FORGOTTEN_S = 3600.0
_BLAMED_WITHIN_S = 600.0  # a sensor that works elsewhere later may have been at fault itself
_POOR_FROM = 2.5  # failures that an adapter is to blame for
_GOOD_BELOW = 1.0
_HALVED_S = 21600.0


@dataclass(slots=True)
class _Failures:
    count: int = 0  # since the last lasting connection on this adapter
    recent: int = 0  # since the last success on any adapter
    last_s: float = 0.0
    avoided_s: float = _AVOIDED_S
    until_s: float = 0.0


@dataclass(slots=True)
class SensorMemory:
    """The failed attempts of one sensor on each adapter."""

    _failures: dict[str | None, _Failures] = field(default_factory=dict)

    def failed(self, adapter: str | None, now_s: float, attempts: int = 1) -> None:
        """Count a failed attempt.

        Args:
            adapter: adapter that was used.
            now_s: present time in seconds.
            attempts: number of attempts that it counts for.
        """
        known = self._failures.setdefault(adapter, _Failures())
        if now_s - known.last_s > _FORGOTTEN_S:
            known.count, known.recent, known.avoided_s = 0, 0, _AVOIDED_S
        known.count += attempts
        known.recent += attempts
        known.last_s = now_s
        if known.count >= ATTEMPTS:
            known.count = 0
            known.until_s = now_s + known.avoided_s
            known.avoided_s = min(2 * known.avoided_s, _LONGEST_S)

    def worked(self, adapter: str | None, now_s: float) -> dict[str | None, int]:
        """Count a connection; return the failures for which other adapters are to blame."""
        blamed = {
            name: known.recent
            for name, known in self._failures.items()
            if name != adapter and known.recent and now_s - known.last_s <= _BLAMED_WITHIN_S
        }
        for known in self._failures.values():
            known.recent = 0
        return blamed

    def ended(self, adapter: str | None, now_s: float, lasted_s: float) -> None:
        """Count the end of a connection; a short one is a failure."""
        if lasted_s < _STABLE_S:
            self.failed(adapter, now_s)
        elif adapter in self._failures:
            self._failures[adapter].count = 0

    def avoided_until(self, adapter: str | None, now_s: float) -> float:
        """Return the time until which the sensor avoids an adapter; 0 if it does not."""
        known = self._failures.get(adapter)
        return known.until_s if known is not None and known.until_s > now_s else 0.0


@dataclass(slots=True)
class Reputation:
    """The failures that an adapter is to blame for, which halve every six hours."""

    _failures: float = 0.0
    _at_s: float = 0.0
    _poor: bool = False

    def blame(self, failures: int, now_s: float) -> None:
        """Add failures of a sensor that works on another adapter."""
        self._failures = self._left(now_s) + failures
        self._at_s = now_s

    def praise(self, now_s: float) -> None:
        """Count a connection that worked."""
        self._failures = max(0.0, self._left(now_s) - 1)
        self._at_s = now_s

    def is_poor(self, now_s: float) -> bool:
        """Return whether sensors should prefer another adapter."""
        self._poor = self._left(now_s) >= (_GOOD_BELOW if self._poor else _POOR_FROM)
        return self._poor

    def _left(self, now_s: float) -> float:
        return self._failures * math.exp2((self._at_s - now_s) / _HALVED_S)
