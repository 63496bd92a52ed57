"""InfluxQL as a query type for Grafana panels, with the conditions that queries share.

The SDK has no query type for InfluxDB. InfluxQL is the only language that InfluxDB 1.x, 2.x (with
a DBRP mapping) and 3.x all support. Grafana's server replaces `$timeFilter` and `$__interval`; its
page replaces variables, with `:regex` escaping their values. `now()` is InfluxDB's.

Series are never combined: two sensors of one signal are two channels, and a rule has an alarm on
each. Without data a series has a null, so that a gap looks like one.
"""

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.cog import builder, variants

VARIABLES = ("site", "session", "participant")

DATASOURCE = {"type": "influxdb", "uid": "${datasource}"}

CHOSEN = " AND ".join(f'"{name}" =~ /^${{{name}:regex}}$/' for name in VARIABLES)

WHERE = f"WHERE {CHOSEN} AND $timeFilter"

# Longer than any session, for any range shown: the last written state can be hours old.
LONG_WHERE = f"WHERE {CHOSEN} AND time > now() - 12h"

ALL_OF_A_SESSION = '"site", "session", "participant"'

BAND_MIN = 2  # each limit is written once a minute; a shorter step would miss rules

LINK_INTERVAL_S = 150  # a link's state is written every minute


@dataclass
class InfluxQL(variants.Dataquery, builder.Builder[variants.Dataquery]):
    """A query of a panel.

    Attributes:
        query: InfluxQL with Grafana's macros and variables.
        ref_id: identifies it within its panel.
        alias: name of the series; ``$tag_rule`` is the tag rule.
        table: return rows instead of series.
    """

    query: str
    ref_id: str = "A"
    alias: str = ""
    table: bool = False

    def build(self) -> variants.Dataquery:
        """Return the query itself, which is its own builder."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that Grafana's InfluxDB data source expects."""
        return {
            "refId": self.ref_id,
            "datasource": DATASOURCE,
            "query": self.query,
            "rawQuery": True,
            "resultFormat": "table" if self.table else "time_series",
            "alias": self.alias,
        }


class Annotation(InfluxQL):
    """A query as the target of an annotation; ``text`` and ``tag`` are columns of its rows.

    Grafana uses the columns only if the target is complete.
    """

    def __init__(self, name: str, query: str, text: str, tag: str) -> None:
        super().__init__(query, ref_id=name)
        self.name, self._text, self._tag = name, text, tag

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that Grafana's InfluxDB data source expects."""
        return {
            **super().to_json(),
            "queryType": "tags",
            "fromAnnotations": True,
            "textColumn": self._text,
            "tagsColumn": self._tag,
        }


ANNOTATIONS = (
    Annotation("Markers", f'SELECT "marker", "count" FROM "markers" {WHERE}', "marker", "marker"),
    Annotation(
        "Adverse events",
        f'SELECT "kind", "step" FROM "adverse_events" {WHERE}',
        "kind",
        "step",
    ),
    Annotation("Rules", f'SELECT "change", "rule" FROM "policies" {WHERE}', "change", "rule"),
)


def variable_values(name: str) -> str:
    """Return the query for the values of a variable, given those before it.

    Without a time condition InfluxDB 3 searches only the last day.
    """
    before = VARIABLES[: VARIABLES.index(name)]
    where = ["time >= 0", *(f'"{other}" =~ /^${{{other}:regex}}$/' for other in before)]
    return f'SHOW TAG VALUES FROM "links" WITH KEY = "{name}" WHERE {" AND ".join(where)}'
