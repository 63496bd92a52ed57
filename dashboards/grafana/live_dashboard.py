"""The dashboard of a running session."""

from grafana_foundation_sdk.builders import dashboard

from dashboards.grafana import (
    panel_styles,
    stat_panels,
    table_panels,
    time_series_panels,
    timeline_panels,
)
from dashboards.grafana.dashboard import LIVE, Column, DashboardSpec, board, span
from dashboards.grafana.panel_styles import SINCE

_SPEC = DashboardSpec(
    uid=LIVE,
    what="Values, limits, alarms and sensors of one session.",
    since="now-1h",
    refresh="5s",
    replays=False,
)


def live() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    return board(
        _SPEC,
        [
            stat_panels.states(),
            *(_signal(signal) for signal in panel_styles.MAIN_SIGNALS),
            [span(24, 6, table_panels.open_alarms())],
            timeline_panels.alarm_timelines(SINCE),
            [span(24, 5, timeline_panels.links())],
            [span(14, 10, table_panels.steps(SINCE)), span(10, 10, table_panels.sensors(SINCE))],
            [
                span(12, 8, time_series_panels.variability()),
                span(12, 8, time_series_panels.pressures()),
            ],
            [
                span(10, 8, table_panels.measured(SINCE)),
                span(8, 8, table_panels.calls(SINCE)),
                span(6, 8, table_panels.policy_changes(SINCE)),
            ],
        ],
    )


def _signal(signal: str) -> list[Column]:
    return [
        (
            4,
            [
                (4, stat_panels.value(signal)),
                (3, stat_panels.age(signal)),
                (3, stat_panels.signal_state(signal)),
            ],
        ),
        span(20, 10, time_series_panels.trend(signal)),
    ]
