"""Adverse events: reported, changed, ended, withdrawn; recovered, replayed and delivered."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.console.views.adverse_events import AdverseEventReport
from monitor.analysis.replay import verify
from monitor.delivery.line_protocol import LineEncoder
from monitor.entries import EntryKind, body_bytes
from monitor.errors import ActError
from monitor.facts import AdverseEventFact
from monitor.mqtt.topics import Topics
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import POLICY, START_NS, Script, spec
from tests.sessions.manual_clocks import Hands
from tests.sessions.test_session import Live

SECOND_NS = 10**9
EVENTS = POLICY.replace('reviewed_by = ""', 'events = ["nausea", "chest pain"]', 1)
NAUSEA = AdverseEventReport(kind="nausea", severity=2, action="rest", text="after Ada spoke")


class Ward(Live):
    """A session of a study with its own adverse events."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hands = Hands()
        self.session = Session.open(spec(EVENTS), path, self.hands.clock())

    def steps(self) -> list[tuple[int, str, str, int, str]]:
        return [
            (view.event, step.step, step.by, step.report.severity, step.reason)
            for view in self.session.view().adverse_events
            for step in view.steps
        ]


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    ward = Ward(tmp_path / "s.journal")
    ward.wait(3000)
    yield ward
    ward.session.close()


def test_adverse_event_is_changed_ended_withdrawn_and_recovered(ward: Ward) -> None:
    acts = ward.session.actions.adverse_events
    began_ns = ward.session.now_ns() - 600 * SECOND_NS
    acts.report(replace(NAUSEA, started_ns=began_ns), "AB")
    ward.session.actions.mark("dose", "", "AB", reason="a test")
    ward.wait(60)
    acts.report(AdverseEventReport(kind="other", severity=1, text="cold hands"), "MK")
    later, first = ward.session.view().adverse_events  # the latest start first
    assert (first.report.relation, later.report.relation) == ("none", "possible")
    assert first.after_dose_s == pytest.approx(-600, abs=1)
    acts.end(later.event, "MK")
    acts.change(first.event, replace(first.report, severity=3), "CD", "was worse")
    acts.report(NAUSEA, "CD")
    wrong = max(event for event, *_ in ward.steps())
    acts.withdraw(wrong, "CD", "the wrong room")
    shown = ward.session.view().adverse_events
    # Open ones first; the withdrawn one and the one that is over follow.
    assert [view.open for view in shown] == [True, False, False]
    assert shown[0].event == first.event
    assert ward.steps() == [
        (first.event, "reported", "AB", 2, ""),
        (first.event, "changed", "CD", 3, "was worse"),
        (wrong, "reported", "CD", 2, ""),
        (wrong, "withdrawn", "CD", 2, "the wrong room"),
        (later.event, "reported", "MK", 1, ""),
        (later.event, "ended", "MK", 1, ""),
    ]
    with pytest.raises(ActError, match="was withdrawn"):
        acts.withdraw(wrong, "CD", "again")
    with pytest.raises(ActError, match="has ended already"):
        acts.end(later.event, "CD")
    with pytest.raises(ActError, match="give a reason"):
        acts.change(first.event, NAUSEA, "CD", " ")
    before = ward.session.view().adverse_events
    ward.close()
    with Journal.read(ward.path) as recorded:
        assert verify(recorded).difference is None
    again = Session.open(spec(EVENTS), ward.path, ward.hands.clock())
    assert again.view().adverse_events == before
    again.close()


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (replace(NAUSEA, kind="headache"), "the policy has: nausea, chest pain, other"),
        (replace(NAUSEA, kind="other", text=" "), "describe the adverse event in words"),
        (replace(NAUSEA, severity=4), "must be 1"),
        (replace(NAUSEA, relation="surely"), "relation 'surely' is unknown"),
        (replace(NAUSEA, started_ns=2**62), "is in the future"),
        (replace(NAUSEA, started_ns=1), "before the session started"),
    ],
)
def test_invalid_report_is_refused_and_not_journaled(
    ward: Ward, report: AdverseEventReport, why: str
) -> None:
    with pytest.raises(ActError, match=why):
        ward.session.actions.adverse_events.report(report, "AB")
    now_ns = ward.session.now_ns()
    with pytest.raises(ActError, match="cannot end before it started"):
        swapped = replace(NAUSEA, started_ns=now_ns, ended_ns=now_ns - 900 * SECOND_NS)
        ward.session.actions.adverse_events.report(swapped, "AB")
    assert ward.session.view().adverse_events == []


def test_no_free_text_leaves_the_machine(ward: Ward) -> None:
    acts = ward.session.actions.adverse_events
    acts.report(NAUSEA, "Ada Lovelace")
    (event,) = ward.session.view().adverse_events
    acts.withdraw(event.event, "Ada Lovelace", "she pointed at Grace")
    ward.session.flush()
    rows = [row for row in ward.session.journal.facts() if row.kind == AdverseEventFact.kind]
    encoder, topics = LineEncoder("here", "s1", "P01"), Topics(spec(EVENTS))
    lines = [(encoder.line(row) or b"").decode() for row in rows]
    messages = [topics.publication(row) for row in rows]
    assert lines[0].startswith(
        "adverse_events,site=here,session=s1,participant=P01,sensor=-,event="
    )
    assert 'kind="nausea",step="reported",severity=2i' in lines[0]
    assert 'step="withdrawn"' in lines[1]
    sent = [json.loads(message.payload) for message in messages if message is not None]
    assert [(each["kind"], each["step"], each["severity"]) for each in sent] == [
        ("nausea", "reported", 2),
        ("nausea", "withdrawn", 2),
    ]
    for private in ("rest", "spoke", "Ada", "Grace", "pointed"):
        assert private not in str(lines) + str(sent)


def test_invalid_entries_are_reported_and_change_nothing() -> None:
    script = Script()
    body: dict[str, object] = {
        "severity": 2,
        "started_ns": START_NS,
        "ended_ns": None,
        "relation": "possible",
    }
    body |= {"relation": "possible", "action": "", "text": "", "by": "AB"}
    script.at(1).tell(EntryKind.ADVERSE_EVENT, "nausea", **body)
    for wrong in ({"severity": 9}, {"relation": "surely"}, {"started_ns": "now"}):
        script.at(2).enter(EntryKind.ADVERSE_EVENT, "nausea", body_bytes(body | wrong))
    assert "2 garbage raised" in script.alarms()
    script.at(3).tell(EntryKind.ADVERSE_EVENT, "nausea", **body, event=99, reason="unknown")
    facts = [fact for _, fact in script.facts if isinstance(fact, AdverseEventFact)]
    assert [(fact.event, fact.step) for fact in facts] == [(2, "reported")]
