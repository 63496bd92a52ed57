"""LSL service of a session: its facts as streams, and markers of other programs as events.

A mirror, never the record: what LSL does not accept is dropped, counted and reported as a notice;
the journal has everything.
"""

import asyncio
from collections import deque

from dashboards.console.formatting import count
from devices.errors import PhysiomonError
from devices.printable_text import printable
from monitor.config.lsl import LslSettings
from monitor.facts import Fact
from monitor.lsl.outlets import Inlets, Outlets, ReceivedMarker, load_lsl
from monitor.lsl.streams import CLOCK, Sample, Streams, sample_of
from monitor.sessions.session import Session

PART = "lsl"
_MOST_WAITING = 4096
_POLL_S = 0.25
_CLOCK_EVERY_S = 1.0
_MARKERS_PER_MINUTE = 60
_MINUTE_S = 60.0
_LONGEST_TEXT = 200
_LONGEST_NAME = 32


class LslService:
    """Streams of one session.

    Args:
        session: to mirror.
        settings: of the configuration.
    """

    def __init__(self, session: Session, settings: LslSettings) -> None:
        self._session = session
        self._settings = settings
        self._streams = Streams(session.spec)
        self._waiting: deque[Sample] = deque()
        self._arrived = asyncio.Event()
        self._dropped = 0
        self._accepted_s: deque[float] = deque()
        self._refused = 0
        session.listeners.append(self._hear)

    async def run(self) -> None:
        """Send and receive until cancelled.

        Raises:
            ConfigError: pylsl is not installed.
        """
        self._waiting.clear()  # of the time without a service
        lsl = load_lsl(self._settings)
        outlets = Outlets(lsl, self._streams.spec, self._session.now_ns)
        inlets: Inlets | None = None
        try:
            await asyncio.to_thread(outlets.open, self._streams.initial())
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send(outlets), name="lsl/send")
                tasks.create_task(self._send_clock(outlets), name="lsl/clock")
                if self._settings.markers:
                    inlets = Inlets(lsl, self._settings.markers, self._session.now_ns)
                    tasks.create_task(self._receive(inlets), name="lsl/markers")
        finally:
            await asyncio.to_thread(_close, outlets, inlets)

    def _hear(self, fact: Fact) -> None:
        sample = sample_of(fact)
        if sample is None:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._dropped += 1
            self._session.notice(
                f"{PART} samples",
                f"{count(self._dropped, 'sample')} not sent to LSL, which is too slow: a "
                "recording of LabRecorder is incomplete, the journal is not",
            )
            return
        self._waiting.append(sample)
        self._arrived.set()

    async def _send(self, outlets: Outlets) -> None:
        while True:
            self._arrived.clear()
            samples = list(self._waiting)
            await asyncio.to_thread(outlets.push, samples)
            for _ in samples:
                self._waiting.popleft()
            if not self._waiting:
                await self._arrived.wait()

    async def _send_clock(self, outlets: Outlets) -> None:
        """Send what converts stamps into times of the journal; see `Outlets.offset_s`."""
        while True:
            self._waiting.append(Sample(CLOCK, self._session.now_ns(), (outlets.offset_s(),)))
            self._arrived.set()
            await asyncio.sleep(_CLOCK_EVERY_S)

    async def _receive(self, inlets: Inlets) -> None:
        while True:
            for marker in await asyncio.to_thread(inlets.poll):
                self._record(marker)
            await asyncio.sleep(_POLL_S)

    def _record(self, marker: ReceivedMarker) -> None:
        """Record a marker as an event of the session, 60 per minute at most."""
        now_s = asyncio.get_running_loop().time()
        while self._accepted_s and now_s - self._accepted_s[0] >= _MINUTE_S:
            self._accepted_s.popleft()
        text = printable(marker.text[:_LONGEST_TEXT])
        if not text:
            return
        if len(self._accepted_s) >= _MARKERS_PER_MINUTE:
            self._refused += 1
            self._session.notice(
                f"{PART} markers",
                f"{count(self._refused, 'marker')} of LSL not recorded: more than "
                f"{_MARKERS_PER_MINUTE} per minute; send phases and events, not single stimuli",
            )
            return
        self._accepted_s.append(now_s)
        source = marker.source
        by = f"LSL {source.stream[:_LONGEST_NAME]}"
        try:
            self._session.actions.mark(source.kind, text, by, at_ns=marker.at_ns)
        except PhysiomonError as error:  # such as a time in the future
            self._session.notice(f"{PART} refused", f"a marker of LSL was not recorded: {error}")


def _close(outlets: Outlets, inlets: Inlets | None) -> None:
    outlets.close()
    if inlets is not None:
        inlets.close()
