"""Search for sensors: one scan per adapter serves all links."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from devices.adapters import Adapter
from devices.identity import AlikeError
from devices.known_devices import KnownDevice, connected_devices
from devices.radio import Radio
from devices.scanner import ScanResult, scanning

# Long enough to hear a sensor that advertises once a second, short enough to let others connect.
_SLICE_S = 5.0
# A sensor whose last connection failed must not end a scan before others are heard.
_LEAST_S = 1.5
_PAUSE_S = 0.05
# Another program needs this long between its connection and its subscription.
_IN_USE_AFTER_S = 1.0

Matches = Callable[[ScanResult], bool]


@dataclass(eq=False, slots=True)
class _Request:
    matches: Matches
    failed: bool
    found: ScanResult | None = None


@dataclass(eq=False, slots=True)
class _AdapterScan:
    """The searches on one adapter."""

    requests: list[_Request] = field(default_factory=list)
    scanning: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Search:
    """Searches of all links on one radio.

    One search scans while the others wait, and each advertisement is matched against all of them.
    The scan pauses as soon as one matches, because that link then needs the radio to connect. There
    is no scan without a search.
    """

    radio: Radio
    _scans: dict[Adapter, _AdapterScan] = field(default_factory=dict)

    async def find_connected(self, matches: Matches, *, certain: bool) -> KnownDevice | None:
        """Return a matching device that is connected already, though by no link of this process.

        The Bluetooth service keeps the connections of a program that has died, and a connected
        sensor does not advertise.

        Args:
            matches: predicate for the wanted device.
            certain: whether only the wanted device can match. If not, a device that no program
                uses is returned only if that has not changed after a second: it may belong to
                another session.

        Raises:
            AlikeError: no program uses several of them, and any may be the wanted one.
        """
        found = await self._connected(matches)
        if found and not (found[0].in_use or certain):
            await asyncio.sleep(_IN_USE_AFTER_S)
            found = await self._connected(matches)
            if sum(not device.in_use for device in found) > 1:
                raise AlikeError
        return found[0] if found else None

    async def _connected(self, matches: Matches) -> list[KnownDevice]:
        known = await self.radio.service.devices()
        return connected_devices(known, matches, self.radio.claimed)

    @contextmanager
    def claimed(self, found: ScanResult) -> Iterator[None]:
        """Reserve a device for one link while the context is open."""
        self.radio.claimed.add(found.address)
        try:
            yield
        finally:
            self.radio.claimed.discard(found.address)

    async def find(
        self,
        matches: Matches,
        within_s: float,
        adapter: Adapter | None = None,
        *,
        failed: bool = False,
    ) -> ScanResult | None:
        """Return the first device that matches, or None after a timeout.

        Args:
            matches: predicate for the wanted device.
            within_s: timeout in seconds.
            adapter: adapter that scans; None for the one with the fewest sensors.
            failed: the last connection failed, so that other searches take precedence.

        Raises:
            AdapterError: Bluetooth is missing, off or not permitted.
        """
        if adapter is None:
            now_s = asyncio.get_running_loop().time()
            adapter = self.radio.adapters.choose(None, None, now_s)
        scan = self._scans.setdefault(adapter, _AdapterScan())
        request = _Request(matches, failed)
        scan.requests.append(request)
        try:
            async with asyncio.timeout(within_s):
                while request.found is None:
                    await (_wait_for_change(scan) if scan.scanning else self._scan(scan, adapter))
        except TimeoutError:
            return request.found
        finally:
            scan.requests.remove(request)
        return request.found

    async def _scan(self, scan: _AdapterScan, adapter: Adapter) -> None:
        def heard(found: ScanResult) -> None:
            for request in scan.requests:
                if request.found is None and request.matches(found):
                    request.found = found
                    scan.changed.set()

        scan.scanning = True
        try:
            async with adapter.queue.slot(), scanning(self.radio, heard, adapter):
                await _listen(scan)
            await asyncio.sleep(_PAUSE_S)
        finally:
            scan.scanning = False
            scan.changed.set()  # another search may scan now


async def _listen(scan: _AdapterScan) -> None:
    """Return when a search without a failed connection has matched, or after one slice."""
    began_s = asyncio.get_running_loop().time()
    until_s = began_s + _SLICE_S
    while not any(request.found and not request.failed for request in scan.requests):
        if any(request.found for request in scan.requests):
            until_s = began_s + _LEAST_S
        scan.changed.clear()
        try:
            async with asyncio.timeout_at(until_s):
                await scan.changed.wait()
        except TimeoutError:
            return  # no other match in this slice


async def _wait_for_change(scan: _AdapterScan) -> None:
    scan.changed.clear()
    await scan.changed.wait()
