"""The dashboard of a recorded session, also of one that a replay has written."""

from grafana_foundation_sdk.builders import dashboard, table, timeseries
from grafana_foundation_sdk.models import common, units
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana import influxql, panels
from dashboards.grafana.dashboard import REVIEW, About, board, session_url, span

_ABOUT = About(
    uid=REVIEW,
    what="A whole session, recorded or replayed: trends, limits, events.",
    since="now-12h",
)
# Grafana's time=MS&time.window=MS: a day around when the session was last heard of.
_AROUND = "&time=${__data.fields.Time}&time.window=86400000"


def review() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    return board(
        _ABOUT,
        [
            [span(24, 5, _sessions())],
            *([span(24, 10, panels.trend(signal))] for signal in panels.MAIN_SIGNALS),
            [span(12, 8, panels.variability()), span(12, 8, panels.other_temperatures())],
            [span(12, 8, panels.pressures()), span(12, 8, _ratings())],
            panels.alarm_timelines(),
            [span(12, 8, _markers()), span(12, 8, panels.measured())],
            [span(12, 6, _baselines()), span(12, 6, panels.policy_changes())],
        ],
    )


def _ratings() -> timeseries.Panel:
    return panels.series(
        "Ratings", "What the participant has rated.", units.Short, influxql.ratings()
    ).draw_style(common.GraphDrawStyle.POINTS)


def _markers() -> table.Panel:
    return panels.rows(
        "Markers",
        "Dose, phases, ratings and notes, newest first; texts stay in the journal.",
        [influxql.markers()],
    )


def _baselines() -> table.Panel:
    return panels.rows(
        "Baselines",
        "Median and spread of the last minutes before the dose.",
        [influxql.baselines()],
    )


def _sessions() -> table.Panel:
    return panels.rows(
        "Recorded sessions",
        "The chosen session's last word; its link shows the day around it.",
        [influxql.sessions()],
        "90d",
    ).override_by_name(
        "session",
        [
            models.DynamicConfigValue(
                id_val="links",
                value=[{"title": "The day around it", "url": session_url(REVIEW) + _AROUND}],
            )
        ],
    )
