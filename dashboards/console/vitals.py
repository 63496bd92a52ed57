"""The places of the big values and their charts, and what chooses what the charts show."""

from collections.abc import Callable

from nicegui import ui

from dashboards.console.frames import WHOLE_SESSION_S, charted
from dashboards.console.model import ChannelView, SessionView
from dashboards.console.tags import box, region

_SPANS = {300.0: "5 min", 1800.0: "30 min", 7200.0: "2 h", WHOLE_SESSION_S: "Session"}
_AXES = {True: "Since dose", False: "Clock"}
_TOGGLE = "no-caps unelevated dense toggle-color=blue-grey-8"


class Vitals:
    """All channels of a session."""

    def __init__(self, view: SessionView, choose: Callable[[], None]) -> None:
        self._channels: set[str] = set()
        with box("section", "vitals", aria_label="Values"):
            with box("div", "chart-controls"):
                self._span = ui.toggle(_SPANS, value=1800.0, on_change=choose)
                self._span.props(f'{_TOGGLE} aria-label="Span of the charts"')
                self._axis = ui.toggle(_AXES, value=True, on_change=choose)
                self._axis.props(f'{_TOGGLE} aria-label="Time axis of the charts"')
            self._main = box("div", "main-vitals")
            self._more = box("div", "more-vitals")
        self.show(view)

    @property
    def span_s(self) -> float:
        """Return how far the charts look back."""
        return float(self._span.value)

    @property
    def since_dose(self) -> bool:
        """Tell whether times are counted from the dose."""
        return bool(self._axis.value)

    def show(self, view: SessionView) -> None:
        """Make place for channels that were not there yet."""
        for channel in view.channels:
            if channel.channel not in self._channels:
                self._channels.add(channel.channel)
                self._make_place(channel)

    def _make_place(self, channel: ChannelView) -> None:
        label = f"{channel.label}, {channel.channel}"
        if charted(channel):
            with self._main, box("section", "vital charted", aria_label=label):
                region("div", f"vital {channel.channel}", "vital-now")
                region("div", f"chart {channel.channel}", "chart")
        else:
            with self._more, box("section", "vital plain", aria_label=label):
                region("div", f"vital {channel.channel}", "vital-now")
