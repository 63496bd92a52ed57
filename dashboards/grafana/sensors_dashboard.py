"""The dashboard of a session's sensors: links, batteries, packets, and what was lost."""

from grafana_foundation_sdk.builders import dashboard, timeseries
from grafana_foundation_sdk.models import units

from dashboards.grafana import (
    influxql,
    panel_styles,
    sensor_queries,
    table_panels,
    time_series_panels,
    timeline_panels,
)
from dashboards.grafana.dashboard import SENSORS, About, board, span
from devices.signals import SIGNALS

_ABOUT = About(
    uid=SENSORS,
    what="Links, batteries, packets and gaps of one session's sensors.",
    since="now-6h",
    refresh="30s",
)


def sensors() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    packets = "How many packets came, on average over two minutes."
    gaps = "How often packets were missing, on average over two minutes."
    rssi = "As it was when the sensor was found."
    return board(
        _ABOUT,
        [
            [span(24, 7, table_panels.sensors())],
            [span(24, 6, timeline_panels.links())],
            [
                span(12, 8, _rate("Packets per minute", packets, "packets")),
                span(12, 8, _rate("Gaps per minute", gaps, "gaps")),
            ],
            [
                span(12, 8, _told("Battery", "As told by the sensor.", "battery", units.Percent)),
                span(12, 8, _told("Signal strength", rssi, "rssi", units.DecibelMilliWatt)),
            ],
            [span(24, 7, _not_valid())],
            timeline_panels.alarm_timelines(),
        ],
    )


def _rate(title: str, what: str, counter: str) -> timeseries.Panel:
    return time_series_panels.bars(title, what, units.Short, sensor_queries.per_minute(counter))


def _told(title: str, what: str, field: str, unit: str) -> timeseries.Panel:
    panel = time_series_panels.series(title, what, unit, sensor_queries.told_of_links(field))
    return panel.span_nulls(influxql.LINK_TOLD_S * 1000)


def _not_valid() -> timeseries.Panel:
    queries = [
        sensor_queries.not_valid(signal, ref_id, SIGNALS[signal].label)
        for ref_id, signal in zip("AB", panel_styles.MAIN_SIGNALS, strict=True)
    ]
    return time_series_panels.bars(
        "Readings without a valid value",
        "No contact, not a number, or not plausible; how many in two minutes.",
        units.Short,
        *queries,
    )
