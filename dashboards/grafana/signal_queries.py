"""Queries for values, limits, baselines and manual measurements."""

from typing import Literal

from dashboards.grafana.influxql import ALL_OF_A_SESSION, BAND_MIN, WHERE, InfluxQL


def last_value(signal: str) -> InfluxQL:
    """Query the last valid value of a signal by sensor."""
    return InfluxQL(
        f'SELECT last("value") FROM "{signal}" {WHERE} AND "quality" = 0 GROUP BY "sensor"',
        alias="$tag_sensor",
    )


def values(signal: str, ref_id: str = "A", alias: str = "$tag_sensor") -> InfluxQL:
    """Query a signal's valid values by sensor."""
    return InfluxQL(
        f'SELECT mean("value") FROM "{signal}" {WHERE} AND "quality" = 0 '
        'GROUP BY time($__interval), "sensor" fill(null)',
        ref_id,
        alias,
    )


def values_by_session(signal: str) -> InfluxQL:
    """Query a signal's valid values by session and sensor."""
    return InfluxQL(
        f'SELECT mean("value") FROM "{signal}" {WHERE} AND "quality" = 0 '
        f'GROUP BY time($__interval), {ALL_OF_A_SESSION}, "sensor" fill(null)',
        alias="$tag_participant ($tag_sensor)",
    )


def limits(signal: str, side: str, ref_id: str) -> InfluxQL:
    """Query the limits on one side of a signal over time."""
    return InfluxQL(
        f'SELECT last("{side}") FROM "limits" {WHERE} AND "signal" = \'{signal}\' '
        'GROUP BY time($__interval), "rule", "sensor" fill(null)',
        ref_id,
        "limit $tag_rule ($tag_sensor)",
    )


def band(signal: str, side: Literal["upper", "lower"], ref_id: str) -> InfluxQL:
    """Query the tightest limit on one side of a signal, of all rules and sensors."""
    tightest = {"upper": "min", "lower": "max"}[side]
    return InfluxQL(
        f'SELECT {tightest}("{side}") FROM (SELECT last("{side}") AS "{side}" FROM "limits" '
        f"{WHERE} AND \"signal\" = '{signal}' "
        f'GROUP BY time({BAND_MIN}m), "rule", "sensor" fill(none)) '
        f"WHERE $timeFilter GROUP BY time({BAND_MIN}m) fill(null)",
        ref_id,
        f"tightest {side} limit",
    )


def variability(statistic: Literal["rmssd", "sdnn"], ref_id: str) -> InfluxQL:
    """Query a measure of heart rate variability by window and sensor."""
    return InfluxQL(
        f'SELECT mean("{statistic}") FROM "rolling" {WHERE} '
        "AND \"signal\" = 'rr_interval' "
        'GROUP BY time($__interval), "window", "sensor" fill(null)',
        ref_id,
        f"{statistic} $tag_window ($tag_sensor)",
    )


def baselines() -> InfluxQL:
    """Query all baselines, including those that could not be set."""
    return InfluxQL(
        f'SELECT "sensor", "signal", "value", "spread", "coverage" FROM "baseline" {WHERE}',
        table=True,
    )


def measured(signal: str, ref_id: str) -> InfluxQL:
    """Query the manual measurements of a signal, newest first."""
    return InfluxQL(
        f'SELECT "value" AS "{signal}" FROM "{signal}" {WHERE} AND "sensor" = \'manual\' '
        "ORDER BY time DESC LIMIT 50",
        ref_id,
        table=True,
    )


def measured_values(signal: str, ref_id: str, alias: str) -> InfluxQL:
    """Query every measurement of a signal, manual or by a sensor."""
    return InfluxQL(
        f'SELECT "value" FROM "{signal}" {WHERE} AND "quality" = 0 GROUP BY "sensor"',
        ref_id,
        f"{alias} ($tag_sensor)",
    )
