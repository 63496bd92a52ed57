"""The dashboard of a recorded session, including those written by a replay."""

from grafana_foundation_sdk.builders import dashboard, table, timeseries
from grafana_foundation_sdk.models import common, units
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana import (
    event_queries,
    panel_styles,
    signal_queries,
    table_panels,
    time_series_panels,
    timeline_panels,
    ward_queries,
)
from dashboards.grafana.dashboard import REVIEW, DashboardSpec, board, session_url, span

_SPEC = DashboardSpec(
    uid=REVIEW,
    what="A whole session, recorded or replayed: trends, limits, events.",
    since="now-12h",
)
# Grafana's time=MS&time.window=MS: a day around the session's last data.
_AROUND = "&time=${__data.fields.Time}&time.window=86400000"


def review() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    return board(
        _SPEC,
        [
            [span(24, 5, _sessions())],
            *(
                [span(24, 10, time_series_panels.trend(signal))]
                for signal in panel_styles.MAIN_SIGNALS
            ),
            [
                span(12, 8, time_series_panels.variability()),
                span(12, 8, time_series_panels.other_temperatures()),
            ],
            [span(12, 8, time_series_panels.pressures()), span(12, 8, _ratings())],
            timeline_panels.alarm_timelines(),
            [span(12, 8, _markers()), span(12, 8, table_panels.measured())],
            [span(12, 6, _baselines()), span(12, 6, table_panels.policy_changes())],
        ],
    )


def _ratings() -> timeseries.Panel:
    return time_series_panels.series(
        "Ratings", "Ratings by the participant.", units.Short, event_queries.ratings()
    ).draw_style(common.GraphDrawStyle.POINTS)


def _markers() -> table.Panel:
    return table_panels.rows(
        "Markers",
        "Dose, phases, ratings and notes, newest first; their texts are only in the journal.",
        [event_queries.markers()],
    )


def _baselines() -> table.Panel:
    return table_panels.rows(
        "Baselines",
        "Median and spread of the 10 minutes before the dose.",
        [signal_queries.baselines()],
    )


def _sessions() -> table.Panel:
    return table_panels.rows(
        "Recorded sessions",
        "The last data of the chosen sessions; the link shows the day around it.",
        [ward_queries.sessions()],
        "90d",
    ).override_by_name(
        "session",
        [
            models.DynamicConfigValue(
                id_val="links",
                value=[{"title": "Day around it", "url": session_url(REVIEW) + _AROUND}],
            )
        ],
    )
