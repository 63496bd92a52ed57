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
    neutral,
    unit_of,
    words,
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
    """Let the page do to a table's rows what InfluxQL cannot.

    Args:
        panel: the table.
        steps: id and options of Grafana's transformations.
        only: the queries that these steps are for; all by default.
    """
    for id_val, options in steps:
        which = models.MatcherConfig(id_val="byRefId", options=only) if only else None
        panel = panel.with_transformation(
            models.DataTransformerConfig(id_val=id_val, options=options, filter_val=which)
        )
    return panel


def sorted_by(column: str) -> tuple[str, dict[str, object]]:
    """Return the transformation that puts the highest first."""
    return "sortBy", {"sort": [{"field": column, "desc": True}]}


def open_alarms() -> table.Panel:
    """Return the alarms that are open, worst first."""
    panel = rows(
        "Open alarms",
        "Alarms that are active, accepted, or over and not reset, of the last 12 hours, one for "
        "each matter; the one to look at first on top.",
        [alarm_queries.open_alarms()],
    )
    return transformed(panel, sorted_by("level")).override_by_name("level", coloured(levels()))


def steps(since: str = "") -> table.Panel:
    """Return what happened to alarms."""
    return rows(
        "What happened to alarms",
        "Raised, acknowledged, cleared, suspended ...; newest first.",
        [alarm_queries.alarm_steps()],
        since,
    )


def calls(since: str = "") -> table.Panel:
    """Return every step of calls."""
    return rows(
        "Calls",
        "Who was called about which rules, and what became of it; people are pseudonyms.",
        [alarm_queries.calls()],
        since,
    )


def measured(since: str = "") -> table.Panel:
    """Return what was measured by hand: a row for each time, a column for each signal."""
    queries = [
        signal_queries.measured(signal, ref_id)
        for ref_id, signal in zip("ABCDEFG", MANUAL_SIGNALS, strict=True)
    ]
    panel = rows("Measurements by hand", "What people have entered, newest first.", queries, since)
    for signal in MANUAL_SIGNALS:
        unit = models.DynamicConfigValue(id_val="unit", value=unit_of(signal))
        panel = panel.override_by_name(signal, [unit])
    # One act has one time: merged, its values stand in one row.
    return transformed(panel, ("merge", {}), sorted_by("Time"))


def policy_changes(since: str = "") -> table.Panel:
    """Return how the rules were changed."""
    return rows(
        "Rules changed",
        "Rules and policies that are other from then on; the reasons are in the journal.",
        [event_queries.policy_changes()],
        since,
    )


def sensors(since: str = "") -> table.Panel:
    """Return the last that was told of each sensor."""
    states = coloured(words(LINKS))
    percent = models.DynamicConfigValue(id_val="unit", value=units.Percent)
    decibels = models.DynamicConfigValue(id_val="unit", value=units.DecibelMilliWatt)
    return (
        rows(
            "Sensors",
            "The last that was told of each sensor, and when.",
            [sensor_queries.sensors()],
            since,
        )
        .override_by_name("state", states)
        .override_by_name("battery", [percent])
        .override_by_name("rssi", [decibels])
    )
