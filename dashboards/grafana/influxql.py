"""InfluxQL queries for Grafana panels.

The SDK has no query type for InfluxDB, so this is one. InfluxQL is the one language that InfluxDB
1.x, 2.x (with a DBRP mapping) and 3.x all answer. Grafana's server replaces `$timeFilter` and
`$__interval`; its page replaces variables, `:regex` escaping what they hold. `now()` is InfluxDB's.

Series are never put together: two sensors of one signal are two channels, and one rule has an
alarm on each. Where nothing was told, a series has a null: a gap must look like one.
"""

from dataclasses import dataclass
from typing import Any, Literal

from grafana_foundation_sdk.cog import builder, variants

VARIABLES = ("site", "session", "participant")
DATASOURCE = {"type": "influxdb", "uid": "${datasource}"}
CHOSEN = " AND ".join(f'"{name}" =~ /^${{{name}:regex}}$/' for name in VARIABLES)
WHERE = f"WHERE {CHOSEN} AND $timeFilter"
# Longer than any session, whatever range is shown: what was told long ago may still hold.
LONG_WHERE = f"WHERE {CHOSEN} AND time > now() - 12h"
ALL_OF_A_SESSION = '"site", "session", "participant"'
PHYSIOLOGICAL = "\"kind\" = 'physiological'"
TECHNICAL = "\"kind\" = 'technical'"
JOINT = f"{PHYSIOLOGICAL} AND \"sensor\" = '-'"  # of rules on several signals
PROCEDURE = f"{TECHNICAL} AND \"sensor\" = '-'"  # measurements due, and the monitor's own troubles
SPOT = f"{PHYSIOLOGICAL} AND \"sensor\" = 'session'"  # of measurements, whoever made them
ANNOUNCED = "\"head\" = ''"  # not inside a higher alarm about the same matter
BAND_MIN = 2  # each limit is told once a minute: shorter, a rule would miss in some steps
LINK_TOLD_S = 150  # a link is told each minute


@dataclass
class InfluxQL(variants.Dataquery, builder.Builder[variants.Dataquery]):
    """One query of a panel.

    Attributes:
        query: InfluxQL with Grafana's macros and variables.
        ref_id: names it within its panel.
        alias: how series are called; ``$tag_rule`` is the tag rule.
        table: rows instead of series.
    """

    query: str
    ref_id: str = "A"
    alias: str = ""
    table: bool = False

    def build(self) -> variants.Dataquery:
        """Return the query itself: it is its own builder."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Return it as Grafana's InfluxDB data source reads it."""
        return {
            "refId": self.ref_id,
            "datasource": DATASOURCE,
            "query": self.query,
            "rawQuery": True,
            "resultFormat": "table" if self.table else "time_series",
            "alias": self.alias,
        }


# Values and limits


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


# What people measure and mark


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


def markers() -> InfluxQL:
    """Return the query for markers, newest first."""
    return InfluxQL(
        f'SELECT "marker", "rating", "by" FROM "markers" {WHERE} ORDER BY time DESC LIMIT 200',
        table=True,
    )


def ratings() -> InfluxQL:
    """Return the query for what participants have rated."""
    return InfluxQL(f'SELECT "rating" FROM "markers" {WHERE}', alias="rating")


def policy_changes() -> InfluxQL:
    """Return the query for rules and policies that were changed, newest first."""
    return InfluxQL(
        f'SELECT "rule", "change", "by" FROM "policies" {WHERE} ORDER BY time DESC LIMIT 50',
        table=True,
    )


# Alarms


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


# Sensors


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


# Sessions, one row each


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


# Annotations and variables


class Annotation(InfluxQL):
    """A query as an annotation's target: ``text`` and ``tag`` are columns of its rows.

    Grafana takes its columns over only where the whole target is there.
    """

    def __init__(self, name: str, query: str, text: str, tag: str) -> None:
        super().__init__(query, ref_id=name)
        self.name, self._text, self._tag = name, text, tag

    def to_json(self) -> dict[str, Any]:
        """Return it as Grafana's InfluxDB data source reads it."""
        return {
            **super().to_json(),
            "queryType": "tags",
            "fromAnnotations": True,
            "textColumn": self._text,
            "tagsColumn": self._tag,
        }


ANNOTATIONS = (
    Annotation("Markers", f'SELECT "marker", "count" FROM "markers" {WHERE}', "marker", "marker"),
    Annotation("Rules", f'SELECT "change", "rule" FROM "policies" {WHERE}', "change", "rule"),
)


def known(name: str) -> str:
    """Return the query for what a variable may be, given those before it.

    InfluxDB 3 looks at the last day only where no time is given.
    """
    before = VARIABLES[: VARIABLES.index(name)]
    where = ["time >= 0", *(f'"{other}" =~ /^${{{other}:regex}}$/' for other in before)]
    return f'SHOW TAG VALUES FROM "links" WITH KEY = "{name}" WHERE {" AND ".join(where)}'
