"""Topics and messages for the broker, and discovery messages for Home Assistant. Pure."""

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest

from alerts.policy.parser import parse_policy
from devices.packets import Quality
from monitor.config.mqtt import MqttUser
from monitor.facts import AlarmFact, MarkerFact, ReadingFact, UndoFact, payload
from monitor.mqtt.commands import CommandHandler
from monitor.mqtt.home_assistant import discovery
from monitor.mqtt.topics import Topics
from monitor.storage.fact_rows import FactRow
from tests.engine.scripted_session import spec
from tests.engine.spot_session import HEAD, SENSORS, UNCONFIRMED, rule
from tests.mqtt.test_messages import SHIPPED
from tests.sessions.test_manual_entries import Room

SESSION = replace(spec(), sensors=SENSORS)
TOPICS = Topics(SESSION)


def row(fact: MarkerFact | UndoFact | AlarmFact) -> FactRow:
    return FactRow(1, 1, fact.at_ns, fact.kind, fact.subject, payload(fact))


@pytest.mark.parametrize("site", ["Süd 2", "病室 3", "Östra.v-1_b", "zurich"])
def test_site_name_in_any_script_is_safe_in_topics_and_ids(site: str) -> None:
    session = replace(SESSION, site=site)
    fact = ReadingFact(subject="cuff/systolic", at_ns=5, value=190.0, quality=0)
    topic = Topics(session).reading(fact).topic
    prefix, encoded, rest = topic.split("/", 2)
    assert (prefix, unquote(encoded), rest) == ("physiomon", site, "s1/reading/cuff/systolic")
    assert re.fullmatch(r"[A-Za-z0-9._%-]+", encoded)
    for found in discovery(session, spec().policy):
        assert re.fullmatch(r"[A-Za-z0-9_/-]+", found.topic)
        assert re.fullmatch(r"[A-Za-z0-9_-]+", json.loads(found.payload)["unique_id"])


@pytest.mark.parametrize("quality", Quality)
def test_readings_of_any_quality_are_published(quality: Quality) -> None:
    fact = ReadingFact(subject="cuff/systolic", at_ns=5, value=190.0, quality=int(quality))
    body = json.loads(TOPICS.reading(fact).payload)
    jsonschema.validate(body, json.loads((SHIPPED / "reading.json").read_text()))
    assert body["quality"] == quality


def test_dose_is_published_with_its_amount_and_time() -> None:
    dose = MarkerFact(
        subject="dose", at_ns=5, text="", by="Ada", amount=120.0, unit="mg", entered_ns=9
    )
    published = TOPICS.publication(row(dose))
    assert published is not None
    body = json.loads(published.payload)
    jsonschema.validate(body, json.loads((SHIPPED / "marker.json").read_text()))
    assert (body["amount"], body["unit"]) == (120.0, "mg")
    assert body["at"].endswith("00.000000005Z")
    undone = TOPICS.publication(row(UndoFact(subject="dose", at_ns=5, by="Ada", reason="")))
    assert undone is not None
    assert json.loads(undone.payload)["amount"] is None


def test_discovered_alarm_topics_are_those_published() -> None:
    policy = parse_policy(
        HEAD
        + rule("bp", "systolic", "above = 160")
        + rule("spo2", "spo2", "below = 90")
        + rule("pulse", "pulse_rate", "above = 120")
        + rule("due", "systolic", 'due = "every 30min"')
        + rule("hr", "heart_rate", "above = 120")
        + UNCONFIRMED,
        "test",
    )
    told = {
        json.loads(each.payload)["state_topic"].partition("/alarm/")[2]: json.loads(each.payload)
        for each in discovery(SESSION, policy)
        if "/alarm/" in json.loads(each.payload)["state_topic"]
    }
    expected = {
        "bp/session/systolic",  # from any source
        "spo2/oxi/spo2",
        "spo2/session/spo2",  # by hand
        "pulse/oxi/pulse_rate",
        "pulse/session/pulse_rate",  # by hand, and from the cuff
        "due/session",
        "hr/strap/heart_rate",
    }
    spot = ("cuff/systolic", "cuff/diastolic", "cuff/mean_arterial", "cuff/pulse_rate")
    for name in ("doubtful", "doubtful-high"):
        expected |= {f"{name}/{channel}" for channel in (*spot, "ear/body_temperature")}
    assert {topic for topic in told if not topic.startswith("unjudged")} == expected
    assert told["bp/session/systolic"]["name"] == "m"
    assert told["spo2/oxi/spo2"]["name"] == "m (oxi)"


def test_panel_marks_a_backdated_dose_with_its_amount(tmp_path: Path) -> None:
    room = Room(tmp_path / "s.journal")
    room.wait(3000)
    user = MqttUser(name="panel", role="nurse", may=["marker"])
    backend = CommandHandler(room.session, [user])
    back_ns = room.ago_ns(600)
    body = {
        "id": "c1",
        "kind": "marker",
        "marker": "dose",
        "by": "AB",
        "sent_ns": room.session.now_ns(),
        "at_ns": back_ns,
        "amount": 120,
    }
    jsonschema.validate(body, json.loads((SHIPPED / "command.json").read_text()))
    answer = backend.take("panel", json.dumps(body).encode(), retained=False)
    assert answer.outcome == "accepted"
    view = room.session.view()
    assert (view.dose_ns, view.markers[0].amount) == (back_ns, "120 mg")
    later = {**body, "id": "c2", "kind": "marker", "marker": "note", "at_ns": back_ns - 10**13}
    refused = backend.take("panel", json.dumps({**later, "amount": None}).encode(), retained=False)
    assert "before the session started" in refused.reason
    room.close()
