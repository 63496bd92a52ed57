"""The dashboard of a session's sensors: links, batteries, packets and losses."""

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
from dashboards.grafana.dashboard import SENSORS, DashboardSpec, board, span
from devices.signals import SIGNALS

_SPEC = DashboardSpec(
    uid=SENSORS,
    what="Links, batteries, packets and gaps of one session's sensors.",
    since="now-6h",
    refresh="30s",
)


def sensors() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    packets = "Packets received, averaged over two minutes."
    gaps = "Gaps in the packets, averaged over two minutes."
    rssi = "At the time when the sensor was found."
    return board(
        _SPEC,
        [
            [span(24, 7, table_panels.sensors())],
            [span(24, 6, timeline_panels.links())],
            [
                span(12, 8, _rate("Packets per minute", packets, "packets")),
                span(12, 8, _rate("Gaps per minute", gaps, "gaps")),
            ],
            [
                span(
                    12, 8, _field("Battery", "As reported by the sensor.", "battery", units.Percent)
                ),
                span(12, 8, _field("Signal strength", rssi, "rssi", units.DecibelMilliWatt)),
            ],
            [span(24, 7, _invalid_readings())],
            timeline_panels.alarm_timelines(),
        ],
    )


def _rate(title: str, what: str, counter: str) -> timeseries.Panel:
    return time_series_panels.bars(title, what, units.Short, sensor_queries.per_minute(counter))


def _field(title: str, what: str, field: str, unit: str) -> timeseries.Panel:
    panel = time_series_panels.series(title, what, unit, sensor_queries.link_field(field))
    return panel.span_nulls(influxql.LINK_INTERVAL_S * 1000)


def _invalid_readings() -> timeseries.Panel:
    queries = [
        sensor_queries.invalid_readings(signal, ref_id, SIGNALS[signal].label)
        for ref_id, signal in zip("AB", panel_styles.MAIN_SIGNALS, strict=True)
    ]
    return time_series_panels.bars(
        "Readings without a valid value",
        "Number in two minutes: no contact, not a number, or not plausible.",
        units.Short,
        *queries,
    )
