"""InfluxQL queries for Grafana panels.

The SDK has no query type for InfluxDB, so this is one. InfluxQL is the one language that InfluxDB
1.x, 2.x (with a DBRP mapping) and 3.x all answer. Grafana's server replaces `$timeFilter` and
`$__interval`; its page replaces variables, `:regex` escaping what they hold. `now()` is InfluxDB's.

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

# Longer than any session, whatever range is shown: what was told long ago may still hold.
LONG_WHERE = f"WHERE {CHOSEN} AND time > now() - 12h"

ALL_OF_A_SESSION = '"site", "session", "participant"'

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
