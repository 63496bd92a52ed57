"""Data of gateways that a session refuses: counted, shown, and journaled as a fault."""

from collections import Counter

from dashboards.console.formatting import count
from devices.characteristic_names import characteristic_name
from monitor.mqtt.messages import RelayedEntry
from monitor.sessions.session import Session

_FAULT = "gateway-refused"
_OVER_NS = 60 * 10**9  # without refused data


class RefusedData:
    """Entries of gateways that are not about their sensors, or that these cannot send.

    An account of the broker is for one gateway: without this check, anyone who has it could add
    signals to any sensor. The gateway's spool keeps what is refused.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._refused: Counter[str] = Counter()  # by gateway, since the fault began
        self._last_ns = 0

    def refuse(self, gateway: str, entry: RelayedEntry) -> bool:
        """Return whether an entry is refused; report it if so."""
        why = self._why(gateway, entry)
        if why is None:
            return False
        if not self._refused:
            self._session.report_fault(_FAULT, on=True, reason=why)
        self._refused[gateway] += 1
        self._last_ns = self._session.now_ns()
        entries = count(self._refused[gateway], "entry", "entries")
        self._session.notice(_notice(gateway), f"{why}; {entries} refused")
        return True

    def look(self) -> None:
        """End the fault after a minute without refused data; call it every second."""
        if self._refused and self._session.now_ns() - self._last_ns >= _OVER_NS:
            self._session.report_fault(_FAULT, on=False, reason="")
            for gateway in self._refused:
                self._session.notice(_notice(gateway), None)
            self._refused.clear()

    def _why(self, gateway: str, entry: RelayedEntry) -> str | None:
        engine = self._session.engine
        if engine.gateways.of(entry.sensor) != gateway:
            return (
                f"gateway '{gateway}' sends sensor '{entry.sensor}', which is not one of its "
                "sensors in this session"
            )
        kind = engine.sensors[entry.sensor].device.kind
        if entry.state is not None or entry.characteristic in kind.sends:
            return None
        return (
            f"gateway '{gateway}' sends {characteristic_name(str(entry.characteristic))} of sensor "
            f"'{entry.sensor}', which a sensor of kind '{kind.name}' does not have: check that its "
            "kind is the same in the gateway's file"
        )


def _notice(gateway: str) -> str:
    return f"refused {gateway}"
