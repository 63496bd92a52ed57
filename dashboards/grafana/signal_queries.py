"""Queries for values, limits, baselines and manual measurements."""

from typing import Literal

from dashboards.grafana.influxql import ALL_OF_A_SESSION, BAND_MIN, WHERE, InfluxQL


def last_value(signal: str) -> InfluxQL:
    """Return the query for the last good value of a signal by sensor."""
    return InfluxQL(
        f'SELECT last("value") FROM "{signal}" {WHERE} AND "quality" = 0 GROUP BY "sensor"',
        alias="$tag_sensor",
    )


def values(signal: str, ref_id: str = "A", alias: str = "$tag_sensor") -> InfluxQL:
    """Return the query for a signal's good values by sensor."""
    return InfluxQL(
        f'SELECT mean("value") FROM "{signal}" {WHERE} AND "quality" = 0 '
        'GROUP BY time($__interval), "sensor" fill(null)',
        ref_id,
        alias,
    )


def values_by_session(signal: str) -> InfluxQL:
    """Return the query for a signal's good values by session and sensor."""
    return InfluxQL(
        f'SELECT mean("value") FROM "{signal}" {WHERE} AND "quality" = 0 '
        f'GROUP BY time($__interval), {ALL_OF_A_SESSION}, "sensor" fill(null)',
        alias="$tag_participant ($tag_sensor)",
    )


def limits(signal: str, side: str, ref_id: str) -> InfluxQL:
    """Return the query for how the limits on one side of a signal moved."""
    return InfluxQL(
        f'SELECT last("{side}") FROM "limits" {WHERE} AND "signal" = \'{signal}\' '
        'GROUP BY time($__interval), "rule", "sensor" fill(null)',
        ref_id,
        "limit $tag_rule ($tag_sensor)",
    )


def band(signal: str, side: Literal["upper", "lower"], ref_id: str) -> InfluxQL:
    """Return the query for the tightest limit on one side of a signal, of all rules and sensors."""
    tightest = {"upper": "min", "lower": "max"}[side]
    return InfluxQL(
        f'SELECT {tightest}("{side}") FROM (SELECT last("{side}") AS "{side}" FROM "limits" '
        f"{WHERE} AND \"signal\" = '{signal}' "
        f'GROUP BY time({BAND_MIN}m), "rule", "sensor" fill(none)) '
        f"WHERE $timeFilter GROUP BY time({BAND_MIN}m) fill(null)",
        ref_id,
        f"tightest {side} limit",
    )


def variability() -> InfluxQL:
    """Return the query for RMSSD and SDNN by window and sensor."""
    return InfluxQL(
        f'SELECT mean("value") FROM "rolling" {WHERE} '
        "AND (\"statistic\" = 'rmssd' OR \"statistic\" = 'sdnn') "
        'GROUP BY time($__interval), "statistic", "window", "sensor" fill(null)',
        alias="$tag_statistic $tag_window ($tag_sensor)",
    )


def baselines() -> InfluxQL:
    """Return the query for every baseline that was frozen, or could not be."""
    return InfluxQL(
        f'SELECT "sensor", "signal", "value", "spread", "coverage" FROM "baseline" {WHERE}',
        table=True,
    )


def measured(signal: str, ref_id: str) -> InfluxQL:
    """Return the query for what people have measured of a signal, newest first."""
    return InfluxQL(
        f'SELECT "value" AS "{signal}" FROM "{signal}" {WHERE} AND "sensor" = \'manual\' '
        "ORDER BY time DESC LIMIT 50",
        ref_id,
        table=True,
    )


def measured_values(signal: str, ref_id: str, alias: str) -> InfluxQL:
    """Return the query for each measurement of a signal, from whichever sensor."""
    return InfluxQL(
        f'SELECT "value" FROM "{signal}" {WHERE} AND "quality" = 0 GROUP BY "sensor"',
        ref_id,
        f"{alias} ($tag_sensor)",
    )
