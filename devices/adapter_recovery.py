"""Steps against an adapter that stays busy or aborts every connection. Pure: times are arguments.

Such a fault usually ends by itself within seconds. If not, another program blocks the adapter, a
connection of a program that has died does, or the adapter hangs.
"""

import enum
from dataclasses import dataclass

from devices.link_faults import ABORTED, BUSY, LinkFault


class Activity(enum.Enum):
    """Uses of an adapter; one may work while the other fails."""

    SCAN = "scan"
    CONNECT = "connect"


class Step(enum.Enum):
    """Measures against a fault of an adapter."""

    RESTART_SCAN = "restart the scan"
    DISCONNECT_STALE = "end connections that no program uses"
    POWER_CYCLE = "switch it off and on"


_AFTER_S = {Step.RESTART_SCAN: 15.0, Step.DISCONNECT_STALE: 30.0, Step.POWER_CYCLE: 45.0}
_AGAIN_S = 300.0  # from one series of steps to the next
_TOLD_AFTER_S = 60.0
_URGENT_AFTER_S = 600.0
_FORGOTTEN_S = 60.0  # without this fault, as nothing needs the adapter
_STATE = {BUSY: "is busy", ABORTED: "aborts all connections"}


@dataclass(slots=True)
class Recovery:
    """The course of one lasting fault of an adapter."""

    _began_s: float = 0.0
    _last_s: float | None = None
    _series_s: float = 0.0
    _done: int = 0  # steps of this series

    def failed(self, now_s: float) -> Step | None:
        """Count the fault; return the step that is due, or None."""
        if self._last_s is None or now_s - self._last_s > _FORGOTTEN_S:
            self._began_s, self._series_s, self._done = now_s, now_s, 0
        self._last_s = now_s
        steps = list(_AFTER_S)
        if self._done == len(steps):
            if now_s - self._series_s < _AGAIN_S:
                return None
            self._series_s, self._done = now_s, 0
        step = steps[self._done]
        if now_s - self._series_s < _AFTER_S[step]:
            return None
        self._done += 1
        return step

    def worked(self) -> None:
        """Forget the fault."""
        self._last_s = None

    def describe(self, fault: LinkFault, now_s: float) -> LinkFault:
        """Return the fault with the remedy that fits the time for which it has lasted."""
        lasts_s = 0.0 if self._last_s is None else now_s - self._began_s
        if lasts_s < _TOLD_AFTER_S:
            return fault
        if lasts_s < _URGENT_AFTER_S:
            return LinkFault(
                fault.source,
                f"the Bluetooth adapter {_STATE[fault]} and does not recover: close other programs "
                "that use Bluetooth, or switch it off and on (bluetoothctl power off, then "
                "bluetoothctl power on)",
            )
        return LinkFault(
            fault.source,
            f"the Bluetooth adapter {_STATE[fault]} for more than ten minutes: unplug it and plug "
            "it in again, use another one, or restart this computer",
        )


def is_lasting(fault: LinkFault) -> bool:
    """Return whether steps against the adapter may end a fault."""
    return fault in _STATE
