"""Built dashboards, and the replacements that Grafana makes in their queries."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.grafana.provisioning import build

DASHBOARDS = [name for name in build() if name.startswith("dashboards/")]
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
Chosen = Mapping[str, Sequence[str]]


def dashboard(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(build()[name])
    return read


@dataclass(frozen=True)
class Query:
    """A query of a dashboard; `span_s` is its default time range."""

    name: str
    text: str
    span_s: int
    table: bool = False


def queries(board: dict[str, Any]) -> Iterator[Query]:
    """Yield all queries of a dashboard."""
    page_s = _seconds(board["time"]["from"].removeprefix("now-"))
    for panel in board["panels"]:
        span = panel.get("timeFrom")
        span_s = page_s if span is None else _seconds(span)
        for target in panel["targets"]:
            name = f"{panel['title']}/{target['refId']}"
            yield Query(name, target["query"], span_s, target["resultFormat"] == "table")
    for annotation in board["annotations"]["list"]:
        target = annotation["target"]
        yield Query(f"annotation {annotation['name']}", target["query"], page_s, table=True)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield Query(f"variable {variable['name']}", variable["query"], page_s, table=True)


def chosen_on(board: dict[str, Any], names: Mapping[str, str], sessions: Chosen) -> Chosen:
    """Return the initial values of the variables: one session, or on the ward all offered."""
    chosen: dict[str, Sequence[str]] = {}
    for variable in board["templating"]["list"]:
        if variable["type"] != "query":
            continue
        name = variable["name"]
        known = [value for value in sessions[name] if offered(variable, value)]
        chosen[name] = known if variable.get("includeAll") else [names[name]]
    return chosen


def offered(variable: dict[str, Any], value: str) -> bool:
    """Return whether a variable's regular expression keeps a value in its list."""
    pattern = variable.get("regex", "")
    return not pattern or re.search(pattern.strip("/"), value) is not None


def asked(text: str, since_ms: int, now_ms: int, interval_s: int, chosen: Chosen) -> str:
    """Replace variables as Grafana's page does, then macros as its server does.

    `now()` is the database's; for a recording it is the recording's time.
    """
    for name, values in chosen.items():
        escaped = [re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value) for value in values]
        text = text.replace(
            f"${{{name}:regex}}", escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
        )
    text = text.replace("$timeFilter", f"time >= {since_ms}ms and time <= {now_ms}ms")
    text = text.replace("now()", f"{now_ms}ms")
    text = text.replace("$__interval_ms", str(interval_s * 1000))
    return text.replace("$__interval", f"{interval_s}s")


def _seconds(span: str) -> int:
    return int(span[:-1]) * _UNITS_S[span[-1]]
