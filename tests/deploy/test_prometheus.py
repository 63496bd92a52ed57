"""Rules and scrape configuration for Prometheus, and the dashboard: their metrics exist."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from dashboards.access.roles import Role
from dashboards.grafana.provisioning import build
from dashboards.grafana.service_dashboard import PANELS
from monitor.core.judgement import Judged
from monitor.service.metrics import ServiceMetrics
from monitor.service.session_metrics import FAMILIES, LINK_STATES
from tests.servers.process import program

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = yaml.safe_load((FOLDER / "physiomon-rules.yaml").read_text())["groups"][0]["rules"]
QUERIES = [rule["expr"] for rule in RULES] + [query for _, _, _, query, _ in PANELS]
LABELS = {
    "up": {"job", "instance"},
    "physiomon_event_loop_latency_seconds": {"le", "instance"},
    "physiomon_sessions_not_started": {"instance"},
    "physiomon_calls": {"site", "room", "step"},
    **{name: {"site", "room", *family.labels} for name, family in FAMILIES.items()},
}
STATES = {"physiomon_link": {*LINK_STATES}, "physiomon_channels": {*map(str, Judged)}}


def base(metric: str) -> str:
    """Return the name of a sample's family."""
    return re.sub(r"_(total|bucket)$", "", metric)


@pytest.mark.parametrize("query", QUERIES)
def test_queries_use_existing_metrics_labels_and_states(query: str) -> None:
    known = {*LABELS}
    text = asyncio.run(ServiceMetrics(list).text()).decode()
    families = list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
    assert {family.name for family in families} >= known - {"up"}
    found = re.findall(r"\b(up|physiomon_\w+)(?:\{([^}]*)\})?", query)
    assert found
    for metric, selector in found:
        assert base(metric) in known, metric
        for label, _, value in re.findall(r"(\w+)(=~?)\"([^\"]*)\"", selector):
            assert label in LABELS[base(metric)], label
            if label == "state":
                assert set(value.split("|")) <= STATES[metric]
        for grouped in re.findall(r"by \(([^)]*)\)", query):
            assert set(grouped.split(", ")) <= LABELS[base(metric)]
    assert query.count("(") == query.count(")")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alert_has_a_summary_and_an_action(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"].keys() == {"summary", "action"}
    assert re.fullmatch(r"\d+[sm]", rule.get("for", "1m"))
    metrics = {base(name) for name, _ in re.findall(r"\b(up|physiomon_\w+)(\b)", rule["expr"])}
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert any(label in LABELS[each] for each in metrics), label


def test_promtool_accepts_the_files(tmp_path: Path) -> None:
    promtool = program("promtool", "prometheus")
    for file in FOLDER.iterdir():
        shutil.copy(file, tmp_path)
    done = subprocess.run(
        [promtool, "check", "config", str(tmp_path / "prometheus.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_scrape_configuration_loads_the_rules_and_the_console() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    (file,) = config["rule_files"]
    assert (FOLDER / file).exists()
    (job,) = config["scrape_configs"]
    assert (job["job_name"], job.get("metrics_path", "/metrics")) == ("physiomon", "/metrics")
    assert f"--role {Role.METRICS}" in (FOLDER / "prometheus.yaml").read_text()


def test_dashboard_has_a_panel_for_each_query() -> None:
    board = json.loads(build()["prometheus/service.json"])
    shown = [panel["targets"][0]["expr"] for panel in board["panels"]]
    assert shown == [query for _, _, _, query, _ in PANELS]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]}
    assert len(places) == len(PANELS) == len({panel["title"] for panel in board["panels"]})
    for panel in board["panels"]:
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert "Not a medical device" in board["description"]
