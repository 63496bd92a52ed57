"""Complete snapshots of the session page and the ward page, as HTML by region.

Pure: a view in, HTML out, made once for all viewers. A snapshot is always complete, so nothing on
a page can be left over from a lost update. Only interactive elements (buttons, fields, alarm rows)
are not part of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from alerts.time_format import clock, zone_name
from dashboards.console.alarms import to_do
from dashboards.console.charts import ecg_strip
from dashboards.console.events import event_log
from dashboards.console.formatting import stopwatch
from dashboards.console.markup import Html, join, tag
from dashboards.console.measurements import blood_pressure, manual_measurements
from dashboards.console.status import cards, preflight_checklist, status_summary
from dashboards.console.views.session import SessionView
from dashboards.console.ward import session_tile, ward_summary
from dashboards.texts import gettext as _


@dataclass(frozen=True, slots=True)
class Region:
    """CSS classes and content of a part of a page."""

    classes: str
    content: Html


Snapshot = dict[str, Region]


def session_snapshot(view: SessionView) -> Snapshot:
    """Return the regions of a session's page."""
    snapshot = {
        "clocks": Region("clocks", _clocks(view)),
        "person": _answer(_("Person"), status_summary.person(view)),
        "sensors-work": _answer(_("Sensors"), status_summary.sensors(view)),
        "to-do": _answer(_("To do"), to_do.to_do(view), brief=True),
        "notices": Region("notices", join([tag("p", "notice", text) for text in view.notices])),
        "paused": Region("sound-paused", _paused(view.audio_paused_s)),
        "sensors": Region("sensor-strip", join([*map(cards.sensor, view.sensors)])),
        "changes": Region("changes", manual_measurements.changes(view)),
        "measured": Region("findings", manual_measurements.measured(view)),
        "scheduled": Region("findings scheduled", manual_measurements.scheduled(view)),
        "preflight": Region("checks", preflight_checklist.lines(view)),
        "vital bp": Region(blood_pressure.classes(view), blood_pressure.tile(view)),
        "log": Region("events", event_log.lines(view)),
    }
    for ecg in view.ecg:
        snapshot[f"ecg {ecg.sensor}"] = Region("ecg-strip", ecg_strip.live_strip(ecg, view))
    for channel in view.channels:
        region = Region(cards.vital_classes(channel, view), cards.vital(channel, view))
        snapshot[f"vital {channel.channel}"] = region
    if view.failure:  # else it would claim that nothing was measured, and nothing happened
        for name in ("measured", "vital bp", "log"):
            snapshot[name] = Region(snapshot[name].classes, Html())
    return snapshot


def tile_region(view: SessionView, curves: Mapping[str, Html]) -> Region:
    """Return a session's tile on the ward page; `curves` are its sparklines by channel."""
    return Region(session_tile.classes(view), session_tile.tile(view, curves))


def ward_snapshot(
    views: Collection[SessionView],
    tiles: Mapping[str, Region],
    failures: Collection[str] = (),
    on_cards: Collection[str] = (),
) -> Snapshot:
    """Return the ward page's regions.

    Args:
        views: of its sessions.
        tiles: their tiles, by session.
        failures: reasons why sessions do not run.
        on_cards: failures that the cards of their rooms show.
    """
    notices = join([tag("p", "notice", text) for text in failures if text not in on_cards])
    return {
        "ward-notices": Region("notices", notices),
        "ward-clock": Region("clock", ward_summary.time_of_day(views)),
        "ward-headline": Region(*ward_summary.headline(views, failures)),
        **{f"tile {session}": tile for session, tile in tiles.items()},
    }


def _clocks(view: SessionView) -> Html:
    time = _clock(
        _("time {zone}").format(zone=zone_name(view.now_ns, view.zone)),
        clock(view.now_ns, view.zone),
    )
    if view.failure:
        return time
    return join(
        [
            _clock(_("dose"), _("before dose"))
            if view.dose_ns is None
            else _clock(_("since dose"), stopwatch((view.now_ns - view.dose_ns) / 1e9)),
            _clock(_("session"), _session_time(view), "clock session-clock"),
            time,
        ]
    )


def _session_time(view: SessionView) -> str:
    """Return the time since the start; while people have not started or have ended it, that."""
    if view.ended:
        return _("ended")
    if view.preflight:
        return _("not started")
    return stopwatch((view.now_ns - view.started_ns) / 1e9)


def _clock(name: str, time: str, classes: str = "clock") -> Html:
    return tag("div", classes, tag("span", "clock-label", name), tag("span", "clock-time", time))


def _answer(name: str, status: status_summary.Status, *, brief: bool = False) -> Region:
    sign = status_summary.sign(status.level)
    return Region(
        f"answer p-{status.level}",
        join(
            [
                tag("span", "answer-name", name),
                tag("span", "sign", sign.split()[0] if brief else sign),
                tag("span", "answer-text", status.text),
            ]
        ),
    )


def _paused(left_s: float) -> Html:
    return join([_("AUDIO PAUSED {left}").format(left=stopwatch(left_s)[2:])] if left_s > 0 else [])
