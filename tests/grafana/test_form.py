"""The files that Grafana reads: fresh, reproducible, and built by our own rules.

What Grafana itself makes of them is not proven here; see docs/grafana.md.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.build import build
from dashboards.grafana.levels import looks
from monitor.commands.grafana import build_into
from tests.grafana.boards import DASHBOARDS, dashboard, queries

DEPLOYED = Path(__file__).parents[2] / "deploy" / "grafana"
KNOWN = re.compile(r"\$timeFilter|\$__interval\b|/\^\$\{(?:site|session|participant):regex\}\$/")
HAS_UNIT = {"stat", "timeseries"}


def test_the_files_in_the_repository_are_fresh() -> None:
    for name, text in build().items():
        assert (DEPLOYED / name).read_text() == text, f"{name} is stale: physiomon grafana build"


def test_nothing_else_is_deployed() -> None:
    files = {str(path.relative_to(DEPLOYED)) for path in DEPLOYED.rglob("*") if path.is_file()}
    assert files == set(build())


def test_a_build_is_reproducible(tmp_path: Path) -> None:
    build_into(tmp_path)
    assert build() == {name: (tmp_path / name).read_text() for name in build()}


def test_no_secret_and_one_data_source() -> None:
    source = build()["provisioning/datasources/physiomon.yaml"]
    assert "uid: physiomon-influx\n" in source
    assert "httpMode: POST\n" in source
    assert 'httpHeaderValue1: "Token $INFLUX_READ_TOKEN"\n' in source


@pytest.fixture(params=DASHBOARDS)
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dashboard(request.param)


def test_it_keeps_its_name(board: dict[str, Any]) -> None:
    assert (board["uid"], board["version"]) == ("physiomon-live", 1)


def test_panels_are_told_apart_and_described(board: dict[str, Any]) -> None:
    panels = board["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["description"].endswith(".")
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs) > 0


def test_everything_asks_the_chosen_data_source(board: dict[str, Any]) -> None:
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
    assert all(variable["datasource"] == wanted for variable in others)


def test_values_have_a_unit_and_missing_ones_a_word(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] in HAS_UNIT:
            assert defaults["unit"], panel["title"]
        if panel["type"] == "stat":
            assert defaults["noValue"], panel["title"]
            assert panel["timeFrom"], panel["title"]


def test_panels_neither_overlap_nor_stick_out(board: dict[str, Any]) -> None:
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


def test_queries_have_known_macros_only_and_choose_one_session(board: dict[str, Any]) -> None:
    for query in queries(board):
        assert "$" not in KNOWN.sub("", query.text), query
        if query.text.startswith("SELECT"):
            for name in ("site", "session", "participant"):
                assert f'"{name}" =~ /^${{{name}:regex}}$/' in query.text, query
            assert "$timeFilter" in query.text, query


def test_a_silent_sensor_leaves_a_gap(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        over_time = any("time($__interval)" in target["query"] for target in panel["targets"])
        if over_time:
            custom = panel["fieldConfig"]["defaults"]["custom"]
            assert 10_000 <= custom["spanNulls"] <= 150_000, panel["title"]
            assert all("fill(null)" in target["query"] for target in panel["targets"])


def test_every_level_of_an_alarm_has_words_and_its_own_colour_by_priority(
    board: dict[str, Any],
) -> None:
    titles = {"Heart rate alarms", "Core temperature alarms"}
    titles |= {"Physiological alarms", "Technical alarms"}
    shown = [panel for panel in board["panels"] if panel["title"] in titles]
    assert len(shown) == len(titles)
    for panel in shown:
        (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
        assert {int(level) for level in mapping["options"]} == set(looks())
    colours = {level // 10: colour for level, (_, colour) in looks().items()}
    assert len(set(colours.values())) == len(colours)
    assert all(colours[level // 10] == colour for level, (_, colour) in looks().items())


def test_it_says_that_it_is_no_medical_device(board: dict[str, Any]) -> None:
    assert "Not a medical device" in board["description"]
