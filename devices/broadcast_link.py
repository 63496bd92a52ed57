"""Reception of a sensor that only advertises."""

import asyncio
import random
from typing import NoReturn

from devices.advertisement import ADVERT
from devices.decoders import KINDS
from devices.discovery import Search
from devices.errors import LinkError
from devices.radio import LinkState, Radio, Sink
from devices.scanner import ScanResult
from devices.sensor import SensorSpec

_PAUSE_S = 5.0  # other sensors need the radio too, and room temperature changes slowly
# A sensor whose values do not change repeats the same bytes; they count as new after this time.
_SAME_AGAIN_S = 30.0


class BroadcastLink:
    """Passes a sensor's advertisements to a sink, at most one every few seconds."""

    def __init__(
        self, spec: SensorSpec, sink: Sink, _radio: Radio, search: Search, rng: random.Random
    ) -> None:
        self._spec = spec
        self._kind = KINDS[spec.kind]
        self._sensor_name = f"{self._kind.label} '{spec.label}'"
        self._sink = sink
        self._search = search
        self._rng = rng
        self._address = spec.address
        self._reported: tuple[LinkState, str] | None = None
        self._last = b""
        self._last_s: float | None = None

    async def run(self) -> NoReturn:
        """Listen until cancelled; no failure of the radio ends it."""
        time_s = asyncio.get_running_loop().time
        while True:
            try:
                found = await self._search.find(self._is_new, self._kind.silent_after_s)
            except LinkError as error:
                self._report(
                    LinkState.SEARCHING, f"{self._sensor_name} cannot be received: {error}."
                )
            else:
                if found is not None:
                    self._address = found.address  # keep the first one found
                    self._last, self._last_s = found.advertisement, time_s()
                    self._report(LinkState.CONNECTED, "", found.rssi)
                    self._sink.packet(self._spec.label, ADVERT, found.advertisement)
                elif self._last_s is None:
                    reason = (
                        f"{self._sensor_name} is not found: check that it is on and near. "
                        "Still searching."
                    )
                    self._report(LinkState.SEARCHING, reason)
                else:
                    self._report(
                        LinkState.SILENT,
                        f"{self._sensor_name} has stopped advertising: check its battery.",
                    )
            await asyncio.sleep(_PAUSE_S * self._rng.uniform(0.8, 1.2))

    def _is_new(self, found: ScanResult) -> bool:
        if self._address is not None:
            ours = found.address.lower() == self._address.lower()
        elif self._spec.name is not None:
            ours = found.name == self._spec.name
        else:
            ours = found.kind is not None and found.kind.broadcasts
        if not ours or not found.advertisement:
            return False
        if self._last_s is None or found.advertisement != self._last:
            return True
        return asyncio.get_running_loop().time() - self._last_s >= _SAME_AGAIN_S

    def _report(self, state: LinkState, reason: str, rssi: int | None = None) -> None:
        if self._reported != (state, reason):
            self._reported = (state, reason)
            self._sink.link(self._spec.label, state, reason, rssi)
