"""Actions on a session other than on alarms: measurements, rule changes, baselines."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.policy.overrides import Override, OverrideError
from alerts.policy.parser import PolicyError, parse_policy
from monitor.analysis.replay import verify
from monitor.entries import EntryKind
from monitor.errors import ActError, JournalError
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import POLICY, spec
from tests.sessions.manual_clocks import Hands
from tests.sessions.test_session import Live, live
from tests.storage.spoiled_journal import spoil

__all__ = ["live"]

DUE = """
[[rule]]
id = "bp-due"
signal = "systolic"
due = "every 30min"
priority = "low"
message = "Measure blood pressure"
source = "test"
"""


def kinds(path: Path) -> list[str]:
    with Journal.read(path) as recorded:
        assert verify(recorded).difference is None
        return [entry.kind for entry in recorded.entries()]


def test_measurement_is_shown_and_becomes_stale(live: Live) -> None:
    live.session.actions.measure(
        {"systolic": 128, "diastolic": 84, "fluid_intake": 200}, "MK", "nurse"
    )
    live.wait(600)
    live.session.actions.measure({"fluid_intake": 150}, "MK", "nurse")
    view = live.session.view()
    (systolic,) = (each for each in view.latest_measurements if each.signal == "systolic")
    assert (systolic.value, systolic.stale) == (128, False)
    assert view.fluid_ml == 350
    live.wait(3600)
    assert all(
        each.stale for each in live.session.view().latest_measurements if each.signal == "systolic"
    )
    assert not any(channel.channel.startswith("manual/") for channel in view.channels)
    live.close()
    assert kinds(live.path).count(EntryKind.VITALS) == 2


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "enter at least one measurement"),
        ({"systolic": 1280.0}, "must be 30 to 300"),
        ({"systolic": float("nan")}, "not possible"),
        ({"systolic": 80.0, "diastolic": 120.0}, "are they swapped"),
        ({"heart_rate": 80.0}, "'heart_rate' cannot be entered by hand; allowed: systolic"),
    ],
)
def test_invalid_measurement_is_refused_and_not_recorded(
    live: Live, values: Mapping[str, float], why: str
) -> None:
    with pytest.raises(ActError, match=why):
        live.session.actions.measure(values, "MK", "nurse")
    with pytest.raises(ActError, match="give your name"):
        live.session.actions.measure({"systolic": 128.0}, " ", "nurse")
    live.close()
    assert EntryKind.VITALS not in kinds(live.path)


def test_rule_override_needs_a_name_and_a_reason(live: Live) -> None:
    backend = ConsoleBackend([live.session])
    with pytest.raises(ActError, match="give a reason"):
        backend.override("s1", "hr-high", {"above": 120}, "MK", " ")
    with pytest.raises(OverrideError, match="clear: lies on the alarm's side"):
        backend.override("s1", "hr-high", {"above": 100}, "MK", "calm")
    backend.override("s1", "hr-high", {"above": 130, "clear": 125}, "MK", "rests at 115")
    live.beat(30, 120)
    assert "hr-high" not in live.alarms()
    (shown,) = live.session.view().overrides
    assert (shown.rule, shown.change, shown.by) == ("hr-high", "above 130, clear 125", "MK")
    rules = {rule.id: rule.text for rule in backend.rules("s1")}
    assert "above 130 /min" in rules["hr-high"]
    live.close()

    again = Session.open(spec(), live.path, live.hands.clock())
    assert list(again.view().overrides) == [shown]
    again.actions.override("hr-high", {}, "MK", "as it was")
    assert not again.view().overrides
    again.close()
    assert kinds(live.path).count(EntryKind.OVERRIDE) == 2


def test_policy_change_lists_and_activates_policies(live: Live, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(POLICY.replace('name = "test"', 'name = "own"').replace("110", "140"))
    (tmp_path / "notes.toml").write_text("x = 1")
    backend = ConsoleBackend([live.session], tmp_path)
    assert {"demo", "mdma-session", "own.toml"} <= set(backend.policies())
    assert "notes.toml" not in backend.policies()
    with pytest.raises(PolicyError, match="cannot read the policy"):
        backend.change_policy("s1", "away.toml", "MK", "amendment 2")
    backend.change_policy("s1", "own.toml", "MK", "amendment 2")
    live.beat(30, 120)
    assert "hr-high" not in live.alarms()
    assert live.session.view().policy == "own 1"
    live.close()
    again = Session.open(spec(), live.path, live.hands.clock())
    assert again.view().policy == "own 1"
    again.close()


def test_new_baseline_needs_a_dose_and_a_reason(live: Live) -> None:
    live.beat(600, 70)
    with pytest.raises(ActError, match="mark the dose first"):
        live.session.actions.rebaseline("MK", "patch moved")
    live.session.actions.mark("dose", "", "MK", reason="a test")
    live.beat(600, 80)
    with pytest.raises(ActError, match="give a reason"):
        live.session.actions.rebaseline("MK", "")
    live.session.actions.rebaseline("MK", "patch moved")
    channel = live.session.engine.channels["strap/heart_rate"]
    assert channel.baseline is not None
    assert channel.baseline.median == pytest.approx(80.5, abs=0.6)
    live.close()
    assert EntryKind.REBASELINE in kinds(live.path)


def test_scheduled_measurement_is_shown_and_becomes_overdue(tmp_path: Path) -> None:
    hands = Hands()
    session = Session.open(spec(POLICY + DUE), tmp_path / "d.journal", hands.clock())
    (due,) = session.view().scheduled
    assert (due.label, due.overdue) == ("Blood pressure", False)
    hands.pass_s(1801)
    session.derive()
    (due,) = session.view().scheduled
    assert due.overdue
    (alarm,) = (alarm for alarm in session.view().alarms if alarm.rule == "bp-due")
    assert alarm.procedure
    session.actions.measure({"systolic": 120}, "MK", "nurse")
    (due,) = session.view().scheduled
    assert not due.overdue
    session.close()


def test_configured_overrides_apply_from_the_start(tmp_path: Path) -> None:
    hands = Hands()
    given = Override(rule="hr-high", changes={"enabled": False}, by="Dr A", reason="paced")
    session = Session.open(
        replace(spec(), overrides=(given,)), tmp_path / "o.journal", hands.clock()
    )
    (shown,) = session.view().overrides
    assert shown.off
    session.end("test")
    session.close()
    with Journal.read(tmp_path / "o.journal") as recorded:
        assert verify(recorded).difference is None


def test_changed_configuration_of_a_resumed_session_is_reported(live: Live) -> None:
    live.close()
    given = Override(rule="hr-high", changes={"enabled": False}, by="Dr A", reason="paced")
    changed = replace(spec(POLICY.replace("110", "140")), overrides=(given,))
    again = Session.open(changed, live.path, live.hands.clock())
    assert not again.view().overrides
    (notice,) = again.view().notices
    assert "has changed since this session started (overrides, policy)" in notice
    again.close()


def test_resumed_session_with_a_changed_entry_is_monitored_with_a_notice(live: Live) -> None:
    live.beat(30, 80)
    live.close()
    spoil(live.path, "UPDATE entries SET payload = x'' WHERE seq = 20")
    again = Session.open(spec(POLICY), live.path, live.hands.clock())
    (notice,) = again.view().notices
    assert "damaged: entry 20 was changed after it was recorded; monitoring continues" in notice
    again.close()


def test_session_with_a_missing_entry_is_refused_in_one_sentence(live: Live) -> None:
    live.beat(30, 80)
    live.close()
    spoil(live.path, "DELETE FROM entries WHERE seq = 20")
    with pytest.raises(JournalError, match="entry 20 is missing; restore it from a copy, or give"):
        Session.open(spec(POLICY), live.path, live.hands.clock())


def test_policy_change_is_journaled(live: Live) -> None:
    live.session.actions.change_policy(parse_policy(POLICY, "here"), "MK", "again")
    live.close()
    assert EntryKind.POLICY in kinds(live.path)
