"""Updates for the browsers, each built once per heartbeat for all viewers."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from dashboards.console.live.snapshot import Region, Snapshot, session_snapshot, ward_snapshot
from dashboards.console.status import status_summary
from dashboards.console.views.session import SessionView


def session_frame(view: SessionView | None) -> str:
    """Return the update of a session's page as JSON for `show.js`; None: the session is gone."""
    if view is None:
        return _frame({}, [], ended=True)
    return _frame(session_snapshot(view), [view], ended=view.ended)


def ward_frame(
    views: Iterable[SessionView],
    tiles: Mapping[str, Region],
    failures: Collection[str] = (),
    on_cards: Collection[str] = (),
) -> str:
    """Return the update of the ward page as JSON for `show.js`; see `ward_snapshot`."""
    views = list(views)
    return _frame(ward_snapshot(views, tiles, failures, on_cards), views)


def _frame(snapshot: Snapshot, views: Sequence[SessionView], *, ended: bool = False) -> str:
    at_ns, announced = status_summary.announcement(views)
    return json.dumps(
        {
            "ended": ended,
            "now": max((view.now_ns for view in views), default=0) // 10**6,
            "title": status_summary.title(views),
            "regions": regions(snapshot),
            "sound": status_summary.sounding(views),
            # As text: integers in a browser are exact only up to 2**53.
            "announced": [str(at_ns), announced],
        },
        separators=(",", ":"),
    )


def regions(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    """Return classes and content of each region, for JSON."""
    return {name: (region.classes, region.content) for name, region in snapshot.items()}
