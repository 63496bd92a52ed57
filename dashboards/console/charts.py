"""The charts of a session for whoever looks at it: each drawn once for all viewers of a stretch."""

import json
import math
from collections import OrderedDict

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.time_format import offset_s
from dashboards.console.backend import Backend
from dashboards.console.chart import chart_html
from dashboards.console.chart_scales import TimeAxis
from dashboards.console.page_snapshot import Region, Snapshot
from dashboards.console.page_updates import regions
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.session import SessionView

MAIN_SIGNALS = ("heart_rate", "pulse_rate", "core_temperature", "body_temperature", "spo2")
WHOLE_SESSION_S = 0.0
SPANS_S = {300.0: "5 min", 1800.0: "30 min", 7200.0: "2 h", WHOLE_SESSION_S: "Session"}
SHORTEST_S = 1800 / 32  # half an hour, halved five times
_LONGEST_S = 7 * 86_400.0
_POINTS = 720  # of a line; about 180 stretches, each with its first, lowest, highest and last
_REDRAWN = 360  # a chart is drawn anew when it has moved by this part of its span
_SLOWEST_BEATS = 10
_STEPS_PER_OCTAVE = 4  # of spans: viewers who zoom as they like share most of them
_STEPS_PER_SPAN = 60  # of the end of a stretch of the past
_KEPT = 60  # drawings, of about 50 kB each
_LONGEST_ASK = 200


class ChartRequest(BaseModel):
    """What a page asks its charts to show.

    Attributes:
        number: counts the asks of a page; it comes back with what was asked for.
        span_s: how far the charts look back from their end; `WHOLE_SESSION_S` for all.
        until_ms: their end, UTC milliseconds; None is the present.
        since_dose: label with the time since the dose, once there was one.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    number: int = Field(default=0, ge=0, le=2**53)
    span_s: float = Field(default=1800.0, ge=0, le=_LONGEST_S)
    until_ms: int | None = Field(default=None, ge=0, le=2**53)
    since_dose: bool = True


def read_chart_request(text: str | None) -> ChartRequest | None:
    """Return what a page asks for, or None where it is nothing that `chart.js` would send."""
    if text is None or len(text) > _LONGEST_ASK:
        return None
    try:
        return ChartRequest.model_validate_json(text)
    except ValidationError:
        return None


def charted(channel: ChannelView) -> bool:
    """Tell whether a channel has a chart; the others are shown as values only."""
    return channel.channel.partition("/")[2] in MAIN_SIGNALS


class Charts:
    """Draws charts, and keeps the last ones until they are worth drawing anew."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._drawn: OrderedDict[tuple[object, ...], tuple[tuple[int, ...], str]] = OrderedDict()

    def frame(self, view: SessionView, beat: int, ask: ChartRequest) -> str:
        """Return all charts of a session, as JSON for `chart.js`.

        Args:
            view: the session now.
            beat: number of the present second of the console.
            ask: what they are to show.
        """
        span_ns, until_ns = _stretch(view, ask)
        key = (view.id, span_ns, until_ns, ask.since_dose)
        time = _axis(view, span_ns, until_ns, since_dose=ask.since_dose)
        # In a shorter time less than one point moves; a new marker is shown at once. The past may
        # change too: a gateway delivers late what it kept.
        beats = min(max(1, round(time.span_s / _REDRAWN)), _SLOWEST_BEATS)
        undone = sum(each.undone is not None for each in view.markers)
        state = (beat // (beats if time.live else _SLOWEST_BEATS), len(view.markers), undone)
        known = self._drawn.get(key)
        if known is None or known[0] != state:
            known = (state, self._draw(view, time))
            self._drawn[key] = known
        self._drawn.move_to_end(key)
        if len(self._drawn) > _KEPT:
            self._drawn.popitem(last=False)
        return known[1]

    @property
    def kept(self) -> int:
        """Return how many drawings are kept."""
        return len(self._drawn)

    def _draw(self, view: SessionView, time: TimeAxis) -> str:
        axis = {
            "since": time.since_ns // 10**6,
            "until": time.until_ns // 10**6,
            "live": time.live,
            "from": view.started_ns // 10**6,
            "dose": None if view.dose_ns is None else view.dose_ns // 10**6,
            "sinceDose": time.zero_ns is not None,
            "offset": offset_s(time.until_ns, view.zone) * 1000,
        }
        charts = {"axis": axis, "regions": regions(self._picture(view, time))}
        return json.dumps(charts, separators=(",", ":"))

    def _picture(self, view: SessionView, time: TimeAxis) -> Snapshot:
        return {
            f"chart {channel.channel}": Region(
                "chart",
                chart_html(
                    self._backend.trace(
                        view.id, channel.channel, time.since_ns, time.until_ns, _POINTS
                    ),
                    time,
                    view.markers,
                    label=channel.label,
                    ucum=channel.unit,
                    decimals=channel.decimals,
                ),
            )
            for channel in view.channels
            if charted(channel)
        }


def _stretch(view: SessionView, ask: ChartRequest) -> tuple[int, int | None]:
    """Return span and end that are drawn: near to what was asked for, and shared by many.

    The span is 0 for the whole session so far; the end is None for the present.
    """
    if ask.span_s == WHOLE_SESSION_S:
        return 0, None
    span_s = ask.span_s
    if span_s not in SPANS_S:
        octaves = math.log2(max(span_s, SHORTEST_S) / SHORTEST_S)
        span_s = SHORTEST_S * 2 ** (round(octaves * _STEPS_PER_OCTAVE) / _STEPS_PER_OCTAVE)
    span_ns = round(span_s) * 10**9
    if ask.until_ms is None or ask.until_ms * 10**6 >= view.now_ns:
        return span_ns, None
    step_ns = max(10**9, span_ns // _STEPS_PER_SPAN)
    until_ns = round(ask.until_ms * 10**6 / step_ns) * step_ns
    earliest_ns = view.started_ns + min(span_ns, view.now_ns - view.started_ns)
    return span_ns, max(until_ns, earliest_ns)


def _axis(view: SessionView, span_ns: int, until_ns: int | None, *, since_dose: bool) -> TimeAxis:
    live = until_ns is None or until_ns >= view.now_ns
    end_ns = view.now_ns if until_ns is None or live else until_ns
    since_ns = end_ns - span_ns if span_ns else view.started_ns
    return TimeAxis(
        since_ns=min(since_ns, end_ns - 10**9),
        until_ns=end_ns,
        zero_ns=view.dose_ns if since_dose else None,
        live=live,
        zone=view.zone,
    )
