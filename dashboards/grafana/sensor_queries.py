"""Queries for sensors and their links."""

from dashboards.grafana.influxql import BAND_MIN, WHERE, InfluxQL


def link_states() -> InfluxQL:
    """Query the state of each sensor's link over time."""
    return InfluxQL(
        f'SELECT last("state") FROM "links" {WHERE} '
        'GROUP BY time($__interval), "sensor" fill(null)',
        alias="$tag_sensor",
    )


def sensors() -> InfluxQL:
    """Query the last report of each sensor's link."""
    return InfluxQL(
        'SELECT last("state") AS "state", "battery", "rssi", "packets", "gaps" '
        f'FROM "links" {WHERE} GROUP BY "sensor"',
        table=True,
    )


def link_field(field: str) -> InfluxQL:
    """Query a field that links report: ``battery`` or ``rssi``."""
    return InfluxQL(
        f'SELECT last("{field}") FROM "links" {WHERE} '
        'GROUP BY time($__interval), "sensor" fill(null)',
        alias="$tag_sensor",
    )


def per_minute(counter: str) -> InfluxQL:
    """Query the rate of a link's counter per minute, by sensor."""
    return InfluxQL(
        f'SELECT non_negative_derivative(last("{counter}"), 1m) FROM "links" {WHERE} '
        f'GROUP BY time({BAND_MIN}m), "sensor" fill(none)',
        alias="$tag_sensor",
    )


def invalid_readings(signal: str, ref_id: str, alias: str) -> InfluxQL:
    """Query the number of invalid readings of a signal."""
    return InfluxQL(
        f'SELECT count("quality") FROM "{signal}" {WHERE} AND "quality" > 0 '
        f'GROUP BY time({BAND_MIN}m), "sensor" fill(0)',
        ref_id,
        f"{alias} ($tag_sensor)",
    )
