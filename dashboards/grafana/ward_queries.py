"""Queries for all sessions, one row each."""

from dashboards.grafana.influxql import (
    ALL_OF_A_SESSION,
    CHOSEN,
    LINK_TOLD_S,
    LONG_WHERE,
    WHERE,
    InfluxQL,
)


def sessions() -> InfluxQL:
    """Return the query for each session, and how many packets its sensor had sent at its end."""
    return InfluxQL(
        f'SELECT last("packets") AS "packets" FROM "links" {WHERE} GROUP BY {ALL_OF_A_SESSION}',
        table=True,
    )


def session_levels(ref_id: str) -> InfluxQL:
    """Return the query for the level of each session's alarm to look at first."""
    return InfluxQL(
        'SELECT max("level") AS "level" FROM (SELECT last("level") AS "level" FROM "alarms" '
        f'{LONG_WHERE} GROUP BY {ALL_OF_A_SESSION}, "rule", "sensor") GROUP BY {ALL_OF_A_SESSION}',
        ref_id,
        table=True,
    )


def session_values(signal: str, recent_s: int, ref_id: str) -> InfluxQL:
    """Return the query for each session's last good value, if it is a recent one."""
    return InfluxQL(
        f'SELECT last("value") AS "{signal}" FROM "{signal}" WHERE {CHOSEN} '
        f'AND time > now() - {recent_s}s AND "quality" = 0 GROUP BY {ALL_OF_A_SESSION}',
        ref_id,
        table=True,
    )


def session_links(ref_id: str) -> InfluxQL:
    """Return the query for how many sensors of each session are connected."""
    return InfluxQL(
        'SELECT count("connected") AS "connected" FROM (SELECT last("connected") AS "connected" '
        f'FROM "links" WHERE {CHOSEN} AND time > now() - {LINK_TOLD_S}s '
        f'GROUP BY {ALL_OF_A_SESSION}, "sensor") WHERE "connected" = true '
        f"GROUP BY {ALL_OF_A_SESSION}",
        ref_id,
        table=True,
    )
