"""How each sensor's link fared in a session, from its journal entries. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BROKEN = frozenset({"silent", "lost"})


@dataclass(slots=True)
class LinkFigures:
    """One sensor's link.

    Attributes:
        connects: how often it was connected.
        failed: attempts to connect that failed.
        packets: received.
        gaps: how often it was lost or fell silent.
        rssi: dBm when it was last found, or None.
    """

    connects: int = 0
    failed: int = 0
    packets: int = 0
    gaps: int = 0
    rssi: int | None = None
    _connected_ns: int = 0
    _longest_gap_ns: int = 0
    _up_ns: int | None = None  # connected since, silent or not
    _down_ns: int | None = None  # a gap since
    _state: str = "searching"

    def change(self, now_ns: int, body: Mapping[str, Any]) -> None:
        """Take a change of the link: {state, rssi}."""
        state = str(body["state"])
        if state == "failed":
            self.failed += 1
        if state in ("connected", "silent"):
            if self._up_ns is None:
                self._up_ns = now_ns
                self.connects += 1
        else:
            self.interrupt(now_ns)
        if state in _BROKEN and self._state == "connected":
            self.gaps += 1
            self._down_ns = now_ns
        if state == "connected":
            self._end_gap(now_ns)
        self._state = state
        if body.get("rssi") is not None:
            self.rssi = int(body["rssi"])

    def interrupt(self, now_ns: int) -> None:
        """Take that the connection has ended, or the recording."""
        if self._up_ns is not None:
            self._connected_ns += now_ns - self._up_ns
            self._up_ns = None

    def end(self, now_ns: int) -> None:
        """Take that the recording has ended."""
        self.interrupt(now_ns)
        self._end_gap(now_ns)
        self._state = "searching"

    def body(self) -> dict[str, object]:
        """Return it for people and programs; times in seconds."""
        return {
            "connects": self.connects,
            "failed_connects": self.failed,
            "connected_s": round(self._connected_ns / 1e9, 1),
            "packets": self.packets,
            "gaps": self.gaps,
            "longest_gap_s": round(self._longest_gap_ns / 1e9, 1),
            "rssi": self.rssi,
        }

    def _end_gap(self, now_ns: int) -> None:
        if self._down_ns is not None:
            self._longest_gap_ns = max(self._longest_gap_ns, now_ns - self._down_ns)
            self._down_ns = None
