"""Order of the sessions on the ward page, in which no alarm moves a tile. Pure."""

import re
from collections.abc import Collection

from dashboards.console.status import status_summary
from dashboards.console.views.session import SessionView


class WardOrder:
    """Order by room, ended sessions last: a person who looks for a room finds it where it was.

    A person may ask for the most urgent sessions first; that order is kept as it was at that time.
    """

    def __init__(self) -> None:
        self._ranks: dict[str, tuple[int, int]] = {}  # by session, at the time of the request

    @property
    def by_urgency(self) -> bool:
        """Return whether a person has asked for the most urgent sessions first."""
        return bool(self._ranks)

    def sort_by_urgency(self, views: Collection[SessionView]) -> None:
        """Move the sessions that are the most urgent ones now to the front."""
        self._ranks = {view.id: _urgency(view) for view in views}

    def sort_by_room(self) -> None:
        """Return to the order by room."""
        self._ranks = {}

    def arrange(self, views: Collection[SessionView]) -> list[SessionView]:
        """Return the sessions in order."""
        return sorted(views, key=self._place)

    def _place(self, view: SessionView) -> tuple[bool, tuple[int, int], str, str]:
        return view.ended, self._ranks.get(view.id, (0, 0)), _by_number(view.room), view.id


def _by_number(room: str) -> str:
    """Return a sort key by which room 9 comes before room 10."""
    return re.sub(r"[0-9]+", lambda digits: digits[0].zfill(9), room)


def _urgency(view: SessionView) -> tuple[int, int]:
    """Return a sort key that is least for the most urgent session."""
    unacknowledged = status_summary.worst(filter(status_summary.unacknowledged, view.alarms))
    return -status_summary.RANK[unacknowledged], -status_summary.urgency(status_summary.level(view))
