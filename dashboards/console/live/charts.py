"""Charts of a session, each drawn once for all viewers of the same period."""

import json
import math
from collections import OrderedDict
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.time_format import offset_s
from dashboards.console.backend import Backend
from dashboards.console.charts.chart import chart_html
from dashboards.console.charts.pressure_chart import pressure_chart_html
from dashboards.console.charts.scales import TimeAxis
from dashboards.console.live.snapshot import Region, Snapshot
from dashboards.console.live.updates import regions
from dashboards.console.markup import Html
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.measurements import SpotMeasurementView
from dashboards.console.views.session import SessionView
from dashboards.texts import marked

MAIN_SIGNALS = ("heart_rate", "pulse_rate", "core_temperature", "body_temperature", "spo2")
PRESSURE = "bp"  # name of the chart of blood pressure
WHOLE_SESSION_S = 0.0
SPANS_S = {
    300.0: marked("5 min"),
    1800.0: marked("30 min"),
    7200.0: marked("2 h"),
    WHOLE_SESSION_S: marked("Session"),
}
SHORTEST_S = 1800 / 32  # half an hour, halved five times
_FIRST_NS = 60 * 10**9  # of a live chart of a session that has just started
_LONGEST_S = 7 * 86_400.0
_POINTS = 720  # of a line: about 180 intervals with their first, lowest, highest and last value
_REDRAWN = 360  # a chart is redrawn after moving by 1/360 of its span
_SLOWEST_BEATS = 10
_STEPS_PER_OCTAVE = 4  # of spans, so that viewers with different zoom share most drawings
_STEPS_PER_SPAN = 60  # of the end of a past period
_MAX_DRAWINGS = 60  # drawings of about 50 kB each
_MAX_REQUEST_LENGTH = 200


class ChartRequest(BaseModel):
    """A page's request for charts.

    Attributes:
        number: counts the requests of a page; it is sent back with the charts.
        span_s: length of the period; `WHOLE_SESSION_S` for the whole session.
        until_ms: end of the period in UTC milliseconds; None for the present.
        since_dose: label with the time since the dose, after the dose.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    number: int = Field(default=0, ge=0, le=2**53)
    span_s: float = Field(default=1800.0, ge=0, le=_LONGEST_S)
    until_ms: int | None = Field(default=None, ge=0, le=2**53)
    since_dose: bool = True


def read_chart_request(text: str | None) -> ChartRequest | None:
    """Parse a chart request; return None if `chart.js` would not send it."""
    if text is None or len(text) > _MAX_REQUEST_LENGTH:
        return None
    try:
        return ChartRequest.model_validate_json(text)
    except ValidationError:
        return None


def charted(channel: ChannelView) -> bool:
    """Return whether a channel has a chart; other channels are shown only as values."""
    return _signal(channel) in MAIN_SIGNALS


def chart_rows(channels: Sequence[ChannelView]) -> list[list[ChannelView]]:
    """Return the channels of each chart, in the order of `MAIN_SIGNALS`.

    Pulse rate is drawn in the chart of the first heart rate, if there is one.
    """
    ordered = sorted(filter(charted, channels), key=lambda one: MAIN_SIGNALS.index(_signal(one)))
    rows: list[list[ChannelView]] = []
    for channel in ordered:
        if _signal(channel) == "pulse_rate" and rows and _signal(rows[0][0]) == "heart_rate":
            rows[0].append(channel)
        else:
            rows.append([channel])
    return rows


def _signal(channel: ChannelView) -> str:
    return channel.channel.partition("/")[2]


class Charts:
    """A cache of drawn charts, which are redrawn when they have changed enough."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._drawn: OrderedDict[tuple[object, ...], tuple[tuple[int, ...], str]] = OrderedDict()

    def frame(self, view: SessionView, beat: int, request: ChartRequest) -> str:
        """Return all charts of a session, as JSON for `chart.js`.

        Args:
            view: the current session.
            beat: number of the heartbeat.
            request: the period to show.
        """
        span_ns, until_ns = _period(view, request)
        key = (view.id, span_ns, until_ns, request.since_dose, view.failure)
        time = _axis(view, span_ns, until_ns, since_dose=request.since_dose)
        # In a shorter time the chart moves by less than a point; a new marker is shown at once. The
        # past can change too: a gateway delivers stored data late.
        beats = min(max(1, round(time.span_s / _REDRAWN)), _SLOWEST_BEATS)
        undone = sum(each.undone is not None for each in view.markers)
        taken = len(view.spot_measurements), sum(map(_void, view.spot_measurements))
        step = beat // (beats if time.live else _SLOWEST_BEATS)
        if view.replay is not None:  # its time jumps: the charts follow it and not the beat
            step = view.now_ns * _REDRAWN // round(time.span_s * 1e9)
        state = (step, len(view.markers), undone, *taken)
        known = self._drawn.get(key)
        if known is None or known[0] != state:
            known = (state, self._draw(view, time))
            self._drawn[key] = known
        self._drawn.move_to_end(key)
        if len(self._drawn) > _MAX_DRAWINGS:
            self._drawn.popitem(last=False)
        return known[1]

    @property
    def kept(self) -> int:
        """Return the number of cached drawings."""
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
        charts = {"axis": axis, "regions": regions(self._snapshot(view, time))}
        return json.dumps(charts, separators=(",", ":"))

    def _snapshot(self, view: SessionView, time: TimeAxis) -> Snapshot:
        drawn = {row[0].channel: self._chart(row, view, time) for row in chart_rows(view.channels)}
        drawn[PRESSURE] = pressure_chart_html(view, time)
        return {f"chart {name}": Region("chart", html) for name, html in drawn.items()}

    def _chart(self, row: Sequence[ChannelView], view: SessionView, time: TimeAxis) -> Html:
        first, *others = [
            self._backend.trace(view.id, channel.channel, time.since_ns, time.until_ns, _POINTS)
            for channel in row
        ]
        return chart_html(
            first,
            time,
            view.markers,
            label=row[0].label,
            ucum=row[0].unit,
            decimals=row[0].decimals,
            others=others,
        )


