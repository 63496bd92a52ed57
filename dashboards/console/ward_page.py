"""All sessions side by side, the worst first."""

from urllib.parse import quote

from nicegui import ui

from dashboards.console import glance, theme
from dashboards.console.acts import login_box, page_login
from dashboards.console.charts import Ask
from dashboards.console.feed import Feed
from dashboards.console.model import SessionView
from dashboards.console.sound import sound_controls
from dashboards.console.tags import Text, box, region


def session_url(session: str) -> str:
    """Return the address of a session's page."""
    return f"/session/{quote(session, safe='')}"


class WardPage:
    """One browser's page of all sessions; a `Viewer` of the feed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._client = ui.context.client
        self._tiles: dict[str, ui.element] = {}
        theme.dress()
        ui.page_title(glance.title(feed.sessions.values()))
        with box("div", "page ward"):
            with box("header", "head"):
                Text("h1", "", "physiomon")
                sound_controls(None)
                if (login := page_login()) is not None:
                    login_box(login)
            region("section", "ward-notices", "notices", aria_label="Notices", role="status")
            self._none = Text("p", "quiet", "No session runs here.")
            self._list = box("div", "tiles")
            theme.footer()
        self._arrange()
        theme.watch(feed, self)

    @property
    def session(self) -> None:
        """Return that it shows all sessions."""

    def ask(self, ask: Ask) -> None:
        """Have no charts to ask for."""

    def charts(self) -> tuple[int, str]:
        """Return that it has no charts."""
        return 0, "null"

    def arrange(self) -> None:
        """Give each session a tile, in order of urgency."""
        with self._client:
            self._arrange()

    def _arrange(self) -> None:
        views = sorted(self._feed.sessions.values(), key=_urgency)
        for gone in self._tiles.keys() - self._feed.sessions.keys():
            self._tiles.pop(gone).delete()
        for place, view in enumerate(views):
            tile = self._tiles.get(view.id)
            if tile is None:
                with self._list:
                    tile = region("a", f"tile {view.id}", "tile", href=session_url(view.id))
                self._tiles[view.id] = tile
            if self._list.default_slot.children.index(tile) != place:
                tile.move(self._list, target_index=place)
        self._none.visible = not views


def _urgency(view: SessionView) -> tuple[int, int, str, str]:
    """Return what sorts the session that needs somebody most to the front."""
    waiting = glance.worst(filter(glance.waiting, view.alarms))
    return -glance.RANK[waiting], -glance.urgency(glance.level(view)), view.room, view.id
