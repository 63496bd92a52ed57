"""Queries for alarms and calls."""

from dashboards.grafana.influxql import ALL_OF_A_SESSION, LONG_WHERE, WHERE, InfluxQL

PHYSIOLOGICAL = "\"kind\" = 'physiological'"

TECHNICAL = "\"kind\" = 'technical'"

MULTI_SIGNAL = f"{PHYSIOLOGICAL} AND \"sensor\" = '-'"  # of rules on several signals

# Of scheduled measurements, and of faults of the monitor.
PROTOCOL_OR_MONITOR = f"{TECHNICAL} AND \"sensor\" = '-'"

SPOT = f"{PHYSIOLOGICAL} AND \"sensor\" = 'session'"  # of spot measurements, manual or by a sensor

ANNOUNCED = "\"head\" = ''"  # not inside a higher alarm


def highest_level(which: str) -> InfluxQL:
    """Query the highest level of the selected alarms."""
    return InfluxQL(
        'SELECT max("level") FROM (SELECT last("level") AS "level" FROM "alarms" '
        f'{WHERE} AND {which} GROUP BY "rule", "sensor")'
    )


def alarm_levels(which: str) -> InfluxQL:
    """Query the level of each selected alarm (see `alerts.alarm_levels`)."""
    return InfluxQL(
        f'SELECT "level" FROM "alarms" {WHERE} AND {which} GROUP BY "rule", "sensor"',
        alias="$tag_rule ($tag_sensor)",
    )


def open_alarms() -> InfluxQL:
    """Query the last state of each open alarm that is not inside another."""
    return InfluxQL(
        'SELECT "level", "participant", "session", "sensor", "rule", "message", "value", "limit" '
        'FROM (SELECT last("level") AS "level", "message", "value", "limit", "head" FROM "alarms" '
        f'{LONG_WHERE} GROUP BY {ALL_OF_A_SESSION}, "rule", "sensor") '
        f'WHERE "level" > 0 AND {ANNOUNCED}',
        table=True,
    )


def alarm_steps() -> InfluxQL:
    """Query all state changes of alarms, newest first."""
    return InfluxQL(
        'SELECT "kind", "priority", "sensor", "rule", "step", "message", "value", "limit", "by" '
        f'FROM "alarms" {WHERE} ORDER BY time DESC LIMIT 100',
        table=True,
    )


def raised(*tags: str, table: bool = False) -> InfluxQL:
    """Query the number of announced alarms by tags."""
    by = ", ".join(f'"{tag}"' for tag in tags)
    return InfluxQL(
        f'SELECT count("level") AS "raised" FROM "alarms" {WHERE} AND "step" = \'raised\' '
        f"AND {ANNOUNCED} GROUP BY {by}",
        alias=" ".join(f"$tag_{tag}" for tag in tags),
        table=table,
    )


def raised_per_hour() -> InfluxQL:
    """Query the number of announced alarms per hour and priority."""
    return InfluxQL(
        f'SELECT count("level") FROM "alarms" {WHERE} AND "step" = \'raised\' AND {ANNOUNCED} '
        'GROUP BY time(1h), "priority" fill(0)',
        alias="$tag_priority",
    )


def calls() -> InfluxQL:
    """Query all steps of calls, newest first."""
    return InfluxQL(
        'SELECT "participant", "recipient", "step", "call", "tier", "priority", "rules", "by" '
        f'FROM "calls" {WHERE} ORDER BY time DESC LIMIT 50',
        table=True,
    )
