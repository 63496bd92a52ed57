"""The generated Grafana files: up to date, reproducible, and consistent.

Grafana itself is not tested here; see docs/grafana.md.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.level_colours import styles
from dashboards.grafana.provisioning import build
from monitor.commands.grafana import build_into
from tests.grafana.dashboards import DASHBOARDS, dashboard, queries

DEPLOYED = Path(__file__).parents[2] / "deploy" / "grafana"
KNOWN = re.compile(r"\$timeFilter|\$__interval\b|/\^\$\{(?:site|session|participant):regex\}\$/")
HAS_UNIT = {"stat", "timeseries"}
HAS_LEVEL = {"stat", "state-timeline"}
TRANSFORMATIONS: dict[str, set[str]] = {
    "merge": set(),
    "sortBy": {"sort"},
    "filterFieldsByName": {"exclude"},
    "filterByValue": {"type", "match", "filters"},
    "organize": {"indexByName"},
}


def test_files_in_the_repository_are_up_to_date() -> None:
    for name, text in build().items():
        assert (DEPLOYED / name).read_text() == text, f"{name} is stale: physiomon grafana build"


def test_only_generated_files_are_deployed() -> None:
    files = {str(path.relative_to(DEPLOYED)) for path in DEPLOYED.rglob("*") if path.is_file()}
    assert files == set(build())


def test_build_is_reproducible(tmp_path: Path) -> None:
    build_into(tmp_path)
    assert build() == {name: (tmp_path / name).read_text() for name in build()}


def test_data_source_uses_a_token_from_the_environment() -> None:
    source = build()["provisioning/datasources/physiomon.yaml"]
    assert "uid: physiomon-influx\n" in source
    assert "httpMode: POST\n" in source
    assert 'httpHeaderValue1: "Token $INFLUX_READ_TOKEN"\n' in source


@pytest.fixture(params=DASHBOARDS)
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dashboard(request.param)


def test_dashboard_names_are_stable() -> None:
    names = ("live", "ward", "alarms", "review", "sensors")
    assert [f"dashboards/{name}.json" for name in names] == DASHBOARDS
    boards = [dashboard(name) for name in DASHBOARDS]
    assert [board["uid"] for board in boards] == [f"physiomon-{name}" for name in names]
    assert len({board["title"] for board in boards}) == len(boards)


def test_panels_with_one_title_have_the_same_queries() -> None:
    texts: dict[str, str] = {}
    for name in DASHBOARDS:
        for query in queries(dashboard(name)):
            assert texts.setdefault(query.name, query.text) == query.text


def test_panels_have_unique_titles_and_descriptions(board: dict[str, Any]) -> None:
    panels = board["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["description"].endswith(".")
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs) > 0


def test_all_queries_use_the_selected_data_source(board: dict[str, Any]) -> None:
    wanted = {"type": "influxdb", "uid": "${datasource}"}
    for panel in board["panels"]:
        assert panel["datasource"] == wanted
        assert all(target["datasource"] == wanted for target in panel["targets"])
    assert all(annotation["datasource"] == wanted for annotation in board["annotations"]["list"])
    first, *others = board["templating"]["list"]
    assert (first["type"], first["name"], first["query"]) == (
        "datasource",
        "datasource",
        "influxdb",
    )
    assert [variable["name"] for variable in others] == ["site", "session", "participant"]
    assert all(variable["datasource"] == wanted for variable in others)


def test_values_have_units_and_a_text_for_missing_data(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] in HAS_UNIT:
            assert defaults["unit"], panel["title"]
        if panel["type"] == "stat":
            assert defaults["noValue"], panel["title"]


def test_current_state_is_independent_of_the_time_range(board: dict[str, Any]) -> None:
    """A page that shows the last minute must not hide an alarm raised an hour ago."""
    for panel in board["panels"]:
        if board["uid"] == "physiomon-live" and panel["type"] == "stat":
            assert panel["timeFrom"], panel["title"]


def test_numbers_have_no_default_colours(board: dict[str, Any]) -> None:
    """Without thresholds Grafana uses its own: green below 80, red above."""
    for panel in board["panels"]:
        (step,) = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert (step["value"], step["color"]) == (None, styles()[0][1]), panel["title"]


def test_panels_do_not_overlap_and_fit_the_grid(board: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_queries_use_known_macros_and_select_sessions(board: dict[str, Any]) -> None:
    for query in queries(board):
        assert "$" not in KNOWN.sub("", query.text), query
        if query.text.startswith("SELECT"):
            for name in ("site", "session", "participant"):
                assert f'"{name}" =~ /^${{{name}:regex}}$/' in query.text, query
            assert "$timeFilter" in query.text or "time > now() - " in query.text, query
            assert "now()" not in query.text or board["uid"] != "physiomon-review", query


def test_variable_queries_have_a_time_condition(board: dict[str, Any]) -> None:
    """Without a time condition InfluxDB 3 runs SHOW TAG VALUES only on the last day."""
    asked = [query.text for query in queries(board) if query.text.startswith("SHOW")]
    assert len(asked) == 3
    assert all(" WHERE time >= 0" in text for text in asked)


def test_silent_sensor_leaves_a_gap(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        over_time = any("time($__interval)" in target["query"] for target in panel["targets"])
        if over_time:
            custom = panel["fieldConfig"]["defaults"]["custom"]
            assert 10_000 <= custom["spanNulls"] <= 150_000, panel["title"]
            assert all("fill(null)" in target["query"] for target in panel["targets"])
        if panel["type"] == "timeseries" and not over_time:
            style = panel["fieldConfig"]["defaults"]["custom"]["drawStyle"]
            assert style in ("bars", "points"), f"{panel['title']} bridges gaps"


def test_every_alarm_level_has_a_text_and_a_colour() -> None:
    shown = [
        panel
        for name in DASHBOARDS
        for panel in dashboard(name)["panels"]
        if '"level"' in (query := panel["targets"][0]["query"])
        and "count(" not in query
        and panel["type"] in HAS_LEVEL
    ]
    assert len(shown) > 10
    for panel in shown:
        (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
        assert {int(level) for level in mapping["options"]} == set(styles())
    colours = {level // 10: colour for level, (_, colour) in styles().items()}
    assert len(set(colours.values())) == len(colours)
    assert all(colours[level // 10] == colour for level, (_, colour) in styles().items())


def test_transformations_are_documented_by_grafana(board: dict[str, Any]) -> None:
    """Source: Grafana's documentation, "Transform data"; rendering is not tested here."""
    for panel in board["panels"]:
        shown = columns(panel)
        for step in panel.get("transformations", []):
            assert step["options"].keys() == TRANSFORMATIONS[step["id"]], step
            match step["id"]:
                case "sortBy":
                    (by,) = step["options"]["sort"]
                    assert by["desc"]
                    assert by["field"] in shown, panel["title"]
                case "filterByValue":
                    (only,) = step["options"]["filters"]
                    assert only["fieldName"] in shown, panel["title"]
                case "filterFieldsByName":
                    assert set(step["options"]["exclude"]["names"]) <= shown
                case "organize":
                    assert step["options"]["indexByName"].keys() == shown
        for override in panel["fieldConfig"]["overrides"]:
            if panel["type"] == "table":
                assert override["matcher"]["options"] in shown, panel["title"]


