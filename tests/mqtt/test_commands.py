"""Commands over a real broker: invalid ones change nothing, and all are journaled."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from alerts.alarm import State
from monitor.config.mqtt import MqttUser
from monitor.entries import EntryKind
from monitor.mqtt.commands import CommandHandler
from monitor.sessions.session import Session
from tests.delivery.recorded_sessions import Recording
from tests.engine.scripted_session import spec
from tests.mqtt.served_session import BASE, PANEL, Heard, listening, served
from tests.mqtt.test_messages import SHIPPED
from tests.servers.mosquitto import Mosquitto

ALARM = "hr-high@strap/heart_rate"
ACTS = {EntryKind.ACKNOWLEDGE, EntryKind.RESET, EntryKind.MARKER, EntryKind.PAUSE}


def command(session: Session, **more: object) -> dict[str, Any]:
    body = {"id": "c1", "kind": "pause", "by": "AB", "sent_ns": session.now_ns()}
    return {**body, **more}


def journaled(session: Session) -> list[dict[str, Any]]:
    return [
        {"user": entry.source, **entry.body()}
        for entry in session.journal.entries()
        if entry.kind == EntryKind.COMMAND
    ]


def acts(session: Session) -> list[str]:
    return [entry.kind for entry in session.journal.entries() if entry.kind in ACTS]


def answer(name: str) -> Callable[[Heard], bool]:
    return lambda each: each.body["id"] == name


async def test_command_is_executed_answered_and_journaled(
    broker: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "s.journal"
    async with served(broker.config("physiomon"), path) as recording:
        session = recording.session
        recording.go_on(140)
        async with (
            listening(broker.config("screen"), f"{BASE}/status") as screen,
            listening(broker.config("panel"), f"{BASE}/answer/panel/#") as panel,
        ):
            await screen.until(lambda each: each.body["state"] == "online")
            wanted = command(session, kind="acknowledge", alarm=ALARM)
            jsonschema.validate(wanted, json.loads((SHIPPED / "command.json").read_text()))
            topic = f"{BASE}/command/panel"
            await panel.say(topic, wanted, expires_s=30, correlation=b"42")
            told = await panel.until(answer("c1"))
            await panel.say(topic, wanted)
            again = await panel.until(lambda each: each.body["outcome"] == "refused")
            marker = command(session, id="c2", kind="marker", marker="note", text="he is well")
            await panel.say(topic, marker)
            await panel.until(answer("c2"))
            await panel.say(f"{BASE}/command/physiomon", command(session, id="forged"))
            await panel.say(topic, command(session, id="c3"), expires_s=30)
            await panel.until(answer("c3"))
        jsonschema.validate(told.body, json.loads((SHIPPED / "answer.json").read_text()))
        assert told.body == {"id": "c1", "outcome": "accepted", "reason": ""}
        assert told.properties["CorrelationData"] == b"42"
        assert "with this id was received before" in again.body["reason"]
        assert acts(session) == ["acknowledge", "marker", "pause"]
        assert session.engine.markers.marked[-1].by == "AB (panel, nurse)"
        # The broker blocked the message published in another user's name.
        assert [(each["user"], each["id"], each["outcome"]) for each in journaled(session)] == [
            ("panel", "c1", "accepted"),
            ("panel", "c1", "refused"),
            ("panel", "c2", "accepted"),
            ("panel", "c3", "accepted"),
        ]


async def test_old_command_queued_by_the_broker_is_refused(
    broker: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "s.journal"
    async with listening(broker.config("screen"), f"{BASE}/status") as screen:
        async with served(broker.config("physiomon"), path):
            await screen.until(lambda each: each.body["state"] == "online")
        recording = Recording(path)
        sent = command(recording.session)
        recording.close()
        async with listening(broker.config("panel"), f"{BASE}/answer/panel/#") as panel:
            await panel.say(
                f"{BASE}/command/panel", sent
            )  # no service is connected; the broker queues it
            async with served(broker.config("physiomon"), path) as later:
                later.hands.pass_s(40)
                refused = await panel.until(answer("c1"))
                assert refused.body["outcome"] == "refused"
                assert "s old" in refused.body["reason"]
                assert acts(later.session) == []


@pytest.mark.parametrize(
    ("user", "change", "retained", "words"),
    [
        pytest.param("mallory", {}, False, "may not send commands", id="nobody we know"),
        pytest.param("panel", {}, True, "retained", id="kept by the broker"),
        pytest.param("looker", {}, False, "may not pause", id="another's right"),
        pytest.param("panel", {"sent_ns": 31}, False, "31 s old", id="old"),
        pytest.param("panel", {"sent_ns": -60}, False, "future", id="of the future"),
        pytest.param("panel", {"id": "used"}, False, "was received before", id="replayed"),
        pytest.param("panel", {"kind": "explode"}, False, "malformed at kind", id="unknown"),
        pytest.param("panel", {"extra": 1}, False, "malformed at extra", id="unknown key"),
        pytest.param("panel", {"by": ""}, False, "malformed at by", id="nameless"),
        pytest.param("panel", {"by": "md-1 (medical)"}, False, "'by' has", id="role of another"),
        pytest.param("panel", {"by": "AB\u202e\n"}, False, "'by' has", id="unprintable"),
        pytest.param("panel", {"kind": "marker"}, False, "'marker' is missing", id="no marker"),
        pytest.param(
            "panel",
            {"kind": "marker", "marker": "party"},
            False,
            "is unknown; known markers",
            id="odd marker",
        ),
        pytest.param(
            "panel", {"kind": "acknowledge", "alarm": ALARM}, False, "not active", id="no alarm"
        ),
        pytest.param("panel", {"kind": "reset", "alarm": ALARM}, False, "only", id="not latched"),
        pytest.param(
            "panel",
            {"kind": "unacknowledge", "alarm": ALARM},
            False,
            "not acknowledged",
            id="not acknowledged",
        ),
    ],
)
def test_invalid_command_is_refused_and_journaled(
    tmp_path: Path, user: str, change: dict[str, Any], retained: bool, words: str
) -> None:
    recording = Recording(tmp_path / "s.journal")
    session = recording.session
    recording.go_on(5)
    looker = MqttUser(name="looker", role="guest", may=["acknowledge"])
    backend = CommandHandler(session, [PANEL, looker])
    used = json.dumps(command(session, id="used")).encode()
    assert backend.take("panel", used, retained=False).outcome == "accepted"
    if "sent_ns" in change:
        change = {"sent_ns": session.now_ns() - change["sent_ns"] * 10**9}
    body = json.dumps(command(session, **change)).encode()
    answered = backend.take(user, body, retained=retained)
    assert answered.outcome == "refused"
    assert words in answered.reason
    assert acts(session) == ["pause"]
    last = journaled(session)[-1]
    assert (last["user"], last["outcome"], last["reason"]) == (user, "refused", answered.reason)
    recording.close()


def test_command_age_is_measured_with_the_computer_clock(tmp_path: Path) -> None:
    """The session's clock may be hours ahead, which senders do not know."""
    recording = Recording(tmp_path / "s.journal")
    session = recording.session
    recording.hands.wall_ns -= 3600 * 10**9
    backend = CommandHandler(session, [PANEL])
    sent = json.dumps(command(session, sent_ns=recording.hands.wall_ns)).encode()
    assert backend.take("panel", sent, retained=False).outcome == "accepted"
    ahead = json.dumps(command(session, id="c2")).encode()
    assert "future" in backend.take("panel", ahead, retained=False).reason
    recording.close()


