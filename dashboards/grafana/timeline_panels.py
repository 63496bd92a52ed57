"""Panels with states over time; one title always means one set of queries."""

from grafana_foundation_sdk.builders import statetimeline
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from dashboards.grafana import alarm_queries, influxql, sensor_queries
from dashboards.grafana.dashboard import Column, span
from dashboards.grafana.influxql import InfluxQL
from dashboards.grafana.panel_styles import LINKS, levels, neutral, words


def timeline(
    title: str, what: str, query: InfluxQL, looks: list[models.ValueMapping]
) -> statetimeline.Panel:
    """Return a band for each series whose colours change with its state."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(what)
        .with_target(query)
        .thresholds(neutral())
        .unit(units.NoUnit)
        .mappings(looks)
        .merge_values(True)
    )


def alarm_timelines(since: str = "") -> list[Column]:
    """Return the states of alarms: on the person, and technical ones.

    Args:
        since: looks further back than the page, for a page that shows the present.
    """
    row: list[Column] = []
    for title, which in (
        ("Physiological alarms", alarm_queries.PHYSIOLOGICAL),
        ("Technical alarms", alarm_queries.TECHNICAL),
    ):
        panel = timeline(
            title,
            "Each rule's alarm on each sensor, '-' for the whole session, 'session' for "
            "measurements by hand or by a cuff: its priority, and "
            "whether it is accepted.",
            alarm_queries.alarm_levels(which),
            levels(),
        )
        row.append(span(12, 9, panel.time_from(since) if since else panel))
    return row


def links() -> statetimeline.Panel:
    """Return the states of links."""
    return timeline(
        "Links to sensors",
        "The state of each link; nothing where the monitor itself told nothing.",
        sensor_queries.link_states(),
        words(LINKS),
    ).span_nulls(influxql.LINK_TOLD_S * 1000)
