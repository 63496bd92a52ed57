"""The ward page: all sessions, each at the place of its room."""

import asyncio

from nicegui import ui

from dashboards.console import page_frame
from dashboards.console.actions import Actions
from dashboards.console.dialogs.new_session import NewSession
from dashboards.console.html_elements import Text, box, button, region
from dashboards.console.live.charts import ChartRequest
from dashboards.console.live.feed import Feed
from dashboards.console.panels.next_session import NextSession
from dashboards.console.panels.sound_controls import sound_controls
from dashboards.console.panels.ward_tile import WardTile
from dashboards.console.status import status_summary
from dashboards.console.views.session import SessionView
from dashboards.console.ward.order import WardOrder
from dashboards.texts import gettext as _

# Columns and rows of the largest tiles with which a number of sessions fits on a screen; columns on
# an upright one.
_GRIDS = (
    (1, 1, 1, 1),
    (2, 2, 1, 1),
    (4, 2, 2, 1),
    (6, 3, 2, 2),
    (8, 4, 2, 2),
    (12, 4, 3, 3),
    (15, 5, 3, 3),
    (20, 5, 4, 3),
)
_COLUMNS, _UPRIGHT_COLUMNS = 5, 3  # of more sessions, which scroll


class WardPage:
    """The ward page of one browser; a `Viewer` of the feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._client = ui.context.client
        self._tiles: dict[str, WardTile] = {}
        self._order = WardOrder()

    async def build(self) -> None:
        """Add the elements, in steps that let the event loop work for others."""
        feed = self._feed
        page_frame.add_head()
        feed.regions(None)  # from here on, each session has a title
        ui.page_title(status_summary.title(feed.sessions.values()))
        with box("div", "page ward"):
            with box("header", "head"):
                Text("h1", "", "physiomon")
                region("div", "ward-clock", "clock")
                # The title of the page is announced instead.
                region("div", "ward-headline", "ward-headline")
                sound_controls(None)
                self._sort = button("").on_click(self._change_order)
                self._actions = Actions(feed)
                NewSession(feed, self._actions)
                self._next = NextSession(feed, self._actions)
            region("section", "ward-notices", "notices", aria_label=_("Notices"), role="status")
            self._none = Text("p", "quiet", _("No session is running."))
            self._list = box("div", "tiles", id="values")
        page_frame.footer()
        for view in list(feed.sessions.values()):
            await asyncio.sleep(0)
            self._tile(view)
        await asyncio.sleep(0)
        self._arrange()
        page_frame.register_viewer(feed, self)

    @property
    def session(self) -> None:
        """Return None: the page shows all sessions."""

    def request_charts(self, request: ChartRequest) -> None:
        """Ignore the request: the page has no charts."""

    def charts(self) -> tuple[int, str]:
        """Return no charts."""
        return 0, "null"

    def arrange(self) -> None:
        """Add a tile for each new session, and update the buttons."""
        with self._client:
            self._arrange()

    def _change_order(self) -> None:
        if self._order.by_urgency:
            self._order.sort_by_room()
        else:
            self._feed.regions(None)  # from here on, each session can be ranked
            self._order.sort_by_urgency(self._feed.sessions.values())
        self._arrange()

    def _arrange(self) -> None:
        # The card of a place that waits for its next session replaces the tile of the last one.
        waiting = {place.session for place in self._feed.places}
        sessions = [
            view for view in self._feed.sessions.values() if not (view.ended and view.id in waiting)
        ]
        views = self._order.arrange(sessions)
        for gone in self._tiles.keys() - {view.id for view in views}:
            self._tiles.pop(gone).box.delete()
        for place, view in enumerate(views):
            tile = self._tile(view)
            if self._list.default_slot.children.index(tile.box) != place:
                tile.box.move(self._list, target_index=place)
            self._feed.drawings.draw(view.id, self._client.id, tile.show)
        self._next.show(self._list)
        columns, rows, upright = _grid(len(self._list.default_slot.children))
        self._list.style(f"--columns: {columns}; --rows: {rows}; --upright: {upright}")
        self._sort.text = _("Sort by room") if self._order.by_urgency else _("Urgent first")
        self._sort.visible = len(views) > 1
        self._none.visible = not views and not self._feed.places

    def _tile(self, view: SessionView) -> WardTile:
        """Return the tile of a session, which is added if there is none."""
        if view.id not in self._tiles:
            with self._list:
                self._tiles[view.id] = WardTile(self._feed, view, self._actions)
        return self._tiles[view.id]


def _grid(tiles: int) -> tuple[int, int, int]:
    """Return columns and rows for a number of tiles, and columns on an upright screen."""
    for most, columns, rows, upright in _GRIDS:
        if tiles <= most:
            return columns, rows, upright
    return _COLUMNS, -(-tiles // _COLUMNS), _UPRIGHT_COLUMNS
