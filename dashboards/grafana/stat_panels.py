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
    """Return a panel with the last value of each series."""
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
    """Return a panel with a signal's last valid value, if it is recent."""
    recent = f"{recent_s(signal)} s"
    return (
        number(
            SIGNALS[signal].label,
            f"The last valid value, unless older than {recent}. {DISCLAIMER}",
            signal_queries.last_value(signal),
        )
        .time_from(f"{recent_s(signal)}s")
        .unit(unit_of(signal))
        .decimals(0 if SIGNALS[signal].resolution >= 1 else 1)
        .no_value("no value")
    )


def age(signal: str) -> stat.Panel:
    """Return a panel with the age of a signal's last valid value."""
    return (
        number(
            f"{SIGNALS[signal].label}: age",
            "Time since the last valid value was measured.",
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
    """Return a panel with the highest level of the selected alarms, in its colour."""
    return (
        number(title, what, alarm_queries.highest_level(which))
        .time_from(SINCE)
        .unit(units.NoUnit)
        .no_value("none raised")
        .mappings(levels())
        .color_mode(common.BigValueColorMode.BACKGROUND)
    )


def states() -> list[Column]:
    """Return a row of state panels: person, several signals, measurements, equipment, protocol."""
    return [
        span(width, 4, state(title, what, which))
        for width, title, what, which in (
            (5, "Person", "Highest alarm about the person.", alarm_queries.PHYSIOLOGICAL),
            (
                5,
                "Rules on several signals",
                "Highest alarm of rules on several signals.",
                alarm_queries.MULTI_SIGNAL,
            ),
            (
                5,
                "Spot measurements",
                "Highest alarm on blood pressure and other spot measurements, manual or by a cuff.",
                alarm_queries.SPOT,
            ),
            (5, "Equipment", "Highest technical alarm.", alarm_queries.TECHNICAL),
            (
                4,
                "Protocol and monitor",
                "Highest alarm of scheduled measurements and of faults of the monitor.",
                alarm_queries.PROTOCOL_OR_MONITOR,
            ),
        )
    ]


def signal_state(signal: str) -> stat.Panel:
    """Return a panel with the highest alarm level of a signal."""
    label = SIGNALS[signal].label
    which = f"{alarm_queries.PHYSIOLOGICAL} AND \"signal\" = '{signal}'"
    return state(f"{label} alarms", f"Highest alarm on {label.lower()}.", which)
