"""Looks for sensors on behalf of all links at once: one scan of an adapter serves everybody."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from devices.adapters import Adapter
from devices.radio import Radio
from devices.scanner import Found, sightings

# Long enough to hear a sensor that advertises each second, short enough to let others connect.
_SLICE_S = 5.0
# One that failed before must not end a scan before others were heard.
_LEAST_S = 1.5
_LET_OTHERS_S = 0.05

Matches = Callable[[Found], bool]


@dataclass(eq=False, slots=True)
class _Want:
    matches: Matches
    failed: bool
    found: Found | None = None


@dataclass(eq=False, slots=True)
class _Sweep:
    """Those who look for a sensor through one adapter."""

    wants: list[_Want] = field(default_factory=list)
    scanning: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Search:
    """The links that look for their sensors on one radio.

    One of them scans while the others wait; whatever is heard is held against all wishes. The
    scan pauses as soon as a wish is met, since that link now needs the radio to connect; nobody
    scans while nobody looks for anything.
    """

    radio: Radio
    _sweeps: dict[Adapter, _Sweep] = field(default_factory=dict)

    async def find(
        self,
        matches: Matches,
        within_s: float,
        adapter: Adapter | None = None,
        *,
        failed: bool = False,
    ) -> Found | None:
        """Return the first device that matches, or None if there is none in time.

        Args:
            matches: tells whether a device is the one.
            within_s: how long to look.
            adapter: that listens; None: the one with the fewest sensors.
            failed: the last connection failed, so that there is no hurry with the next.

        Raises:
            AdapterError: Bluetooth is missing, off or not permitted.
        """
        if adapter is None:
            now_s = asyncio.get_running_loop().time()
            adapter = self.radio.adapters.choose(None, None, now_s)
        sweep = self._sweeps.setdefault(adapter, _Sweep())
        want = _Want(matches, failed)
        sweep.wants.append(want)
        try:
            async with asyncio.timeout(within_s):
                while want.found is None:
                    await (_wait(sweep) if sweep.scanning else self._scan(sweep, adapter))
        except TimeoutError:
            return want.found
        finally:
            sweep.wants.remove(want)
        return want.found

    async def _scan(self, sweep: _Sweep, adapter: Adapter) -> None:
        def heard(found: Found) -> None:
            for want in sweep.wants:
                if want.found is None and want.matches(found):
                    want.found = found
                    sweep.news.set()

        sweep.scanning = True
        try:
            async with adapter.turns.turn(), sightings(self.radio, heard, adapter):
                await _listen(sweep)
            await asyncio.sleep(_LET_OTHERS_S)
        finally:
            sweep.scanning = False
            sweep.news.set()  # another may scan now


async def _listen(sweep: _Sweep) -> None:
    """Return when somebody in a hurry is served, at the latest after a slice."""
    began_s = asyncio.get_running_loop().time()
    until_s = began_s + _SLICE_S
    while not any(want.found and not want.failed for want in sweep.wants):
        if any(want.found for want in sweep.wants):
            until_s = began_s + _LEAST_S
        sweep.news.clear()
        try:
            async with asyncio.timeout_at(until_s):
                await sweep.news.wait()
        except TimeoutError:
            return  # nobody else's sensor was heard in this slice


async def _wait(sweep: _Sweep) -> None:
    sweep.news.clear()
    await sweep.news.wait()
