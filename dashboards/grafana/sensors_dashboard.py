"""The dashboard of a session's sensors: links, batteries, packets, and what was lost."""

from grafana_foundation_sdk.builders import dashboard, timeseries
from grafana_foundation_sdk.models import units

from dashboards.grafana import influxql, panels
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
            [span(24, 7, panels.sensors())],
            [span(24, 6, panels.links())],
            [
                span(12, 8, _rate("Packets per minute", packets, "packets")),
                span(12, 8, _rate("Gaps per minute", gaps, "gaps")),
            ],
            [
                span(12, 8, _told("Battery", "As told by the sensor.", "battery", units.Percent)),
                span(12, 8, _told("Signal strength", rssi, "rssi", units.DecibelMilliWatt)),
            ],
            [span(24, 7, _not_valid())],
            panels.alarm_timelines(),
        ],
    )


def _rate(title: str, what: str, counter: str) -> timeseries.Panel:
    return panels.bars(title, what, units.Short, influxql.per_minute(counter))


def _told(title: str, what: str, field: str, unit: str) -> timeseries.Panel:
    panel = panels.series(title, what, unit, influxql.told_of_links(field))
    return panel.span_nulls(influxql.LINK_TOLD_S * 1000)


def _not_valid() -> timeseries.Panel:
    queries = [
        influxql.not_valid(signal, ref_id, SIGNALS[signal].label)
        for ref_id, signal in zip("AB", panels.MAIN_SIGNALS, strict=True)
    ]
    return panels.bars(
        "Readings without a valid value",
        "No contact, not a number, or not plausible; how many in two minutes.",
        units.Short,
        *queries,
    )
