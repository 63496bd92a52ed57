"""`physiomon whatif --grid`: settings of rules, tried on recordings."""

import re
from pathlib import Path
from typing import Any

import pytest

from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from monitor.storage.journal import Journal
from tests.engine.scripted_session import START_NS, Script
from tests.system.command import facts, physiomon, refusal

# A long tachycardia, reviewed as useful, with an adverse event; a short one as false. Seconds.
LONG, SHORT = (200, 260), (400, 415)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("judged")
    script = Script()
    for second in range(1, 600):
        fast = any(start <= second < stop for start, stop in (LONG, SHORT))
        script.at(second).heart((130 if fast else 70) + second % 2)
        if second == LONG[0]:
            times = {"started_ns": START_NS + second * 10**9, "ended_ns": None}
            body = {"severity": 1, "relation": "possible", "action": "", "text": "", "by": "Ada"}
            script.tell(EntryKind.ADVERSE_EVENT, "nausea", **body, **times)
    raised = [
        fact
        for _, fact in script.facts
        if isinstance(fact, AlarmFact) and (fact.rule, fact.step) == ("hr-high", "raised")
    ]
    for fact, verdict in zip(raised, ("useful", "false"), strict=True):
        body = {"raised_ns": fact.at_ns, "verdict": verdict, "by": "Ada"}
        script.tell(EntryKind.ALARM_REVIEW, fact.key, **body)
    for name in ("a", "b"):
        with Journal.write(place / f"{name}.journal") as journal:
            for entry in script.entries:
                journal.append(entry)
            journal.add_facts(script.facts)
    return place


def swept(folder: Path, *grid: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = facts(
        "whatif", str(folder), "--grid", *grid, "--json", "--jobs", "1"
    )["grid"]
    return rows


def numbers(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return row["alarms"], row["useful_missed"], row["false_avoided"], row["events_missed"]


def test_alarms_missed_events_and_burden_of_each_setting(folder: Path) -> None:
    """Of two sessions: both numbers are even."""
    rows = swept(folder, "hr-high.sustain=10s,30s,90s", "hr-high.above=110,140")
    assert [row["values"] for row in rows[:3]] == [
        {},
        {"hr-high.sustain": "10s", "hr-high.above": 110.0},
        {"hr-high.sustain": "10s", "hr-high.above": 140.0},
    ]
    assert [numbers(row) for row in rows] == [
        (4, 0, 0, 0),
        (4, 0, 0, 0),
        (0, 2, 2, 2),
        (2, 0, 2, 0),
        (0, 2, 2, 2),
        (0, 2, 2, 2),
        (0, 2, 2, 2),
    ]
    unchanged, same = rows[0], rows[1]
    assert (unchanged["useful"], unchanged["false"], unchanged["events"]) == (2, 2, 2)
    assert {**unchanged, "values": 0, "setting": 0} == {**same, "values": 0, "setting": 0}
    assert unchanged["in_alarm_s"] == pytest.approx(2 * (55 + 10), abs=0.1)
    assert rows[3]["in_alarm_s"] == pytest.approx(2 * 35, abs=0.1)


def test_table_has_the_numbers_of_each_setting(folder: Path) -> None:
    words = ("whatif", str(folder), "--grid", "hr-high.sustain=30s", "hr-high.above=110")
    printed = physiomon(*words).stdout
    assert "hr-high in 2 sessions" in printed
    assert re.search(r"^unchanged +4 ", printed, re.MULTILINE)
    row = r"^30s +110 +2 +\d+\.\d\d +1:10 +\d+\.\d% +0 of 2 +2 of 2 +0 of 2 +\d+ +2 *$"
    assert re.search(row, printed, re.MULTILINE)


def test_grid_may_start_from_another_policy(folder: Path) -> None:
    words = ("whatif", str(folder), "--policy", "resting-adult", "--json", "--grid")
    found = facts(*words, "hr-111.sustain=10s,60s")
    assert found["policy"] == "resting-adult 1"
    assert [row["setting"] for row in found["grid"]] == [
        "",
        "hr-111.sustain=10s",
        "hr-111.sustain=60s",
    ]
    assert [row["replayed"] for row in found["grid"]] == [0, 0, 0]


def test_settings_beside_a_rolling_limit_are_replayed(folder: Path) -> None:
    """`hr-jump` of the same ladder has one; nothing of the ladder of `hr-low` has."""
    assert [row["replayed"] for row in swept(folder, "hr-high.sustain=20s,30s")] == [0, 2, 2]
    assert [row["replayed"] for row in swept(folder, "hr-low.sustain=20s,30s")] == [0, 0, 0]


def test_wrong_grids_are_refused_in_one_sentence(folder: Path) -> None:
    one = str(folder / "a.journal")
    assert "not a valid grid" in refusal("whatif", one, "--grid", "hr-high")
    assert "no such rule" in refusal("whatif", one, "--grid", "none.sustain=5s")
    words = ("whatif", one, "--policy", "resting-adult", "--grid", "none.sustain=5s")
    assert "no such rule" in refusal(*words)
    refusal("whatif", one, status=2)
    refusal("whatif", "--grid", "hr-high.sustain=5s", "hr-high.above=5", status=2)


def test_every_key_is_documented(folder: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "cohorts.md").read_text("utf-8")
    found = facts("whatif", str(folder), "--grid", "hr-high.sustain=30s", "--json")
    for key in {*found, *found["grid"][0]}:
        assert f"`{key}`" in text, key
