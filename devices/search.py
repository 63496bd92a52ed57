"""Looks for sensors on behalf of all links at once: one scan serves everybody."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from devices.radio import Radio
from devices.scanner import Found, sightings

# Long enough to hear a sensor that advertises each second, short enough to let others connect.
_SLICE_S = 5.0
_LET_OTHERS_S = 0.05

Matches = Callable[[Found], bool]


@dataclass(eq=False, slots=True)
class _Want:
    matches: Matches
    found: Found | None = None


@dataclass(slots=True)
class Search:
    """The links that look for their sensors on one radio.

    One of them scans while the others wait; whatever is heard is held against all wishes. The
    scan pauses as soon as a wish is met, since that link now needs the radio to connect.
    """

    radio: Radio
    _wants: list[_Want] = field(default_factory=list)
    _scanning: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def find(self, matches: Matches, within_s: float) -> Found | None:
        """Return the first device that matches, or None if there is none in time.

        Raises:
            LinkError: Bluetooth is missing, off or not permitted.
        """
        want = _Want(matches)
        self._wants.append(want)
        try:
            async with asyncio.timeout(within_s):
                while want.found is None:
                    await (self._wait() if self._scanning else self._scan())
        except TimeoutError:
            return None
        finally:
            self._wants.remove(want)
        return want.found

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def _scan(self) -> None:
        self._scanning = True
        try:
            async with self.radio.connecting:
                self._news.clear()
                async with sightings(self.radio, self._heard):
                    try:
                        async with asyncio.timeout(_SLICE_S):
                            await self._news.wait()
                    except TimeoutError:
                        pass  # nobody's sensor was heard in this slice
            await asyncio.sleep(_LET_OTHERS_S)
        finally:
            self._scanning = False
            self._news.set()  # another may scan now

    def _heard(self, found: Found) -> None:
        for want in self._wants:
            if want.found is None and want.matches(found):
                want.found = found
                self._news.set()
