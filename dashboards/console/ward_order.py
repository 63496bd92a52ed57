"""Order of the sessions on the ward page: most urgent first, without frequent changes."""

import re
from collections.abc import Iterable

from dashboards.console import status_summary
from dashboards.console.views.session import SessionView

_HOLD_NS = 15 * 10**9

_Rank = tuple[int, int]


class WardOrder:
    """A sort order by urgency, then by room.

    A session that gets worse moves at once; one that improves keeps its place for 15 seconds, so
    that a fluctuating value does not make tiles change places.
    """

    def __init__(self) -> None:
        self._held: dict[
            str, tuple[_Rank, int]
        ] = {}  # rank by session, and the last time it had that rank

    def arrange(self, views: Iterable[SessionView]) -> list[SessionView]:
        """Return the sessions in order."""
        views = list(views)
        self._held = {view.id: self._rank(view) for view in views}
        return sorted(
            views, key=lambda view: (self._held[view.id][0], _by_number(view.room), view.id)
        )

    def _rank(self, view: SessionView) -> tuple[_Rank, int]:
        rank = _urgency(view)
        held, at_ns = self._held.get(view.id, (rank, view.now_ns))
        if rank > held and 0 <= view.now_ns - at_ns < _HOLD_NS:
            return held, at_ns
        return rank, view.now_ns


def _by_number(room: str) -> str:
    """Return a sort key by which room 9 comes before room 10."""
    return re.sub(r"[0-9]+", lambda digits: digits[0].zfill(9), room)


def _urgency(view: SessionView) -> _Rank:
    """Return a sort key that is least for the most urgent session."""
    unacknowledged = status_summary.worst(filter(status_summary.unacknowledged, view.alarms))
    return -status_summary.RANK[unacknowledged], -status_summary.urgency(status_summary.level(view))