def columns(panel: dict[str, Any]) -> set[str]:
    """Return the columns of a panel's tables: Grafana calls InfluxDB's ``time`` ``Time``."""
    found = {"Time"}
    for target in panel["targets"]:
        query = target["query"]
        selected = query.removeprefix("SELECT ").partition(" FROM ")[0]
        for part in selected.split(", "):
            found.add(part.rpartition(" AS ")[2].strip('"'))
        grouped = re.search(r"GROUP BY ([^()]*)$", query)
        found |= set(re.findall(r'"(\w+)"', grouped[1])) if grouped else set()
    return found


def test_each_dashboard_links_to_all_others(board: dict[str, Any]) -> None:
    uids = {f"physiomon-{name}" for name in ("live", "ward", "alarms", "review", "sensors")}
    links = {link["url"].removeprefix("/d/").partition("?")[0]: link for link in board["links"]}
    assert links.keys() == uids - {board["uid"]}
    for uid, link in links.items():
        if "physiomon-ward" in (uid, board["uid"]):
            # The ward shows all sessions: its links neither take nor pass one.
            assert "${site:queryparam}" in link["url"]
            assert not link["includeVars"]
        else:
            assert link["includeVars"]


def test_ward_row_links_to_its_session() -> None:
    text = build()["dashboards/ward.json"]
    for name in ("site", "session", "participant"):
        assert f"var-{name}=${{__data.fields.{name}:percentencode}}" in text


def test_disclaimer_is_shown(board: dict[str, Any]) -> None:
    assert "Not a medical device" in board["description"]
