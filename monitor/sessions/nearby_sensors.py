"""Sensors near this service, to choose one for a session."""

from collections.abc import Iterable, Sequence

from dashboards.console.views.sensors import ChosenDevice, FoundDeviceView
from devices.discovery import Search
from devices.found_sensor import likely_kind
from devices.printable_text import printable
from devices.scanner import ScanResult, merge_results
from devices.sensor import SensorSpec
from monitor.core.session_spec import refuse_clash
from monitor.errors import ActError
from monitor.sessions.sensor_checks import checked_address
from monitor.sessions.session import Session

_LISTEN_S = 6.0  # several advertisements of a sensor that sends one per second


class NearbySensors:
    """The result of the last scan.

    Args:
        search: on the radio of all sessions; None disables scans.
        speed: simulated seconds per real second.
    """

    def __init__(self, search: Search | None, speed: float) -> None:
        self._search = search
        self._speed = speed
        self._heard: dict[str, ScanResult] = {}
        self._keys: dict[str, str] = {}  # by address; the page of an earlier scan may still be open

    async def scan(self, sessions: Iterable[Session]) -> Sequence[FoundDeviceView]:
        """Scan for a few seconds, while links continue to search for their sensors."""
        if self._search is None:
            return ()
        heard: dict[str, ScanResult] = {}

        def hear(found: ScanResult) -> bool:
            known = heard.get(found.address)
            heard[found.address] = found if known is None else merge_results(known, found)
            return False  # continue: find all sensors

        await self._search.find(hear, _LISTEN_S * self._speed)
        self._heard = {
            self._keys.setdefault(address, str(len(self._keys) + 1)): found
            for address, found in heard.items()
        }
        running = [session for session in sessions if not session.ended]
        views = [_view(key, found, running) for key, found in self._heard.items()]
        return sorted(views, key=lambda view: (-view.rssi, view.name))

    def chosen(self, label: str, device: ChosenDevice, others: Iterable[Session]) -> SensorSpec:
        """Return the specification of a device that a person chose.

        Raises:
            ActError: the scan is outdated, another session uses the device, or nothing identifies
                it for longer than a few minutes.
        """
        address, name = device.address.strip() or None, device.name.strip() or None
        if device.key:
            found = self._heard.get(device.key)
            if found is None:
                raise ActError("the scan is outdated; search for sensors again")
            address, name = self._identity(found)
        elif address is not None:
            address = checked_address(address)
        spec = SensorSpec(label=label.strip(), kind=device.kind, address=address, name=name)
        for other in others:
            if other.ended:
                continue
            for used in other.engine.lifecycle.devices.values():
                refuse_clash(spec, used, f"sensor '{used.label}' of session {other.spec.id}")
        return spec

    def _identity(self, found: ScanResult) -> tuple[str | None, str | None]:
        """Return address and name by which a sensor will be found tomorrow; one of them is None.

        Raises:
            ActError: its address changes, and its name does not identify it.
        """
        if not found.address_kind.is_private:
            return found.address, None
        if found.name is None:
            raise ActError("this device changes its address and has no name; pair it first")
        if [each.name for each in self._heard.values()].count(found.name) > 1:
            raise ActError(
                f"several devices nearby are called '{printable(found.name)}', and the address of "
                "this one changes; switch the others off and search again"
            )
        return None, found.name


def _view(key: str, found: ScanResult, running: Sequence[Session]) -> FoundDeviceView:
    used = [
        f"{each.label} of {session.spec.id}"
        for session in running
        for each in session.engine.lifecycle.devices.values()
        if (each.address or "").lower() == found.address.lower()
    ]
    kind = likely_kind(found)
    name = found.name if found.name and found.name.isprintable() else "unnamed"
    return FoundDeviceView(
        key=key,
        name=f"{name} …{found.address[-5:]}",
        kind="" if kind is None else kind.name,
        rssi=found.rssi,
        used=used[0] if used else "",
    )
