"""The page of one session."""

import asyncio
from collections.abc import Sequence
from html import escape
from http import HTTPStatus

from nicegui import ui

from dashboards.access.roles import Right
from dashboards.console import page_frame
from dashboards.console.actions import Actions
from dashboards.console.backend import ReplayControlBackend
from dashboards.console.dialogs.end import EndDialog
from dashboards.console.dialogs.rules import RulesDialog
from dashboards.console.dialogs.sensor import SensorDialog
from dashboards.console.html_elements import Text, box, button, region
from dashboards.console.live.charts import ChartRequest
from dashboards.console.live.feed import Feed
from dashboards.console.panels.adverse_event_list import AdverseEventList
from dashboards.console.panels.alarm_list import AlarmList
from dashboards.console.panels.calls import CallPanel
from dashboards.console.panels.preflight import PreflightPanel
from dashboards.console.panels.record_buttons import record_buttons
from dashboards.console.panels.sound_controls import pause_sound, sound_controls
from dashboards.console.panels.vitals import VitalsPanel
from dashboards.console.replay.controls import ReplayControls
from dashboards.console.status import status_summary
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import shown


class SessionPage:
    """The page of one session in one browser; a `Viewer` of the feed."""

    def __init__(self, feed: Feed, view: SessionView) -> None:
        self._feed = feed
        self._view = view  # of which it is built
        self._id = view.id
        self._client = ui.context.client
        self._chart_request = ChartRequest()
        self._player: ReplayControls | None = None

    async def build(self) -> None:
        """Add the elements, in steps that let the event loop work for others."""
        skip = page_frame.add_head()
        kind = "page session" if self._view.replay is None else "page session replayed"
        with box("div", kind) as page:
            try:
                await self._fill(page, self._view)
            except Exception as error:  # noqa: BLE001 - a fault, which the page must show
                page.clear()
                drawings = self._feed.drawings
                await self._fill(page, drawings.failed(self._id, self._client.id, error))
            skip.move(page, target_index=1)
            page_frame.footer()
        page_frame.register_viewer(self._feed, self)

    async def _fill(self, page: ui.element, view: SessionView) -> None:
        feed, replayed = self._feed, view.replay is not None
        ui.page_title(status_summary.title([view]))
        with page:
            with box("div", "bedside"):
                self._vitals = VitalsPanel()
                await asyncio.sleep(0)
                self._vitals.show(view)
                await asyncio.sleep(0)
                actions = await self._act(view)
                with box("section", "sensors", tabindex="0", aria_label=_("Sensors")):
                    region("div", "sensors", "sensor-strip")
            await asyncio.sleep(0)
            self._alarms = AlarmList(feed, view, actions)
            await asyncio.sleep(0)
            self._record(view, actions)
            await asyncio.sleep(0)
            with box("header", "head"):
                _place(view)
                if not replayed:
                    may = actions.may(Right.ATTEND)
                    sound_controls(pause_sound(feed, view.id, actions) if may else None)
                region("div", "clocks", "clocks")
            await asyncio.sleep(0)
            with box("section", "glance", aria_label=_("At a glance")):
                # Announced by announce.js, which ignores changes of numbers only.
                region("div", "person", "answer")
                region("div", "sensors-work", "answer")
                region("div", "to-do", "answer")
            # First, so that the Tab key reaches it first.
            self._alarms.box.move(page, target_index=0)

    async def _act(self, view: SessionView) -> Actions:
        """Add the buttons for acts; return the user's rights."""
        feed = self._feed
        with box("section", "actions", aria_label=_("Acts")):
            actions = Actions(feed, idle=view.replay is not None)
            if view.replay is not None and isinstance(feed.backend, ReplayControlBackend):
                self._player = ReplayControls(feed, feed.backend, view, view.replay)
            with box("div", "while-it-runs"):
                await asyncio.sleep(0)
                if actions.may(Right.ATTEND):
                    record_buttons(feed, view.id, actions)
                await asyncio.sleep(0)
                if actions.may(Right.RUN):
                    button(_("Sensors")).on_click(SensorDialog(feed, view.id, actions).ask)
            button(_("Rules")).on_click(RulesDialog(feed, view.id, actions).show)
            review = Text("a", "act to-review", _("Alarm review"))
            review.props["href"] = page_frame.review_url(view.id)
            self._ending = EndDialog(feed, view, actions) if actions.may(Right.RUN) else None
        return actions

    def _record(self, view: SessionView, actions: Actions) -> None:
        """Add everything whose length changes: it scrolls, so that nothing beside it moves."""
        with box("div", "panel record", tabindex="0", role="region", aria_label=_("Record")):
            self._preflight = PreflightPanel(self._feed, view, actions)
            quiet = {"role": "status", "aria_live": "off"}
            region("section", "notices", "notices", aria_label=_("Notices"), **quiet)
            region("section", "changes", "changes", aria_label=_("Changed rules"), **quiet)
            with box("section", "", aria_label=_("Measurements")):
                Text("h2", "", _("Measurements"))
                region("ul", "scheduled", "findings scheduled")
                region("ul", "measured", "findings")
            self._events = AdverseEventList(self._feed, view, actions)
            self._calls = CallPanel(self._feed, view, actions) if view.recipients else None
            with box("section", "log", aria_label=_("Alarm history and markers")):
                Text("h2", "", _("Alarm history and markers"))
                region("ol", "log", "events")

    @property
    def session(self) -> str:
        """Return the session it shows."""
        return self._id

    def arrange(self) -> None:
        """Add elements for new alarms and channels."""
        if self._id in self._feed.sessions:
            with self._client:
                self._feed.drawings.draw(self._id, self._client.id, self._arrange)

    def _arrange(self, view: SessionView) -> None:
        self._vitals.show(view)
        self._preflight.show(view)
        self._events.show(view)
        if self._ending is not None:
            self._ending.show(view)
        if self._calls is not None:
            self._calls.show(view)
        if self._player is not None:
            self._player.show(view)
        self._alarms.show(view)  # last: a fault in another panel takes the focus from no alarm

    def request_charts(self, request: ChartRequest) -> None:
        """Store the page's chart request."""
        self._chart_request = request

    def charts(self) -> tuple[int, str]:
        """Return the number of the last chart request, and the requested charts as JSON."""
        return self._chart_request.number, self._feed.charts(self._id, self._chart_request)


