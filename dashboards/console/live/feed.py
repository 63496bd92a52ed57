"""The console's update loop: polls the backend once for all viewers and updates every page."""

import asyncio
import json
from collections.abc import Hashable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

from dashboards.console.backend import Backend
from dashboards.console.charts.sparklines import Sparklines, curve_channels
from dashboards.console.live.charts import ChartRequest, Charts
from dashboards.console.live.drawings import Drawings
from dashboards.console.live.snapshot import Region, tile_region
from dashboards.console.live.updates import session_frame, ward_frame
from dashboards.console.views.places import WaitingPlaceView
from dashboards.console.views.session import SessionView

_POLL_S = 0.25  # an alarm is on every page within this time
_POLLS_PER_BEAT = 4
_CHART_PAUSE_S = 0.04  # between chart requests, so that drawing takes at most a third of the loop


class Viewer(Protocol):
    """One open page."""

    def arrange(self) -> None:
        """Add and update NiceGUI elements for the current sessions."""
        ...

    def request_charts(self, request: ChartRequest) -> None:
        """Store the page's chart request."""
        ...

    def charts(self) -> tuple[int, str]:
        """Return the number of the last chart request, and the requested charts as JSON."""
        ...

    @property
    def session(self) -> str | None:
        """Return the session that it shows; None for all."""
        ...


class Feed:
    """The content of all pages, updated once a second, and at once when an alarm changes.

    Attributes:
        backend: source of data and target of actions.
        drawings: what is drawn of each session.
        places: where the next session can be started.
        viewers: open pages, by the id of their NiceGUI client.
        speed: seconds of this event loop per real second.
        wakes: events set with each heartbeat, one per page stream.
    """

    def __init__(self, backend: Backend, speed: float) -> None:
        self.backend = backend
        self.speed = speed
        self.drawings = Drawings(backend)
        self.places: Sequence[WaitingPlaceView] = ()
        self.viewers: dict[str, Viewer] = {}
        self.wakes: set[asyncio.Event] = set()
        self._beat = 0
        self._next_beat = asyncio.Event()
        self._charts = Charts(backend)
        self._sparklines = Sparklines(backend)
        self._chart_lock = asyncio.Lock()
        self._frames: dict[str | None, str] = {}
        self._poll_s = _POLL_S * speed
        self._chart_pause_s = _CHART_PAUSE_S * speed
        self._acted = asyncio.Event()
        self.refresh()

    @property
    def sessions(self) -> dict[str, SessionView]:
        """Return the views of all sessions to show, by id."""
        return self.drawings.sessions

    def update(self, viewer: Viewer, asked: int, charts: str) -> str:
        """Return the update of a page, as JSON for `show.js`.

        Args:
            viewer: the page.
            asked: number of the chart request that the charts answer.
            charts: its charts as JSON, or ``null`` if it already has them.
        """
        return f'{{"frame":{self._frame(viewer.session)},"asked":{asked},"charts":{charts}}}'

    async def wait_for_charts(self) -> None:
        """Wait until charts may be drawn: alarms come first, however many users drag."""
        async with self._chart_lock:
            await asyncio.sleep(self._chart_pause_s)

    @property
    def next_beat(self) -> asyncio.Event:
        """Return the event that is set with the next heartbeat."""
        return self._next_beat

    def charts(self, session: str, request: ChartRequest) -> str:
        """Return the charts of a session as JSON; the same text until they are redrawn."""
        if session not in self.sessions:
            return "null"
        what = "charts", request.span_s, request.until_ms, request.since_dose
        draw = partial(self._charts.frame, beat=self._beat, request=request)
        return self.drawings.draw(session, what, draw)

    def regions(self, session: str | None) -> dict[str, tuple[str, str]]:
        """Return classes and content of the regions of a session's page, or of the ward page."""
        regions: dict[str, tuple[str, str]] = json.loads(self._frame(session))["regions"]
        return regions

    def refresh(self) -> None:
        """Get the current sessions from the backend."""
        self.drawings.refresh(self._beat)
        self.places = self.backend.waiting_places()
        self._frames.clear()

    def acted(self) -> None:
        """Show the result of an action on all pages now, not with the next heartbeat."""
        self._acted.set()

    async def run(self) -> None:
        """Update all pages until cancelled."""
        polls = 0
        urgent = self._urgent()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._acted.wait()
            acted = self._acted.is_set()
            self._acted.clear()
            self.refresh()
            if any(viewer.session is None for viewer in self.viewers.values()):
                channels = partial(self.drawings.draw, what="curves", draw=curve_channels)
                self._sparklines.draw_next(self.sessions, channels)
            polls += 1
            before, urgent = urgent, self._urgent()
            if polls >= _POLLS_PER_BEAT or acted or urgent != before:
                polls = 0
                self._show()

    def _frame(self, session: str | None) -> str:
        """Return the update of a session's page, or of the ward page (None)."""
        if session not in self._frames:
            if session is None:
                frame = self._ward_frame()
            elif session in self.sessions:
                frame = self.drawings.draw(session, "page", session_frame)
            else:
                frame = session_frame(None)
            self._frames[session] = frame
        return self._frames[session]

    def _ward_frame(self) -> str:
        tiles = {each: self.drawings.draw(each, "tile", self._tile) for each in [*self.sessions]}
        return ward_frame(
            self.sessions.values(),
            tiles,
            self.backend.start_failures(),
            {place.failure for place in self.places},
        )

    def _tile(self, view: SessionView) -> Region:
        tile = tile_region(view, self._sparklines.of(view))
        # What the page shows about all sessions together must be possible for this one, too.
        ward_frame([view], {})
        return tile

    def _show(self) -> None:
        self._beat += 1
        self._next_beat.set()
        self._next_beat = asyncio.Event()
        for wake in self.wakes:
            wake.set()

    def _urgent(self) -> Hashable:
        """Return the state whose changes must not wait for the next heartbeat."""
        return tuple(self.drawings.draw(each, "state", _state) for each in [*self.sessions])


def _state(view: SessionView) -> Hashable:
    return (
        view.id,
        view.audio_paused_s > 0,
        view.replay is not None and view.replay.seeking,
        len(view.markers),
        tuple((alarm.key, alarm.state, alarm.since_ns) for alarm in view.alarms),
        tuple(sensor.state for sensor in view.sensors),
    )
