"""Panels with one value or state; one title always means one set of queries."""

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common, units

from dashboards.grafana import alarm_queries, signal_queries
from dashboards.grafana.dashboard import DISCLAIMER, Column, span
from dashboards.grafana.influxql import InfluxQL
from dashboards.grafana.panel_styles import SINCE, levels, neutral, recent_s, unit_of
from devices.signals import SIGNALS


def number(title: str, what: str, query: InfluxQL) -> stat.Panel:
    """Return a panel that shows the last value of each series."""
    return (
        stat.Panel()
        .title(title)
        .description(what)
        .with_target(query)
        .thresholds(neutral())
        .hide_time_override(True)
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.NONE)
    )


def value(signal: str) -> stat.Panel:
    """Return a signal's last good value, while it holds."""
    recent = f"{recent_s(signal)} s"
    return (
        number(
            SIGNALS[signal].label,
            f"The last valid value, if it is not older than {recent}. {DISCLAIMER}",
            signal_queries.last_value(signal),
        )
        .time_from(f"{recent_s(signal)}s")
        .unit(unit_of(signal))
        .decimals(0 if SIGNALS[signal].resolution >= 1 else 1)
        .no_value("no value")
    )


def age(signal: str) -> stat.Panel:
    """Return how long ago the last good value was measured."""
    return (
        number(
            f"{SIGNALS[signal].label}: age",
            "When the last valid value was measured.",
            signal_queries.last_value(signal),
        )
        .time_from(SINCE)
        .unit(units.DateTimeFromNow)
        .no_value("never")
        .reduce_options(
            common_builders.ReduceDataOptions().calcs(["lastNotNull"]).fields("/^Time$/")
        )
    )


def state(title: str, what: str, which: str) -> stat.Panel:
    """Return the level of the alarm to look at first, of some alarms, on its colour."""
    return (
        number(title, what, alarm_queries.highest_level(which))
        .time_from(SINCE)
        .unit(units.NoUnit)
        .no_value("none raised")
        .mappings(levels())
        .color_mode(common.BigValueColorMode.BACKGROUND)
    )


def states() -> list[Column]:
    """Return a row of states: person, several signals, measurements, equipment, procedure."""
    return [
        span(width, 4, state(title, what, which))
        for width, title, what, which in (
            (5, "Person", "The first alarm on the person.", alarm_queries.PHYSIOLOGICAL),
            (5, "Rules on several signals", "The first alarm of those.", alarm_queries.JOINT),
            (
                5,
                "Spot measurements",
                "The first alarm on blood pressure and the like, by hand or by a cuff.",
                alarm_queries.SPOT,
            ),
            (5, "Equipment", "The first technical alarm.", alarm_queries.TECHNICAL),
            (
                4,
                "Procedure and monitor",
                "The first alarm of measurements due, and of the monitor's own troubles.",
                alarm_queries.PROCEDURE,
            ),
        )
    ]


def signal_state(signal: str) -> stat.Panel:
    """Return the level of the alarm to look at first, of those on a signal."""
    label = SIGNALS[signal].label
    which = f"{alarm_queries.PHYSIOLOGICAL} AND \"signal\" = '{signal}'"
    return state(f"{label} alarms", f"The first alarm on the {label.lower()}.", which)
