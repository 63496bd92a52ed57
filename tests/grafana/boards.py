"""Dashboards as they are built, and what Grafana does to their queries before it asks."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboards.grafana.build import build

DASHBOARDS = [name for name in build() if name.startswith("dashboards/")]
_UNITS_S = {"s": 1, "m": 60, "h": 3600}


def dashboard(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(build()[name])
    return read


@dataclass(frozen=True)
class Query:
    """One query of a dashboard; `span_s` is the panel's own range, if it has one."""

    name: str
    text: str
    span_s: int | None = None


def queries(board: dict[str, Any]) -> Iterator[Query]:
    """Yield everything that the dashboard asks."""
    for panel in board["panels"]:
        span = panel.get("timeFrom")
        span_s = None if span is None else int(span[:-1]) * _UNITS_S[span[-1]]
        for target in panel["targets"]:
            yield Query(f"{panel['title']}/{target['refId']}", target["query"], span_s)
    for annotation in board["annotations"]["list"]:
        yield Query(f"annotation {annotation['name']}", annotation["target"]["query"])
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield Query(f"variable {variable['name']}", variable["query"])


def asked(text: str, since_ms: int, now_ms: int, interval_s: int, chosen: dict[str, str]) -> str:
    """Replace variables as Grafana's page does, then macros as its server does."""
    for name, value in chosen.items():
        escaped = re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value)
        text = text.replace(f"${{{name}:regex}}", escaped)
    text = text.replace("$timeFilter", f"time >= {since_ms}ms and time <= {now_ms}ms")
    text = text.replace("$__interval_ms", str(interval_s * 1000))
    return text.replace("$__interval", f"{interval_s}s")
