"""Messages of a session over a real broker with TLS, passwords and the shipped ACL."""

import json
import ssl
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from monitor.delivery.errors import UnavailableError
from monitor.errors import OutputError
from monitor.facts import ReadingFact
from monitor.mqtt.broker import Publication, connected, publish_all, reachable
from monitor.mqtt.messages import SCHEMAS, schema_text
from monitor.sessions.session import Session
from tests.mqtt.served_session import BASE, Heard, listening, served, until
from tests.servers.mosquitto import Mosquitto

SHIPPED = Path(__file__).parents[2] / "deploy" / "mqtt" / "schemas"
ALARM = f"{BASE}/alarm/hr-high/strap/heart_rate"


def validate(heard: Heard) -> None:
    """Validate a message of a session against its schema."""
    kind = heard.topic.removeprefix(f"{BASE}/").partition("/")[0]
    if heard.payload:
        jsonschema.validate(heard.body, json.loads((SHIPPED / f"{kind}.json").read_text()))


@pytest.mark.parametrize("name", SCHEMAS)
def test_shipped_schema_is_up_to_date(name: str) -> None:
    assert (SHIPPED / f"{name}.json").read_text() == schema_text(name)


async def test_alarms_are_retained_until_they_end_and_messages_fit_their_schemas(
    broker: Mosquitto, tmp_path: Path
) -> None:
    screen = broker.config("screen")
    topics = [f"physiomon/here/+/{each}" for each in ("status", "reading/#", "alarm/#", "marker/#")]
    async with served(broker.config("physiomon"), tmp_path / "s.journal") as recording:
        async with listening(screen, *topics) as listener:
            await listener.until(lambda each: each.topic == f"{BASE}/status")
            recording.session.actions.mark("rating", "7", "Anna Brown")
            recording.session.actions.mark("rating", "9" * 400, "Anna Brown")
            recording.go_on(140)  # into the first high phase
            raised = await listener.until(lambda each: each.topic == ALARM)
            recording.session.actions.acknowledge("hr-high@strap/heart_rate", "Anna Brown")
            recording.go_on(1)
            seen = await listener.until(
                lambda each: each.topic == ALARM and each.body["state"] == "acknowledged"
            )
            marker = await listener.until(lambda each: each.topic == f"{BASE}/marker/rating")
            reading = await listener.until(
                lambda each: each.topic == f"{BASE}/reading/strap/heart_rate"
            )
        assert raised.body["step"] == "raised"
        assert seen.body["by"] == marker.body["by"]
        assert seen.body["by"].startswith("person-")
        ratings = [each.body["rating"] for each in listener.heard if "/marker/" in each.topic]
        assert ratings == [7, None]  # JSON has no infinity
        assert reading.body["unit"] == "/min"
        async with listening(screen, *topics) as late:  # it connected after the alarm was raised
            kept = await late.until(lambda each: each.topic == ALARM)
            assert kept.retain
            assert kept.body["seq"] >= seen.body["seq"]
            recording.go_on(120)  # the condition ends
            await late.until(lambda each: each.topic == ALARM and not each.payload)
        async with listening(screen, *topics) as later:
            await later.until(lambda each: each.topic == f"{BASE}/status")
            assert ALARM not in [each.topic for each in later.heard]
            for each in listener.heard + late.heard + later.heard:
                validate(each)


async def test_judgement_of_each_channel_is_retained(broker: Mosquitto, tmp_path: Path) -> None:
    screen, topic = broker.config("screen"), f"{BASE}/channel/strap/heart_rate"
    async with served(broker.config("physiomon"), tmp_path / "s.journal") as recording:
        async with listening(screen, f"{BASE}/channel/#") as listener:
            first = await listener.until(lambda each: each.topic == topic)
            assert [wait["what"] for wait in first.body["waits"]] == ["first value"]
            recording.go_on(30)
            judged = await listener.until(
                lambda each: each.topic == topic and each.body["state"] == "judged"
            )
            recording.hands.pass_s(20)
            gone = await listener.until(
                lambda each: each.topic == topic and each.body["state"] == "not judged"
            )
        assert judged.body["since"] is None
        assert gone.body["since"] > judged.body["at"]
        assert gone.body["reason"] == "sensor 'strap' is not connected"
        async with listening(screen, f"{BASE}/channel/#") as late:
            kept = await late.until(lambda each: each.topic == topic)
            assert kept.retain
            assert kept.body["state"] == "not judged"
            for each in listener.heard + late.heard:
                validate(each)
    async with listening(screen, f"{BASE}/#") as after:
        await after.until(lambda each: each.topic == f"{BASE}/status")
        assert topic not in [each.topic for each in after.heard]


