"""The dashboard of all open sessions: one row each, the worst first."""

from grafana_foundation_sdk.builders import dashboard, table, timeseries
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from dashboards.grafana import influxql, panels
from dashboards.grafana.dashboard import LIVE, WARD, About, board, session_url, span
from devices.signals import SIGNALS

_ABOUT = About(
    uid=WARD,
    what="Sessions that told anything within the time shown, the worst first.",
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
    *panels.MAIN_SIGNALS,
    "connected",
    "packets",
    "Time",
)


def ward() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    return board(
        _ABOUT,
        [
            [span(24, 9, _sessions())],
            [span(24, 8, panels.open_alarms())],
            [span(12, 9, _trends(signal)) for signal in panels.MAIN_SIGNALS],
            [span(24, 7, panels.calls())],
        ],
    )


def _trends(signal: str) -> timeseries.Panel:
    return panels.series(
        f"{SIGNALS[signal].label} of all sessions",
        "Valid values by participant and sensor.",
        panels.unit_of(signal),
        influxql.values_by_session(signal),
    ).span_nulls(SIGNALS[signal].hold_s * 1000)


def _sessions() -> table.Panel:
    """Return the table of sessions.

    InfluxQL joins nothing and sorts by time alone, so each column is a query, and the page does
    the rest: it drops the times of all columns but the first, whose time is when the session was
    last heard of; merges rows of the same session; leaves out those that the first query does not
    have; and sorts.
    """
    hr, ct = panels.MAIN_SIGNALS
    panel = panels.rows(
        "Sessions",
        "A value is blank once it does not hold any more; 'connected' counts sensors; time is "
        "when the session was last heard of.",
        [
            influxql.sessions(),
            influxql.session_levels("B"),
            influxql.session_values(hr, panels.recent_s(hr), "C"),
            influxql.session_values(ct, panels.recent_s(ct), "D"),
            influxql.session_links("E"),
        ],
    )
    panel = panels.transformed(
        panel, ("filterFieldsByName", {"exclude": {"names": ["Time"]}}), only="/^(B|C|D|E)$/"
    )
    panel = panels.transformed(
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
        panels.sorted_by("level"),
        ("organize", {"indexByName": {name: at for at, name in enumerate(_COLUMNS)}}),
    )
    to_session = models.DynamicConfigValue(
        id_val="links", value=[{"title": "Live session", "url": session_url(LIVE)}]
    )
    ago = models.DynamicConfigValue(id_val="unit", value=units.DateTimeFromNow)
    panel = panel.override_by_name("level", panels.coloured(panels.levels()))
    panel = panel.override_by_name("session", [to_session]).override_by_name("Time", [ago])
    for signal in panels.MAIN_SIGNALS:
        unit = models.DynamicConfigValue(id_val="unit", value=panels.unit_of(signal))
        panel = panel.override_by_name(signal, [unit])
    return panel