def absent_page(session: str, failures: Sequence[str]) -> None:
    """Build the page of a session that is not running; it waits for the session.

    Args:
        session: its id.
        failures: a sentence for each session of the service that could not be started.
    """
    ui.context.client.status_code = HTTPStatus.NOT_FOUND
    page_frame.add_head(live=False)
    missing = _("Session '{session}' is not running here.").format(session=session)
    # Read by `renewal.js`: an open page of the session says it without being loaded again.
    sentences = escape(" ".join([missing, *map(shown, failures)]))
    ui.add_head_html(f'<meta name="absent" content="{sentences}">')
    with box("div", "page", data_absent=session):
        ui.page_title(_("NOT MONITORED"))
        with box("main", "absent", role="alert"):
            Text("h1", "", _("NOT MONITORED"))
            Text("p", "", missing)
            for failure in failures:
                Text("p", "sentence", shown(failure))
            Text("a", "act", _("All sessions")).props["href"] = "/"
        page_frame.footer()


def _place(view: SessionView) -> None:
    back = Text("a", "act back", _("All sessions"))
    back.props["href"] = page_frame.WARD
    Text("h1", "", view.participant).props["title"] = view.participant
    with box("div", "place"):
        Text("span", "", f"{view.site} · {view.room}")
        with box("div"):
            if view.replay is not None:
                Text("strong", "badge", _("Recording - not live"))
            if view.virtual:
                Text("span", "badge", _("Virtual sensors"))
            Text("span", "policy", _("Policy {policy}").format(policy=view.policy))
