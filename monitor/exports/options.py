"""Choices for an export: times, signals, quality and personal data."""

from collections.abc import Sequence
from dataclasses import dataclass

from devices.signals import SIGNALS
from monitor.errors import ConfigError

ECG = "ecg"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Choices for an export.

    Attributes:
        absolute: give times of day in UTC as well; otherwise only times relative to `zero`.
        zero: ``start`` of the session or first valid ``dose``.
        signals: names of signals, and ``ecg``; empty: all.
        all_qualities: keep doubtful, invalid and missing values, marked as such, in formats that
            can mark them; otherwise only values of good quality.
        names: include people, device addresses and names, site, room and the session's id.
        notes: include free text: notes, phases, descriptions, reasons.
        anonymous: replace the participant's code by the key of the recording.
    """

    absolute: bool = False
    zero: str = "start"
    signals: tuple[str, ...] = ()
    all_qualities: bool = False
    names: bool = False
    notes: bool = False
    anonymous: bool = False

    def wants(self, signal: str) -> bool:
        """Return whether a signal is exported."""
        return not self.signals or signal in self.signals

    def body(self) -> dict[str, object]:
        """Return the choices for a manifest."""
        return {
            "time": "absolute" if self.absolute else "relative",
            "zero": self.zero,
            "signals": list(self.signals) or "all",
            "quality": "all" if self.all_qualities else "good",
            "names": self.names,
            "notes": self.notes,
            "anonymous": self.anonymous,
        }


def known_signals(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of signals without duplicates, in the order of the list of signals.

    Raises:
        ConfigError: one is unknown; the message lists the known ones.

    >>> known_signals(["spo2", "heart_rate", "spo2"])
    ('heart_rate', 'spo2')
    """
    known = (*SIGNALS, ECG)
    for name in names:
        if name not in known:
            raise ConfigError(f"signal '{name}' is unknown; use {', '.join(known)}")
    return tuple(name for name in known if name in names)
