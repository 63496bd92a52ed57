"""Queries for sensors and their links."""

from dashboards.grafana.influxql import BAND_MIN, WHERE, InfluxQL


def link_states() -> InfluxQL:
    """Return the query for the state of each sensor's link."""
    return InfluxQL(
        f'SELECT last("state") FROM "links" {WHERE} '
        'GROUP BY time($__interval), "sensor" fill(null)',
        alias="$tag_sensor",
    )


def sensors() -> InfluxQL:
    """Return the query for the last that was told of each sensor's link."""
    return InfluxQL(
        'SELECT last("state") AS "state", "battery", "rssi", "packets", "gaps" '
        f'FROM "links" {WHERE} GROUP BY "sensor"',
        table=True,
    )


def told_of_links(field: str) -> InfluxQL:
    """Return the query for what each link told of itself: ``battery`` or ``rssi``."""
    return InfluxQL(
        f'SELECT last("{field}") FROM "links" {WHERE} '
        'GROUP BY time($__interval), "sensor" fill(null)',
        alias="$tag_sensor",
    )


def per_minute(counter: str) -> InfluxQL:
    """Return the query for how fast a link's counter went up, by sensor."""
    return InfluxQL(
        f'SELECT non_negative_derivative(last("{counter}"), 1m) FROM "links" {WHERE} '
        f'GROUP BY time({BAND_MIN}m), "sensor" fill(none)',
        alias="$tag_sensor",
    )


def not_valid(signal: str, ref_id: str, alias: str) -> InfluxQL:
    """Return the query for how many readings of a signal were no valid values."""
    return InfluxQL(
        f'SELECT count("quality") FROM "{signal}" {WHERE} AND "quality" > 0 '
        f'GROUP BY time({BAND_MIN}m), "sensor" fill(0)',
        ref_id,
        f"{alias} ($tag_sensor)",
    )
