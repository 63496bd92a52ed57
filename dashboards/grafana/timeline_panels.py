"""Panels with states over time; one title always means one set of queries."""

from grafana_foundation_sdk.builders import statetimeline
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from dashboards.grafana import alarm_queries, influxql, sensor_queries
from dashboards.grafana.dashboard import Column, span
from dashboards.grafana.influxql import InfluxQL
from dashboards.grafana.panel_styles import LINKS, levels, mappings, neutral


def timeline(
    title: str, what: str, query: InfluxQL, value_mappings: list[models.ValueMapping]
) -> statetimeline.Panel:
    """Return a panel with a band for each series, coloured by state."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(what)
        .with_target(query)
        .thresholds(neutral())
        .unit(units.NoUnit)
        .mappings(value_mappings)
        .merge_values(True)
    )


def alarm_timelines(since: str = "") -> list[Column]:
    """Return the panels with the states of physiological and of technical alarms.

    Args:
        since: time range of the panels if it is longer than that of the page.
    """
    row: list[Column] = []
    for title, which in (
        ("Physiological alarms", alarm_queries.PHYSIOLOGICAL),
        ("Technical alarms", alarm_queries.TECHNICAL),
    ):
        panel = timeline(
            title,
            "Each rule's alarm by sensor ('-': the whole session, 'session': spot measurements, "
            "manual or by a cuff): its priority, and whether it is acknowledged.",
            alarm_queries.alarm_levels(which),
            levels(),
        )
        row.append(span(12, 9, panel.time_from(since) if since else panel))
    return row


def links() -> statetimeline.Panel:
    """Return a panel with the states of links."""
    return timeline(
        "Links to sensors",
        "The state of each link; blank while the monitor sent no data.",
        sensor_queries.link_states(),
        mappings(LINKS),
    ).span_nulls(influxql.LINK_INTERVAL_S * 1000)
