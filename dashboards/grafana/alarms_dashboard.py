"""The dashboard of a session's alarms: number, rules, duration and calls."""

from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries
from grafana_foundation_sdk.models import units

from dashboards.grafana import (
    alarm_queries,
    panel_styles,
    stat_panels,
    table_panels,
    time_series_panels,
    timeline_panels,
)
from dashboards.grafana.dashboard import ALARMS, DashboardSpec, board, span

_SPEC = DashboardSpec(
    uid=ALARMS,
    what="Alarms of one session: number, rules, duration and calls.",
    since="now-12h",
)


def alarms() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    return board(
        _SPEC,
        [
            [span(8, 8, _raised()), span(16, 8, _per_hour())],
            timeline_panels.alarm_timelines(),
            [span(9, 10, _by_rule()), span(15, 10, table_panels.steps())],
            [span(24, 7, table_panels.open_alarms())],
            [span(15, 8, table_panels.calls()), span(9, 8, table_panels.policy_changes())],
        ],
    )


def _raised() -> stat.Panel:
    return (
        stat_panels.number(
            "Raised by priority",
            "Number of alarms raised within the time shown, without those inside higher ones.",
            alarm_queries.raised("kind", "priority"),
        )
        .unit(units.Short)
        .no_value("none")
    )


def _per_hour() -> timeseries.Panel:
    return time_series_panels.bars(
        "Raised per hour",
        "Number of alarms raised per hour, by priority, without those inside higher ones.",
        units.Short,
        alarm_queries.raised_per_hour(),
    )


def _by_rule() -> table.Panel:
    panel = table_panels.rows(
        "Raised by rule",
        "Number of alarms raised by each rule, without those inside higher ones, most frequent "
        "first.",
        [alarm_queries.raised("rule", "sensor", "kind", "priority", table=True)],
    )
    return table_panels.transformed(
        panel,
        ("filterFieldsByName", {"exclude": {"names": ["Time"]}}),
        table_panels.sorted_by("raised"),
    ).override_by_name(
        "priority", panel_styles.coloured(panel_styles.mappings(panel_styles.priority_styles()))
    )
