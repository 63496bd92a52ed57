"""Journals whose facts have an older derivation: readable, but not resumed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.policy.parser import PolicyError
from monitor.analysis.replay import verify
from monitor.clock import SessionClock
from monitor.core.session_spec import DERIVATION, SessionSpec
from monitor.entries import body_bytes
from monitor.errors import ConfigError
from monitor.sessions.recording import read_recording
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import Script, spec
from tests.system.command import physiomon


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a journal of the previous version, with a fact that is no longer derived."""
    script = Script()
    script.hearts(0, 60, 130)
    path = tmp_path / "old.journal"
    with Journal.write(path) as journal:
        first, *others = script.entries
        body = first.body() | {"derivation": DERIVATION - 1, "software": "0.0.9"}
        for entry in (replace(first, payload=body_bytes(body)), *others):
            journal.append(entry)
        journal.add_facts(script.facts[:10])
    return path


def test_alarms_of_an_older_derivation_are_derived_again(old: Path) -> None:
    with Journal.read(old) as journal:
        steps = [f"{fact.rule} {fact.step}" for fact in read_recording(journal).alarms()]
    assert "hr-high raised" in steps


def test_verify_reports_that_an_older_derivation_cannot_be_compared(old: Path) -> None:
    with Journal.read(old) as journal:
        verdict = verify(journal)
    assert (verdict.difference, verdict.recorded_by) == (None, "0.0.9")
    result = physiomon("replay", str(old), "--verify")
    assert result.returncode == 1
    assert "derived the facts of this journal by older rules" in result.stderr
    assert result.stderr.count("\n") == 1
    replayed = physiomon("replay", str(old), "--json")
    assert any(json.loads(line).get("rule") == "hr-high" for line in replayed.stdout.splitlines())


def test_session_of_an_older_derivation_is_not_resumed(old: Path) -> None:
    with pytest.raises(ConfigError, match=r"started by physiomon 0\.0\.9"):
        Session.open(spec(), old, SessionClock(lambda: 10**18 * 2, lambda: 0))
    with Journal.read(old) as journal:
        assert journal.damage() is None


def test_recorded_policy_with_a_rule_refused_today_can_be_read() -> None:
    refused = """
[[rule]]
id = "frozen-pressure"
signal = "systolic"
frozen = "5min"
priority = "low"
message = "m"
source = "s"
"""
    body = spec().body()
    policy = body["policy"]
    assert isinstance(policy, dict)
    body["policy"] = {**policy, "text": policy["text"] + refused}
    with pytest.raises(PolicyError, match="frozen-pressure"):
        SessionSpec.from_body(body)
    read = SessionSpec.from_body({**body, "derivation": DERIVATION - 1})
    assert read.policy.rules == spec().policy.rules
