"""Queries for all sessions, with one row per session."""

from dashboards.grafana.influxql import (
    ALL_OF_A_SESSION,
    CHOSEN,
    LINK_INTERVAL_S,
    LONG_WHERE,
    WHERE,
    InfluxQL,
)


def sessions() -> InfluxQL:
    """Query the sessions, each with the last packet counter of its sensors."""
    return InfluxQL(
        f'SELECT last("packets") AS "packets" FROM "links" {WHERE} GROUP BY {ALL_OF_A_SESSION}',
        table=True,
    )


def session_levels(ref_id: str) -> InfluxQL:
    """Query the highest alarm level of each session."""
    return InfluxQL(
        'SELECT max("level") AS "level" FROM (SELECT last("level") AS "level" FROM "alarms" '
        f'{LONG_WHERE} GROUP BY {ALL_OF_A_SESSION}, "rule", "sensor") GROUP BY {ALL_OF_A_SESSION}',
        ref_id,
        table=True,
    )


def session_values(signal: str, recent_s: int, ref_id: str) -> InfluxQL:
    """Query the last valid value of each session, if it is recent."""
    return InfluxQL(
        f'SELECT last("value") AS "{signal}" FROM "{signal}" WHERE {CHOSEN} '
        f'AND time > now() - {recent_s}s AND "quality" = 0 GROUP BY {ALL_OF_A_SESSION}',
        ref_id,
        table=True,
    )


def session_links(ref_id: str) -> InfluxQL:
    """Query the number of connected sensors of each session."""
    return InfluxQL(
        'SELECT count("connected") AS "connected" FROM (SELECT last("connected") AS "connected" '
        f'FROM "links" WHERE {CHOSEN} AND time > now() - {LINK_INTERVAL_S}s '
        f'GROUP BY {ALL_OF_A_SESSION}, "sensor") WHERE "connected" = true '
        f"GROUP BY {ALL_OF_A_SESSION}",
        ref_id,
        table=True,
    )
