"""The ward page: all sessions, most urgent first."""

from nicegui import ui

from dashboards.console import page_frame, status_summary
from dashboards.console.actions import login_box, page_login
from dashboards.console.charts import ChartRequest
from dashboards.console.html_elements import Text, box, region
from dashboards.console.next_session import NextSession
from dashboards.console.page_feed import Feed
from dashboards.console.sound_controls import sound_controls
from dashboards.console.ward_order import WardOrder

_SIZES = ((6, "big"), (12, "middling"), (10**9, "small"))


class WardPage:
    """The ward page of one browser; a `Viewer` of the feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._client = ui.context.client
        self._tiles: dict[str, ui.element] = {}
        self._order = WardOrder()
        page_frame.add_head()
        ui.page_title(status_summary.title(feed.sessions.values()))
        with box("main", "page ward"):
            with box("header", "head"):
                Text("h1", "", "physiomon")
                sound_controls(None)
                if (login := page_login()) is not None:
                    login_box(login)
            region("section", "ward-notices", "notices", aria_label="Notices", role="status")
            self._none = Text("p", "quiet", "No session is running.")
            self._list = box("div", "tiles")
            self._next = NextSession(feed)  # below: it must not move the values of the others
            page_frame.footer()
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
        """Add a tile for each session, in order of urgency."""
        with self._client:
            self._arrange()

    def _arrange(self) -> None:
        views = self._order.arrange(self._feed.sessions.values())
        for gone in self._tiles.keys() - self._feed.sessions.keys():
            self._tiles.pop(gone).delete()
        for place, view in enumerate(views):
            tile = self._tiles.get(view.id)
            if tile is None:
                with self._list:
                    tile = region(
                        "a", f"tile {view.id}", "tile", href=page_frame.session_url(view.id)
                    )
                self._tiles[view.id] = tile
            if self._list.default_slot.children.index(tile) != place:
                tile.move(self._list, target_index=place)
        self._list.classes(replace=f"tiles {_size(len(views))}")
        self._next.show()
        self._none.visible = not views and not self._feed.places


def _size(sessions: int) -> str:
    """Return the largest tile size with which all tiles fit on a screen."""
    return next(size for most, size in _SIZES if sessions <= most)
