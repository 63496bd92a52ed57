"""The dashboard of a session's alarms: how many, which, and who was called."""

from grafana_foundation_sdk.builders import dashboard, stat, table, timeseries
from grafana_foundation_sdk.models import units

from dashboards.grafana import influxql, panels
from dashboards.grafana.dashboard import ALARMS, About, board, span

_ABOUT = About(
    uid=ALARMS,
    what="Alarms of one session: how many, which, how long, and who was called.",
    since="now-12h",
)


def alarms() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    return board(
        _ABOUT,
        [
            [span(8, 8, _raised()), span(16, 8, _per_hour())],
            panels.alarm_timelines(),
            [span(9, 10, _by_rule()), span(15, 10, panels.steps())],
            [span(24, 7, panels.open_alarms())],
            [span(15, 8, panels.calls()), span(9, 8, panels.policy_changes())],
        ],
    )


def _raised() -> stat.Panel:
    return (
        panels.number(
            "Raised by priority",
            "How often alarms were raised within the time shown, without those inside higher ones.",
            influxql.raised("kind", "priority"),
        )
        .unit(units.Short)
        .no_value("none")
    )


def _per_hour() -> timeseries.Panel:
    return panels.bars(
        "Raised per hour",
        "Alarms that were raised in each hour, by priority, without those inside higher ones.",
        units.Short,
        influxql.raised_per_hour(),
    )


def _by_rule() -> table.Panel:
    panel = panels.rows(
        "Raised by rule",
        "How often each rule's alarm was raised, without those inside higher ones; the most often "
        "first.",
        [influxql.raised("rule", "sensor", "kind", "priority", table=True)],
    )
    return panels.transformed(
        panel,
        ("filterFieldsByName", {"exclude": {"names": ["Time"]}}),
        panels.sorted_by("raised"),
    ).override_by_name("priority", panels.coloured(panels.words(panels.priority_looks())))
