"""What has happened: alarm steps and markers in one list, newest first. Pure."""

from dashboards.console import glance
from dashboards.console.markup import Html, join, tag
from dashboards.console.model import AlarmEventView, LifeView, MarkerView, SessionView
from dashboards.console.words import clock, stopwatch


def lines(view: SessionView) -> Html:
    """Return a line for each step and marker."""
    happened = [(event.at_ns, _event(event)) for event in view.history]
    happened += [(marker.at_ns, _marker(marker, view.dose_ns)) for marker in view.markers]
    happened += [(life.at_ns, _life(life)) for life in view.life]
    return join([line for _, line in sorted(happened, key=lambda known: -known[0])])


def _event(event: AlarmEventView) -> Html:
    by = f" by {event.by}" if event.by else ""
    sign = glance.SIGNS[event.priority].split()[0]
    text = f"{clock(event.at_ns)} {sign} {event.message}: {event.step}{by}"
    return tag("li", f"p-{event.priority}", text)


def _marker(marker: MarkerView, dose_ns: int | None) -> Html:
    since = f" ({stopwatch((marker.at_ns - dose_ns) / 1e9)})" if dose_ns is not None else ""
    said = f": {marker.text}" if marker.text else ""
    text = f"{clock(marker.at_ns)}{since} {marker.kind}{said} - {marker.by}"
    if marker.undone is None:
        return tag("li", "p-marker", text)
    return tag("li", "p-marker", tag("s", "", text), f" taken back by {marker.undone}")


def _life(life: LifeView) -> Html:
    because = f": {life.reason}" if life.reason else ""
    step = {"start": "session started", "end": "session ended", "sensor": "sensor"}[life.step]
    return tag("li", "p-info", f"{clock(life.at_ns)} {step} ({life.text}) - {life.by}{because}")