def test_acknowledgement_is_undone_with_a_reason(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.journal")
    session = recording.session
    recording.go_on(140)
    backend = CommandHandler(session, [PANEL])
    for number, (kind, text) in enumerate((("acknowledge", ""), ("unacknowledge", "wrong room"))):
        body = command(session, id=f"c{number}", kind=kind, alarm=ALARM, text=text)
        assert (
            backend.take("panel", json.dumps(body).encode(), retained=False).outcome == "accepted"
        )
    (entry,) = (each for each in session.journal.entries() if each.kind == "unacknowledge")
    assert entry.body() == {"by": "AB (panel, nurse)", "reason": "wrong room"}
    assert session.engine.alarms.groups()[0].alarm.state is State.ACTIVE
    recording.close()


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"{", b"x" * 5000])
def test_malformed_command_is_refused(tmp_path: Path, payload: bytes) -> None:
    recording = Recording(tmp_path / "s.journal")
    answered = CommandHandler(recording.session, [PANEL]).take("panel", payload, retained=False)
    assert answered.outcome == "refused"
    assert acts(recording.session) == []
    recording.close()


def test_command_ids_survive_a_restart_and_floods_are_limited(tmp_path: Path) -> None:
    path = tmp_path / "s.journal"
    recording = Recording(path)
    body = json.dumps(command(recording.session)).encode()
    CommandHandler(recording.session, [PANEL]).take("panel", body, retained=False)
    recording.close()
    session = Session.open(spec(), path, recording.hands.clock())
    backend = CommandHandler(session, [PANEL])
    assert "with this id was received before" in backend.take("panel", body, retained=False).reason
    for _ in range(200):
        backend.take("panel", b"", retained=False)
    assert backend.unjournaled == 191
    assert "too many" in session.notices["commands"]
    backend.take("screen", b"", retained=False)  # the flood hides no other user
    outcomes = [
        backend.take("panel", json.dumps(command(session, id=f"n{n}")).encode(), retained=False)
        for n in range(60)
    ]
    assert [each.outcome for each in outcomes].count("accepted") == 40
    assert "40 commands of this user in a minute" in outcomes[-1].reason
    session.flush()
    users = [each["user"] for each in journaled(session)]
    assert (users.count("panel"), users.count("screen")) == (1 + 10 + 40, 1)
    session.close()