async def test_ended_session_publishes_its_end(broker: Mosquitto, tmp_path: Path) -> None:
    async with listening(broker.config("screen"), f"{BASE}/status") as listener:
        async with served(broker.config("physiomon"), tmp_path / "s.journal"):
            await listener.until(lambda each: each.body["state"] == "online")
        await listener.until(lambda each: each.body["state"] == "ended")


async def test_many_messages_keep_their_order(broker: Mosquitto) -> None:
    numbers = [str(number).encode() for number in range(500)]
    async with (
        listening(broker.config("screen"), f"{BASE}/alarm/#") as listener,
        connected(broker.config("physiomon"), "") as client,
    ):
        await publish_all(client, [Publication(topic=ALARM, payload=each) for each in numbers])
        await listener.until(lambda each: each.payload == numbers[-1])
    assert [each.payload for each in listener.heard] == numbers


async def test_publishing_to_a_killed_broker_raises_an_error(broker: Mosquitto) -> None:
    with pytest.raises(UnavailableError, match="the MQTT broker at"):
        async with connected(broker.config("physiomon"), "") as client:
            broker.kill()
            await publish_all(client, [Publication(topic=ALARM, payload=b"1")] * 100)


def told(session: Session, words: str) -> bool:
    """Return whether the console shows a notice."""
    return any(words in notice for notice in session.view().notices)


async def test_killed_broker_misses_no_alarm(broker: Mosquitto, tmp_path: Path) -> None:
    async with served(broker.config("physiomon"), tmp_path / "s.journal") as recording:
        session = recording.session
        async with listening(broker.config("screen"), f"{BASE}/status") as listener:
            await listener.until(lambda each: each.body["state"] == "online")
        broker.kill()
        recording.go_on(140)
        await until(lambda: told(session, "MQTT broker"))
        broker.start()
        async with listening(broker.config("screen"), f"{BASE}/alarm/#") as listener:
            await listener.until(lambda each: each.topic == ALARM)
        await until(lambda: not told(session, "MQTT broker"))


async def test_failed_service_is_offline_until_it_runs_again(
    broker: Mosquitto, tmp_path: Path
) -> None:
    """The broker publishes no last will when a connection is closed normally."""
    path, away = tmp_path / "s.journal", tmp_path / "away"
    async with (
        served(broker.config("physiomon"), path) as recording,
        listening(broker.config("screen"), f"{BASE}/status") as listener,
    ):
        first = await listener.until(lambda each: each.body["state"] == "online")
        path.rename(away)  # the outbox cannot read it
        recording.session.actions.mark("note", "", "AB")
        recording.go_on(1)
        await listener.until(lambda each: each.body["state"] == "offline")
        away.rename(path)
        again = await listener.until(
            lambda each: each.body["state"] == "online" and each.body["run"] != first.body["run"]
        )
        assert not again.retain


async def test_unpublishable_reading_is_reported_and_skipped(
    broker: Mosquitto, tmp_path: Path
) -> None:
    topic = f"{BASE}/reading/strap/heart_rate"
    async with served(broker.config("physiomon"), tmp_path / "s.journal") as recording:
        session = recording.session
        async with listening(broker.config("screen"), f"{BASE}/status", topic) as listener:
            await listener.until(lambda each: each.topic.endswith("status"))
            at_ns = session.now_ns()
            for hear in session.listeners:
                hear(ReadingFact(subject="strap/heart_rate", at_ns=at_ns, value=70.0, quality=99))
            recording.go_on(1)
            await listener.until(lambda each: each.topic == topic)
            assert told(session, "a value of strap/heart_rate cannot be published over MQTT")


@pytest.mark.parametrize(
    ("user", "password", "words"),
    [
        ("physiomon", "wrong", "refuses the user or password"),
        ("nobody", "wrong", "refuses the user or password"),
    ],
)
async def test_wrong_password_is_reported(
    broker: Mosquitto, user: str, password: str, words: str
) -> None:
    with pytest.raises(OutputError, match=words):
        await reachable(broker.config(user, password))


@pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")  # paho's, where TLS fails
async def test_broker_with_an_unknown_certificate_is_not_trusted(broker: Mosquitto) -> None:
    config = replace(broker.config("physiomon"), tls=ssl.create_default_context())
    with pytest.raises(OutputError, match="certificate is not trusted"):
        await reachable(config)
    assert "TLS" in await reachable(broker.config("physiomon"))


async def test_user_without_rights_in_the_acl_is_reported(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with served(broker.config("stranger"), tmp_path / "s.journal") as recording:
        await until(lambda: told(recording.session, "ACL"))