def _void(measurement: SpotMeasurementView) -> bool:
    return measurement.corrected is not None


def _period(view: SessionView, request: ChartRequest) -> tuple[int, int | None]:
    """Return span and end to draw: close to the request, and rounded to be shared by viewers.

    The span is 0 for the whole session so far; the end is None for the present.
    """
    if request.span_s == WHOLE_SESSION_S:
        return 0, None
    span_s = request.span_s
    if span_s not in SPANS_S:
        octaves = math.log2(max(span_s, SHORTEST_S) / SHORTEST_S)
        span_s = SHORTEST_S * 2 ** (round(octaves * _STEPS_PER_OCTAVE) / _STEPS_PER_OCTAVE)
    span_ns = round(span_s) * 10**9
    if request.until_ms is None or request.until_ms * 10**6 >= view.now_ns:
        return span_ns, None
    step_ns = max(10**9, span_ns // _STEPS_PER_SPAN)
    until_ns = round(request.until_ms * 10**6 / step_ns) * step_ns
    earliest_ns = view.started_ns + min(span_ns, view.now_ns - view.started_ns)
    return span_ns, max(until_ns, earliest_ns)


def _axis(view: SessionView, span_ns: int, until_ns: int | None, *, since_dose: bool) -> TimeAxis:
    live = until_ns is None or until_ns >= view.now_ns
    end_ns = view.now_ns if until_ns is None or live else until_ns
    since_ns = end_ns - span_ns if span_ns else view.started_ns
    if live:  # of a session that is shorter than the span, all of it
        since_ns = max(since_ns, min(view.started_ns, end_ns - _FIRST_NS))
    return TimeAxis(
        since_ns=min(since_ns, end_ns - 10**9),
        until_ns=end_ns,
        zero_ns=view.dose_ns if since_dose else None,
        live=live,
        zone=view.zone,
    )
