"""`physiomon report` and `physiomon whatif` with right and with wrong input."""

import json
import os
import pty
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import AlarmFact
from monitor.storage.journal import Journal
from tests.durations import rest_extended
from tests.engine.scripted_session import Script, spec
from tests.engine.test_lifecycle import at_ns
from tests.servers.forked import PHYSIOMON, forked
from tests.system.command import facts, physiomon, refusal

COMMANDS = [["report"], ["whatif", "--policy", "resting-adult"]]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a session with alarms of all kinds, one of them acknowledged after 12 s."""
    script = Script()
    script.hearts(0, 22, 112)
    script.at(22).tell(EntryKind.ACKNOWLEDGE, "hr-high@strap/heart_rate", by="Ada")
    script.hearts(23, 60, 112)
    script.hearts(60, 100, 90)
    script.hearts(160, 200, 38)
    body = {"severity": 2, "relation": "possible", "action": "rest", "text": "", "by": "Ada"}
    times = {"started_ns": at_ns(30), "ended_ns": None}
    script.at(60).tell(EntryKind.ADVERSE_EVENT, "nausea", **body, **times)
    nausea = script.engine.seq
    script.at(61).tell(EntryKind.ADVERSE_EVENT, "headache", **body, **times)
    headache = {**body, **times, "event": script.engine.seq, "reason": "slip", "withdrawn": True}
    script.at(62).tell(EntryKind.ADVERSE_EVENT, "headache", **headache)
    times["ended_ns"] = at_ns(90)
    script.at(90).tell(EntryKind.ADVERSE_EVENT, "nausea", **body, **times, event=nausea)
    raised_ns = {fact.rule: fact.at_ns for fact in alarms(script) if fact.step == "raised"}
    # Of hr-high the last verdict counts.
    for rule, verdict in (("hr-high", "false"), ("hr-low", "artefact"), ("hr-high", "useful")):
        body = {"raised_ns": raised_ns[rule], "verdict": verdict, "by": "Ada"}
        script.tell(EntryKind.ALARM_REVIEW, f"{rule}@strap/heart_rate", **body)
    script.at(201).tell(EntryKind.END, "", reason="told to")
    path = tmp_path_factory.mktemp("journals") / "scripted.journal"
    with Journal.write(path) as written:
        for entry in script.entries:
            written.append(entry)
        written.add_facts(script.facts)
    return path


def alarms(script: Script) -> list[AlarmFact]:
    return [fact for _, fact in script.facts if isinstance(fact, AlarmFact)]


def of_rule(report: Any, rule: str) -> Any:
    (row,) = (row for row in report["by_rule"] if row["rule"] == rule)
    return row


def keys(facts: Any) -> Iterator[str]:
    """Yield all keys but the rules of counts and the labels of sensors."""
    if isinstance(facts, dict):
        for key, value in facts.items():
            yield key
            if key == "sensors" and isinstance(value, dict):
                yield from keys([*value.values()])
            elif key != "by_rule" or not isinstance(value, dict):
                yield from keys(value)
    elif isinstance(facts, list):
        for value in facts:
            yield from keys(value)


class TestReport:
    def test_report_has_alarms_responses_and_avoidable_alarms(self, journal: Path) -> None:
        found = facts("report", str(journal), "--sustain", "0s,14s,1min", "--json")
        (one,) = found["journals"]
        assert one["policy"] == "test 1"
        assert one["recorded"] is True
        assert {key: one[key] for key in found["sum"]} == found["sum"]
        assert [(each["kind"], each["lasted_s"]) for each in one["adverse_events"]] == [
            ("nausea", 60)
        ]
        high = of_rule(one, "hr-high")
        assert (high["alarms"], high["priority"], high["technical"]) == (1, "medium", False)
        assert high["in_alarm_s"] == pytest.approx(55, abs=0.1)
        assert high["response"]["median_s"] == pytest.approx(12, abs=0.1)
        assert high["reviews"] == {
            "useful": 1,
            "false": 0,
            "artefact": 0,
            "open": 0,
            "actionable_share": 1.0,
        }
        everything = one["reviews"]
        assert (everything["useful"], everything["artefact"]) == (1, 1)
        assert everything["actionable_share"] == 0.5
        assert everything["open"] == one["physiological"] + one["technical"] - 2
        assert [try_["sustain_s"] for try_ in one["sustained"]] == [0, 14, 60]
        assert [try_["by_rule"].get("hr-low", 0) for try_ in one["sustained"]] == [1, 1, 0]
        for try_ in one["sustained"]:
            assert try_["avoided_physiological"] == one["physiological"] - try_["physiological"]

    def test_report_tables_are_printed(self, journal: Path) -> None:
        printed = physiomon("report", str(journal)).stdout
        assert "s1, policy test 1 (template, not reviewed" in printed
        assert "By hour of the session" in printed
        assert re.search(r"^0:30 +1:00 +nausea +2 +possible +rest *$", printed, re.MULTILINE)
        assert "headache" not in printed  # withdrawn
        assert "Time to acknowledge" in printed
        assert re.search(r"^hr-high +1 \(10s\) +1 +1 +1 *$", printed, re.MULTILINE)
        assert "fewer than at 0s" in printed
        assert "useful 1, false 0, artefact 1; 50% actionable" in printed
        assert re.search(r"^hr-low +0 +0 +1 +0 *$", printed, re.MULTILINE)

    def test_sustain_times_are_optional(self, journal: Path) -> None:
        assert facts("report", str(journal), "--sustain", "", "--json")["sum"]["sustained"] == []
        assert "same sustain time" not in physiomon("report", str(journal), "--sustain", "").stdout

    def test_journal_named_twice_counts_once(self, journal: Path) -> None:
        found = facts("report", str(journal), str(journal), "--json")
        assert found["sum"]["sessions"] == 1

    @pytest.mark.extended
    def test_several_journals_are_totalled(self, journal: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.journal"
        copy.write_bytes(journal.read_bytes())
        found = facts("report", str(journal), str(copy), "--json")
        assert len(found["journals"]) == 2
        assert found["sum"]["physiological"] == 2 * found["journals"][0]["physiological"]
        assert "All 2 sessions" in physiomon("report", str(journal), str(copy)).stdout

    def test_report_under_the_recorded_policy_equals_the_recording(
        self, journal: Path, tmp_path: Path
    ) -> None:
        own = tmp_path / "own.toml"
        own.write_text(spec().policy.text)
        (heard,) = facts("report", str(journal), "--json")["journals"]
        (again,) = facts("report", str(journal), "--policy", str(own), "--json")["journals"]
        assert again.pop("recorded") is False
        assert heard.pop("recorded") is True
        for report in (heard, again):
            del report["response"], report["reviews"]
            for row in report["by_rule"]:
                del row["response"], row["reviews"]
        assert again == heard

    def test_progress_is_shown_on_a_terminal(self, journal: Path) -> None:
        reader, terminal = pty.openpty()
        with forked(
            [PHYSIOMON, "report", str(journal), "--json"],
            stdout=PIPE,
            stderr=terminal,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        ) as command:
            assert command.stdout is not None
            printed = command.stdout.read()
        os.close(terminal)
        shown = os.read(reader, 100_000).decode(errors="replace")  # may end within a character
        os.close(reader)
        assert "scripted.journal: sustain times" in shown
        assert json.loads(printed)["sum"]["sessions"] == 1

    def test_every_key_is_documented(self, journal: Path) -> None:
        text = (Path(__file__).parents[2] / "docs" / "researchers.md").read_text("utf-8")
        report = facts("report", str(journal), "--json")
        whatif = facts("whatif", str(journal), "--policy", "resting-adult", "--json")
        for key in {*keys(report), *keys(whatif)}:
            assert f"`{key}`" in text or f'"{key}"' in text, key


class TestWhatif:
    def test_whatif_compares_recorded_with_alternative_alarms(self, journal: Path) -> None:
        found = facts("whatif", str(journal), "--policy", "resting-adult", "--json")
        (one,) = found["journals"]
        assert one["recorded"]["policy"] == "test 1"
        assert one["whatif"]["policy"] == "resting-adult 1"
        assert one["recorded"]["by_rule"]["hr-high"] == 1
        assert one["whatif"]["by_rule"]["hr-111"] == 1
        announced = [alarm for alarm in one["alarms"] if not alarm["inside"]]
        assert sum(one["whatif"]["by_rule"].values()) == len(announced)
        assert one["whatif"]["inside"] == len(one["alarms"]) - len(announced)
        (alarm,) = (alarm for alarm in one["alarms"] if alarm["rule"] == "hr-111")
        assert (alarm["priority"], alarm["limit"]) == ("medium", 111.0)
        assert alarm["at"] < alarm["until"]
        assert found["sum"]["whatif"]["by_rule"] == one["whatif"]["by_rule"]

    @pytest.mark.extended
    def test_whatif_tables_are_printed(self, journal: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.journal"
        copy.write_bytes(journal.read_bytes())
        printed = physiomon("whatif", str(journal), str(copy), "--policy", "resting-adult").stdout
        assert "recorded (test)" in printed
        assert "with resting-adult 1" in printed
        assert "All 2 sessions" in printed


def _unstarted(path: Path) -> None:
    Journal.write(path).close()


def _empty(path: Path) -> None:
    first = Entry(
        seq=1,
        received_ns=1_700_000_000 * 10**9,
        kind=EntryKind.SESSION,
        source="s1",
        payload=body_bytes(spec().body()),
    )
    with Journal.write(path) as journal:
        journal.append(first)


def _foreign(path: Path) -> None:
    path.write_text("no journal at all\n" * 100)


@pytest.mark.parametrize("command", rest_extended(COMMANDS), ids=["report", "whatif"])
class TestWrongInput:
    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (lambda _: None, "does not exist"),
            (Path.mkdir, "is a folder"),
            (Path.touch, "it is empty"),
            (_foreign, "not an SQLite file"),
            (_unstarted, "contains no session"),
            (_empty, "contains an empty session"),
        ],
        ids=["missing", "folder", "no bytes", "foreign", "no session", "no time"],
    )
    def test_file_without_a_recorded_session_is_refused(
        self, make: Callable[[Path], None], reason: str, command: list[str], tmp_path: Path
    ) -> None:
        path = tmp_path / "bad.journal"
        make(path)
        assert reason in refusal(*command, str(path))

    @pytest.mark.extended
    def test_damaged_journal_is_reported_and_others_are_analysed(
        self, journal: Path, command: list[str], tmp_path: Path
    ) -> None:
        """The output contains the others and is not labelled as the total of all."""
        raw = bytearray(journal.read_bytes())
        raw[raw.rindex(b"strap/2A37") + len(b"strap/2A37")] ^= 0x01
        changed = tmp_path / "changed.journal"
        changed.write_bytes(raw)
        half = physiomon(*command, str(journal), str(changed))
        assert half.returncode == 1
        reason, sentence = half.stderr.splitlines()
        assert "was changed after it was recorded" in reason
        assert "1 of 2 sessions analysed" in sentence
        assert "1 of 2 sessions" in half.stdout
        assert "All 2 sessions" not in half.stdout
        printed = physiomon(*command, str(tmp_path), str(journal), "--json")
        assert printed.returncode == 1
        found = json.loads(printed.stdout)
        assert len(found["journals"]) == 1
        assert [each["journal"] for each in found["missing"]] == [str(changed)]
        done = physiomon(*command, str(changed), "--json")
        assert done.returncode == 1
        assert "changed.journal" in json.loads(done.stdout)["error"]

    def test_unreadable_alarm_is_refused(
        self, journal: Path, command: list[str], tmp_path: Path
    ) -> None:
        raw = journal.read_bytes()
        changed = tmp_path / "changed.journal"
        # All of them: a page of the file may hold an old copy.
        changed.write_bytes(raw.replace(b'{"rule":"hr-high"', b'["rule":"hr-high"'))
        assert "cannot be read" in refusal(*command, str(changed))

    def test_missing_journal_argument_is_wrong_usage(self, command: list[str]) -> None:
        refusal(*command, status=2)

    @pytest.mark.parametrize("policy", ["none", "resting", "."])
    def test_unknown_policy_is_refused(
        self, journal: Path, command: list[str], policy: str
    ) -> None:
        said = refusal(command[0], str(journal), "--policy", policy)
        assert "cannot read the policy" in said


@pytest.mark.parametrize("sustain", ["14", "x", "0s,,14s", "-1s", "14s;19s", "2d", "25h", ","])
def test_invalid_sustain_time_is_refused(journal: Path, sustain: str) -> None:
    said = refusal("report", str(journal), f"--sustain={sustain}")
    assert "duration" in said
