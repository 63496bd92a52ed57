"""Queries for alarms and calls."""

from dashboards.grafana.influxql import ALL_OF_A_SESSION, LONG_WHERE, WHERE, InfluxQL

PHYSIOLOGICAL = "\"kind\" = 'physiological'"

TECHNICAL = "\"kind\" = 'technical'"

JOINT = f"{PHYSIOLOGICAL} AND \"sensor\" = '-'"  # of rules on several signals

PROCEDURE = f"{TECHNICAL} AND \"sensor\" = '-'"  # measurements due, and the monitor's own troubles

SPOT = f"{PHYSIOLOGICAL} AND \"sensor\" = 'session'"  # of measurements, whoever made them

ANNOUNCED = "\"head\" = ''"  # not inside a higher alarm about the same matter


def highest_level(which: str) -> InfluxQL:
    """Return the query for the level of the alarm to look at first."""
    return InfluxQL(
        'SELECT max("level") FROM (SELECT last("level") AS "level" FROM "alarms" '
        f'{WHERE} AND {which} GROUP BY "rule", "sensor")'
    )


def alarm_levels(which: str) -> InfluxQL:
    """Return the query for the level of each alarm (see `alerts.alarm_levels`)."""
    return InfluxQL(
        f'SELECT "level" FROM "alarms" {WHERE} AND {which} GROUP BY "rule", "sensor"',
        alias="$tag_rule ($tag_sensor)",
    )


def open_alarms() -> InfluxQL:
    """Return the query for the last step of each alarm that is open and not inside another."""
    return InfluxQL(
        'SELECT "level", "participant", "session", "sensor", "rule", "message", "value", "limit" '
        'FROM (SELECT last("level") AS "level", "message", "value", "limit", "head" FROM "alarms" '
        f'{LONG_WHERE} GROUP BY {ALL_OF_A_SESSION}, "rule", "sensor") '
        f'WHERE "level" > 0 AND {ANNOUNCED}',
        table=True,
    )


def alarm_steps() -> InfluxQL:
    """Return the query for everything that happened to alarms, newest first."""
    return InfluxQL(
        'SELECT "kind", "priority", "sensor", "rule", "step", "message", "value", "limit", "by" '
        f'FROM "alarms" {WHERE} ORDER BY time DESC LIMIT 100',
        table=True,
    )


def raised(*tags: str, table: bool = False) -> InfluxQL:
    """Return the query for how many alarms were raised and announced, by tags."""
    by = ", ".join(f'"{tag}"' for tag in tags)
    return InfluxQL(
        f'SELECT count("level") AS "raised" FROM "alarms" {WHERE} AND "step" = \'raised\' '
        f"AND {ANNOUNCED} GROUP BY {by}",
        alias=" ".join(f"$tag_{tag}" for tag in tags),
        table=table,
    )


def raised_per_hour() -> InfluxQL:
    """Return the query for how many alarms were announced in each hour, by priority."""
    return InfluxQL(
        f'SELECT count("level") FROM "alarms" {WHERE} AND "step" = \'raised\' AND {ANNOUNCED} '
        'GROUP BY time(1h), "priority" fill(0)',
        alias="$tag_priority",
    )


def calls() -> InfluxQL:
    """Return the query for every step of calls, newest first."""
    return InfluxQL(
        'SELECT "participant", "recipient", "step", "call", "tier", "priority", "rules", "by" '
        f'FROM "calls" {WHERE} ORDER BY time DESC LIMIT 50',
        table=True,
    )
