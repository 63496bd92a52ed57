"""The messages to the browsers: each is made once a beat, however many look at it."""

import json
from collections.abc import Iterable, Sequence

from dashboards.console import status_summary
from dashboards.console.page_snapshot import Snapshot, session_snapshot, ward_snapshot
from dashboards.console.views.session import SessionView


def session_frame(view: SessionView | None) -> str:
    """Return what a session's page shows and sounds, as JSON for `show.js`; None: it has ended."""
    if view is None:
        return _frame({}, [], ended=True)
    return _frame(session_snapshot(view), [view], ended=view.ended)


def ward_frame(views: Iterable[SessionView], failures: Iterable[str] = ()) -> str:
    """Return what the page of all sessions shows and sounds, as JSON for `show.js`."""
    views = list(views)
    return _frame(ward_snapshot(views, failures), views)


def _frame(picture: Snapshot, views: Sequence[SessionView], *, ended: bool = False) -> str:
    at_ns, announced = status_summary.announcement(views)
    return json.dumps(
        {
            "ended": ended,
            "now": max((view.now_ns for view in views), default=0) // 10**6,
            "title": status_summary.title(views),
            "regions": regions(picture),
            "sound": status_summary.sounding(views),
            # As text: whole numbers of a browser end at 2**53.
            "announced": [str(at_ns), announced],
        },
        separators=(",", ":"),
    )


def regions(picture: Snapshot) -> dict[str, tuple[str, str]]:
    """Return the classes and the content of each region, for JSON."""
    return {name: (region.classes, region.content) for name, region in picture.items()}
