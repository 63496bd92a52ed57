"""The messages to the browsers: each is made once a beat, however many look at it."""

import json
from collections.abc import Iterable, Sequence

from dashboards.console import glance
from dashboards.console.chart import chart_html
from dashboards.console.model import ChannelView, Desk, SessionView
from dashboards.console.picture import Picture, Region, session_picture, ward_picture
from dashboards.console.scales import TimeAxis

MAIN_SIGNALS = ("heart_rate", "pulse_rate", "core_temperature", "body_temperature", "spo2")
WHOLE_SESSION_S = 0.0
_POINTS = 360
_SLOWEST_BEATS = 10


def charted(channel: ChannelView) -> bool:
    """Tell whether a channel has a chart; the others are shown as values only."""
    return channel.channel.partition("/")[2] in MAIN_SIGNALS


def session_frame(view: SessionView | None) -> str:
    """Return what a session's page shows and sounds, as JSON for `show.js`; None: it has ended."""
    if view is None:
        return _frame({}, [], ended=True)
    return _frame(session_picture(view), [view], ended=view.ended)


def ward_frame(views: Iterable[SessionView], failures: Iterable[str] = ()) -> str:
    """Return what the page of all sessions shows and sounds, as JSON for `show.js`."""
    views = list(views)
    return _frame(ward_picture(views, failures), views)


def _frame(picture: Picture, views: Sequence[SessionView], *, ended: bool = False) -> str:
    at_ns, announced = glance.announcement(views)
    return json.dumps(
        {
            "ended": ended,
            "title": glance.title(views),
            "regions": _regions(picture),
            "sound": glance.sounding(views),
            # As text: whole numbers of a browser end at 2**53.
            "announced": [str(at_ns), announced],
        },
        separators=(",", ":"),
    )


def _regions(picture: Picture) -> dict[str, tuple[str, str]]:
    return {name: (region.classes, region.content) for name, region in picture.items()}


class Charts:
    """Draws charts, and keeps each until it is worth drawing anew."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._drawn: dict[tuple[str, float, bool], tuple[tuple[int, int, int], str]] = {}

    def frame(self, view: SessionView, beat: int, span_s: float, *, since_dose: bool) -> str:
        """Return all charts of a session, as JSON for `show.js`.

        Args:
            view: the session now.
            beat: number of the present second of the console.
            span_s: how far they look back; `WHOLE_SESSION_S` for all.
            since_dose: label with the time since the dose, once there was one.
        """
        key = (view.id, span_s, since_dose)
        since_ns = view.started_ns if span_s == WHOLE_SESSION_S else view.now_ns - int(span_s * 1e9)
        time = TimeAxis(
            since_ns=min(since_ns, view.now_ns - 10**9),
            now_ns=view.now_ns,
            zero_ns=view.dose_ns if since_dose else None,
        )
        # In a shorter time less than one point moves; a new marker is shown at once.
        beats = min(max(1, round(time.span_s / _POINTS)), _SLOWEST_BEATS)
        state = (
            beat // beats,
            len(view.markers),
            sum(each.undone is not None for each in view.markers),
        )
        known = self._drawn.get(key)
        if known is None or known[0] != state:
            known = self._drawn[key] = (state, json.dumps(_regions(self._draw(view, time))))
        return known[1]

    def _draw(self, view: SessionView, time: TimeAxis) -> Picture:
        return {
            f"chart {channel.channel}": Region(
                "chart",
                chart_html(
                    self._desk.trace(view.id, channel.channel, time.span_s, _POINTS),
                    time,
                    view.markers,
                    label=channel.label,
                    ucum=channel.unit,
                ),
            )
            for channel in view.channels
            if charted(channel)
        }
