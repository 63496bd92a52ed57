"""The dashboard of all open sessions: one row each, most urgent first."""

from grafana_foundation_sdk.builders import dashboard, table, timeseries
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from dashboards.grafana import (
    panel_styles,
    signal_queries,
    table_panels,
    time_series_panels,
    ward_queries,
)
from dashboards.grafana.dashboard import LIVE, WARD, DashboardSpec, board, session_url, span
from devices.signals import SIGNALS

_SPEC = DashboardSpec(
    uid=WARD,
    what="Sessions with data in the time shown, most urgent first.",
    since="now-30m",
    refresh="5s",
    several=True,
    replays=False,
)
_COLUMNS = (
    "level",
    "participant",
    "session",
    "site",
    *panel_styles.MAIN_SIGNALS,
    "connected",
    "packets",
    "Time",
)


def ward() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    return board(
        _SPEC,
        [
            [span(24, 9, _sessions())],
            [span(24, 8, table_panels.open_alarms())],
            [span(12, 9, _trends(signal)) for signal in panel_styles.MAIN_SIGNALS],
            [span(24, 7, table_panels.calls())],
        ],
    )


def _trends(signal: str) -> timeseries.Panel:
    return time_series_panels.series(
        f"{SIGNALS[signal].label} of all sessions",
        "Valid values by participant and sensor.",
        panel_styles.unit_of(signal),
        signal_queries.values_by_session(signal),
    ).span_nulls(SIGNALS[signal].hold_s * 1000)


def _sessions() -> table.Panel:
    """Return the table of sessions.

    InfluxQL cannot join and sorts only by time, so each column is a query, and the page does
    the rest: it drops the times of all columns except the first, whose time is that of the
    session's last data; merges rows of the same session; drops those that the first query does
    not return; and sorts.
    """
    hr, ct = panel_styles.MAIN_SIGNALS
    panel = table_panels.rows(
        "Sessions",
        "A value is blank once it is too old; 'connected' counts sensors; the time is that of the "
        "session's last data.",
        [
            ward_queries.sessions(),
            ward_queries.session_levels("B"),
            ward_queries.session_values(hr, panel_styles.recent_s(hr), "C"),
            ward_queries.session_values(ct, panel_styles.recent_s(ct), "D"),
            ward_queries.session_links("E"),
        ],
    )
    panel = table_panels.transformed(
        panel, ("filterFieldsByName", {"exclude": {"names": ["Time"]}}), only="/^(B|C|D|E)$/"
    )
    panel = table_panels.transformed(
        panel,
        ("merge", {}),
        (
            "filterByValue",
            {
                "type": "include",
                "match": "all",
                "filters": [{"fieldName": "packets", "config": {"id": "isNotNull", "options": {}}}],
            },
        ),
        table_panels.sorted_by("level"),
        ("organize", {"indexByName": {name: at for at, name in enumerate(_COLUMNS)}}),
    )
    to_session = models.DynamicConfigValue(
        id_val="links", value=[{"title": "Live session", "url": session_url(LIVE)}]
    )
    ago = models.DynamicConfigValue(id_val="unit", value=units.DateTimeFromNow)
    panel = panel.override_by_name("level", panel_styles.coloured(panel_styles.levels()))
    panel = panel.override_by_name("session", [to_session]).override_by_name("Time", [ago])
    for signal in panel_styles.MAIN_SIGNALS:
        unit = models.DynamicConfigValue(id_val="unit", value=panel_styles.unit_of(signal))
        panel = panel.override_by_name(signal, [unit])
    return panel
