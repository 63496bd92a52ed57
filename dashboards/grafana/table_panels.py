"""Tables; one title always means one set of queries."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from dashboards.grafana import alarm_queries, event_queries, sensor_queries, signal_queries
from dashboards.grafana.influxql import InfluxQL
from dashboards.grafana.panel_styles import (
    LINKS,
    MANUAL_SIGNALS,
    coloured,
    levels,
    mappings,
    neutral,
    unit_of,
)


def rows(title: str, what: str, queries: Iterable[InfluxQL], since: str = "") -> table.Panel:
    """Return a table."""
    panel = table.Panel().title(title).description(what).thresholds(neutral())
    for query in queries:
        panel = panel.with_target(query)
    return panel.time_from(since) if since else panel


def transformed(
    panel: table.Panel, *steps: tuple[str, dict[str, object]], only: str = ""
) -> table.Panel:
    """Add transformations, which the page applies to a table's rows.

    Args:
        panel: the table.
        steps: id and options of Grafana's transformations.
        only: queries to transform; all by default.
    """
    for id_val, options in steps:
        which = models.MatcherConfig(id_val="byRefId", options=only) if only else None
        panel = panel.with_transformation(
            models.DataTransformerConfig(id_val=id_val, options=options, filter_val=which)
        )
    return panel


def sorted_by(column: str) -> tuple[str, dict[str, object]]:
    """Return the transformation that sorts by a column, highest first."""
    return "sortBy", {"sort": [{"field": column, "desc": True}]}


def open_alarms() -> table.Panel:
    """Return the table of open alarms, most urgent first."""
    panel = rows(
        "Open alarms",
        "Alarms of the last 12 hours that are active, acknowledged, or over and not reset, most "
        "urgent first, without those inside higher ones.",
        [alarm_queries.open_alarms()],
    )
    return transformed(panel, sorted_by("level")).override_by_name("level", coloured(levels()))


def steps(since: str = "") -> table.Panel:
    """Return the table of state changes of alarms."""
    return rows(
        "Alarm history",
        "Raised, acknowledged, cleared, suspended ...; newest first.",
        [alarm_queries.alarm_steps()],
        since,
    )


def calls(since: str = "") -> table.Panel:
    """Return the table of all steps of calls."""
    return rows(
        "Calls",
        "Who was called about which rules, and the result; people are pseudonyms.",
        [alarm_queries.calls()],
        since,
    )


def measured(since: str = "") -> table.Panel:
    """Return the table of manual measurements: a row for each time, a column for each signal."""
    queries = [
        signal_queries.measured(signal, ref_id)
        for ref_id, signal in zip("ABCDEFG", MANUAL_SIGNALS, strict=True)
    ]
    panel = rows("Manual measurements", "Values entered by people, newest first.", queries, since)
    for signal in MANUAL_SIGNALS:
        unit = models.DynamicConfigValue(id_val="unit", value=unit_of(signal))
        panel = panel.override_by_name(signal, [unit])
    # Values entered together have one time, so they merge into one row.
    return transformed(panel, ("merge", {}), sorted_by("Time"))


def policy_changes(since: str = "") -> table.Panel:
    """Return the table of changes of rules."""
    return rows(
        "Rules changed",
        "Changes of rules and policies; the reasons are in the journal.",
        [event_queries.policy_changes()],
        since,
    )


def sensors(since: str = "") -> table.Panel:
    """Return the table with the last report of each sensor."""
    states = coloured(mappings(LINKS))
    percent = models.DynamicConfigValue(id_val="unit", value=units.Percent)
    decibels = models.DynamicConfigValue(id_val="unit", value=units.DecibelMilliWatt)
    return (
        rows(
            "Sensors",
            "The last report of each sensor, and its time.",
            [sensor_queries.sensors()],
            since,
        )
        .override_by_name("state", states)
        .override_by_name("battery", [percent])
        .override_by_name("rssi", [decibels])
    )
