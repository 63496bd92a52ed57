"""InfluxQL queries for Grafana panels.

The SDK has no query type for InfluxDB, so this is one. InfluxQL is the one language that InfluxDB
1.x, 2.x (with a DBRP mapping) and 3.x all answer. Grafana's server replaces `$timeFilter` and
`$__interval`; its page replaces variables, `:regex` escaping what they hold.

Series are never put together: two sensors of one signal are two channels, and one rule has an
alarm on each. Where nothing was told, a series has a null: a gap must look like one.
"""

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.cog import builder, variants

VARIABLES = ("site", "session", "participant")
DATASOURCE = {"type": "influxdb", "uid": "${datasource}"}
CHOSEN = " AND ".join(f'"{name}" =~ /^${{{name}:regex}}$/' for name in VARIABLES)
WHERE = f"WHERE {CHOSEN} AND $timeFilter"


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


def last_value(signal: str) -> InfluxQL:
    """Return the query for the last good value of a signal by sensor."""
    return InfluxQL(
        f'SELECT last("value") FROM "{signal}" {WHERE} AND "quality" = 0 GROUP BY "sensor"',
        alias="$tag_sensor",
    )


def values(signal: str) -> InfluxQL:
    """Return the query for a signal's good values by sensor."""
    return InfluxQL(
        f'SELECT mean("value") FROM "{signal}" {WHERE} AND "quality" = 0 '
        'GROUP BY time($__interval), "sensor" fill(null)',
        alias="$tag_sensor",
    )


def limits(signal: str, side: str, ref_id: str) -> InfluxQL:
    """Return the query for how the limits on one side of a signal moved."""
    return InfluxQL(
        f'SELECT last("{side}") FROM "limits" {WHERE} AND "signal" = \'{signal}\' '
        'GROUP BY time($__interval), "rule", "sensor" fill(null)',
        ref_id=ref_id,
        alias="limit $tag_rule ($tag_sensor)",
    )


def highest_level(signal: str) -> InfluxQL:
    """Return the query for the level of the alarm to look at first, of those on a signal."""
    return InfluxQL(
        'SELECT max("level") FROM (SELECT last("level") AS "level" FROM "alarms" '
        f"{WHERE} AND \"signal\" = '{signal}' AND \"kind\" = 'physiological' "
        'GROUP BY "rule", "sensor")'
    )


def alarm_levels(kind: str) -> InfluxQL:
    """Return the query for the level of each alarm of a kind (see `dashboards.grafana.levels`)."""
    return InfluxQL(
        f'SELECT "level" FROM "alarms" {WHERE} AND "kind" = \'{kind}\' GROUP BY "rule", "sensor"',
        alias="$tag_rule ($tag_sensor)",
    )


def alarm_steps() -> InfluxQL:
    """Return the query for everything that happened to alarms, newest first."""
    return InfluxQL(
        'SELECT "kind", "priority", "sensor", "rule", "step", "message", "value", "limit", "by" '
        f'FROM "alarms" {WHERE} ORDER BY time DESC LIMIT 100',
        table=True,
    )


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


class Markers(InfluxQL):
    """The query for markers as an annotation's target.

    Grafana takes its columns over only where the whole target is there.
    """

    def __init__(self) -> None:
        super().__init__(f'SELECT "marker", "count" FROM "markers" {WHERE}', ref_id="Markers")

    def to_json(self) -> dict[str, Any]:
        """Return it as Grafana's InfluxDB data source reads it."""
        return {
            **super().to_json(),
            "queryType": "tags",
            "fromAnnotations": True,
            "textColumn": "marker",
            "tagsColumn": "marker",
        }


def known(name: str) -> str:
    """Return the query for what a variable may be, given those before it."""
    before = VARIABLES[: VARIABLES.index(name)]
    where = " AND ".join(f'"{other}" =~ /^${{{other}:regex}}$/' for other in before)
    return f'SHOW TAG VALUES FROM "links" WITH KEY = "{name}"' + (
        f" WHERE {where}" if where else ""
    )
