"""The console's heart: looks at the backend once for all viewers, and beats in every page."""

import asyncio
from collections.abc import Hashable
from contextlib import suppress
from typing import Protocol

from dashboards.console.backend import Backend
from dashboards.console.charts import ChartRequest, Charts
from dashboards.console.page_updates import session_frame, ward_frame
from dashboards.console.views.session import SessionView

_LOOK_S = 0.25  # how soon an alarm is on every page
_LOOKS_PER_BEAT = 4
_TURN_S = 0.04  # between charts that are asked for: drawing them takes at most a third of the loop


class Viewer(Protocol):
    """One open page."""

    def arrange(self) -> None:
        """Make place for what the feed holds, in NiceGUI's elements."""
        ...

    def ask(self, ask: ChartRequest) -> None:
        """Take what the page wants its charts to show."""
        ...

    def charts(self) -> tuple[int, str]:
        """Return the number of the last ask, and the charts that the page is to show, as JSON."""
        ...

    @property
    def session(self) -> str | None:
        """Return the session it shows; None for all."""
        ...


class Feed:
    """What all pages show, brought up to date once a second, and at once when an alarm changes.

    Attributes:
        backend: what is shown, and what acts are asked of.
        sessions: all of them as they are now, by id.
        viewers: the open pages, by the id of their NiceGUI client.
        speed: seconds of this loop in a real one.
        wakes: set with each beat, one for each page that a picture is sent to.
    """

    def __init__(self, backend: Backend, speed: float) -> None:
        self.backend = backend
        self.speed = speed
        self.sessions: dict[str, SessionView] = {}
        self.viewers: dict[str, Viewer] = {}
        self.wakes: set[asyncio.Event] = set()
        self._beat = 0
        self._beaten = asyncio.Event()
        self._charts = Charts(backend)
        self._turns = asyncio.Lock()
        self._frames: dict[str | None, str] = {}
        self._look_s = _LOOK_S * speed
        self._turn_s = _TURN_S * speed
        self._acted = asyncio.Event()
        self.look()

    def picture(self, viewer: Viewer, asked: int, charts: str) -> str:
        """Return what a page shows, as JSON for `show.js`.

        Args:
            viewer: the page.
            asked: number of the ask that the charts answer.
            charts: its charts as JSON, or ``null`` where it has them already.
        """
        return f'{{"frame":{self._frame(viewer.session)},"asked":{asked},"charts":{charts}}}'

    async def turn(self) -> None:
        """Wait until the charts of an ask may be drawn: however many drag, alarms come first."""
        async with self._turns:
            await asyncio.sleep(self._turn_s)

    @property
    def beaten(self) -> asyncio.Event:
        """Return what is set with the next beat."""
        return self._beaten

    def charts(self, session: str, ask: ChartRequest) -> str:
        """Return the charts of a session as JSON; the same text until they are drawn anew."""
        view = self.sessions.get(session)
        return "null" if view is None else self._charts.frame(view, self._beat, ask)

    def look(self) -> None:
        """Ask the backend what there is now."""
        self.sessions = {view.id: view for view in self.backend.sessions()}
        self._frames.clear()

    def acted(self) -> None:
        """Show everybody what an act has changed, now and not with the next beat."""
        self._acted.set()

    async def run(self) -> None:
        """Beat until cancelled."""
        looks = 0
        urgent = self._urgent()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_s):
                    await self._acted.wait()
            acted = self._acted.is_set()
            self._acted.clear()
            self.look()
            looks += 1
            before, urgent = urgent, self._urgent()
            if looks >= _LOOKS_PER_BEAT or acted or urgent != before:
                looks = 0
                self._show()

    def _frame(self, session: str | None) -> str:
        """Return what the page of a session shows, or that of all sessions (None)."""
        if session not in self._frames:
            view = None if session is None else self.sessions.get(session)
            self._frames[session] = (
                ward_frame(self.sessions.values(), self.backend.start_failures())
                if session is None
                else session_frame(view)
            )
        return self._frames[session]

    def _show(self) -> None:
        self._beat += 1
        self._beaten.set()
        self._beaten = asyncio.Event()
        for wake in self.wakes:
            wake.set()

    def _urgent(self) -> Hashable:
        """Return what must not wait for the next beat when it changes."""
        return tuple(
            (
                view.id,
                view.audio_paused_s > 0,
                len(view.markers),
                tuple((alarm.key, alarm.state, alarm.since_ns) for alarm in view.alarms),
                tuple(sensor.state for sensor in view.sensors),
            )
            for view in self.sessions.values()
        )
