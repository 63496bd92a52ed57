"""The last half hour of heart rate and temperature as small curves for the ward page."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from dashboards.console.backend import Backend
from dashboards.console.charts.scales import small_range
from dashboards.console.markup import Html
from dashboards.console.views.chart_series import Trace
from dashboards.console.views.session import SessionView

_SPAN_NS = 30 * 60 * 10**9
_POINTS = 90
_SIGNALS = ("heart_rate", "pulse_rate", "core_temperature", "body_temperature")


class Sparklines:
    """The curves of all sessions; one is drawn at a time, so that alarms never wait for them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._drawn: dict[tuple[str, str], Html | None] = {}
        self._waiting: list[tuple[str, str]] = []

    def draw_next(
        self, sessions: Mapping[str, SessionView], channels: Callable[[str], Sequence[str]]
    ) -> None:
        """Draw the curve that was not drawn for the longest time.

        Args:
            sessions: by id.
            channels: returns the `curve_channels` of a session.
        """
        if not self._waiting:
            self._waiting = [(session, each) for session in sessions for each in channels(session)]
            self._drawn = {each: self._drawn[each] for each in self._drawn if each[0] in sessions}
            if not self._waiting:
                return
        session, channel = self._waiting.pop(0)
        view = sessions.get(session)
        if view is None or view.failure:
            return
        try:
            self._drawn[session, channel] = self._curve(view, channel)
        except Exception:  # noqa: BLE001 - `of` raises it, where it affects this session only
            self._drawn[session, channel] = None

    def of(self, view: SessionView) -> Mapping[str, Html]:
        """Return the curves of a session by channel; those that failed are drawn again."""
        return {
            channel: self._curve(view, channel) if html is None else html
            for (session, channel), html in self._drawn.items()
            if session == view.id
        }

    def _curve(self, view: SessionView, channel: str) -> Html:
        if not (unit := _unit(view, channel)):
            return Html()
        since_ns = view.now_ns - _SPAN_NS
        trace = self._backend.trace(view.id, channel, since_ns, view.now_ns, _POINTS)
        return curve(trace, since_ns, unit)


def curve(trace: Trace, since_ns: int, unit: str) -> Html:
    """Return a curve over 30 minutes; empty without values, and interrupted by gaps."""
    shown = trace.at_ns >= since_ns
    values = trace.values[shown]
    known = values[np.isfinite(values)]
    if not known.size:
        return Html()
    low, high = small_range(float(known.min()), float(known.max()), unit)
    x = np.round((trace.at_ns[shown] - since_ns) / _SPAN_NS * 300).astype(int)
    y = 1 + (high - values) / (high - low) * 38
    steps, pen = [], "M"
    for at, height in zip(x.tolist(), y.tolist(), strict=True):
        if math.isnan(height):
            pen = "M"
            continue
        steps.append(f"{pen}{at} {height:.1f}")
        pen = "L"
    return Html(
        '<svg viewBox="0 0 300 40" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="{"".join(steps)}"/></svg>'
    )


def curve_channels(view: SessionView) -> list[str]:
    """Return the channels of a session that have a curve."""
    names = [channel.channel for channel in view.channels if not view.ended]
    return [name for name in names if name.partition("/")[2] in _SIGNALS]


def _unit(view: SessionView, channel: str) -> str:
    return next((each.unit for each in view.channels if each.channel == channel), "")
