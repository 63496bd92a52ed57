"""Calls through a real mail server and a real webhook, which fail during an escalation."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts.notification_channel import NotificationChannel, Outcome
from alerts.notification_text import Message
from monitor.analysis.replay import verify
from monitor.entries import EntryKind
from monitor.storage.journal import Journal
from tests.calls.served_session import GATEWAY, HIGH, RECORDER, STRAP, Live
from tests.servers.mosquitto import PASSWORD, Mosquitto
from tests.servers.sinks import Mail, Tarpit, Webhook


async def test_message_has_place_value_and_dose_time_but_no_sensor_name(
    tmp_path: Path, mail: Mail, hook: Webhook
) -> None:
    live = Live(tmp_path / "s.journal", {"anna": [mail.url, hook.url]}, sensors=STRAP)
    session = live.session
    async with live.running():
        session.actions.mark("dose", "100 mg", "MK", reason="a test")
        for rate in [*range(50, 110), *[131] * 14]:
            live.wait(1)
            session.packet("strap", "2A37", bytes([0x06, rate]))
        await live.until(lambda: len(live.steps()) == 2)
    (text,), (post,) = mail.texts(), hook.posts
    for told in (text, post["message"]):
        assert "Participant P01, room 1, here (simulated" in told
        assert "** MEDIUM: Heart rate high" in told
        assert "131 /min, limit 110 /min, rising from 5" in told
        assert "1 min after the dose" in told
        assert "http://127.0.0.1:1/accept/" in told
        assert "not a medical device" in told
        assert "strap" not in told
    assert mail.mails[0]["Subject"] == "MEDIUM P01 room 1: HR 131 (>110) - Heart rate high"
    assert sorted(live.steps()) == ["anna json delivered", "anna mailto delivered"]
    live.close()


async def test_escalation_continues_when_both_servers_die(
    tmp_path: Path, mail: Mail, hook: Webhook
) -> None:
    other = Webhook()
    other.start()
    urls = {"anna": [mail.url], "ben": [hook.url], "chris": [other.url]}
    live = Live(tmp_path / "s.journal", urls)
    async with live.running():
        live.raise_high()
        live.wait(3)
        await live.until(lambda: "anna mailto delivered" in live.steps())
        mail.stop()
        hook.stop()
        live.wait(65)  # anna does not answer; ben cannot be reached, chris can
        await live.until(lambda: len(live.steps()) == 3)
        assert sorted(live.steps()[1:]) == ["ben json failed", "chris json delivered"]
        alarms = {alarm.rule for alarm in live.session.view().alarms}
        assert "calls" in alarms
        notices = " ".join(live.session.view().notices)
        assert "Ben Berger could not be called by json: the connection was refused" in notices
        live.wait(125)  # nobody answers: calls start again
        await live.until(lambda: live.steps().count("anna mailto failed") == 1)
        live.wait(3)
        await live.until(lambda: live.steps().count("chris json delivered") >= 2)
        assert "nobody" in {alarm.rule for alarm in live.session.view().alarms}
        mail.start()
        live.wait(180)
        await live.until(lambda: live.steps().count("anna mailto delivered") == 2)
        live.session.calls.accept(RECORDER, "Anna Amsler", "link")
        live.session.actions.acknowledge("calls@session", "MK")
        so_far = len(live.steps())
        live.wait(600)
        assert len(live.steps()) == so_far
    other.stop()
    assert "127.0.0.1" not in str(live.outcomes())
    live.close()
    with Journal.read(live.path) as recorded:
        assert verify(recorded).difference is None
        assert recorded.damage() is None


async def test_transient_failure_is_retried_until_the_server_is_back(
    tmp_path: Path, mail: Mail, hook: Webhook
) -> None:
    hook.status = 401
    mail.stop()
    live = Live(tmp_path / "s.journal", {"anna": [mail.url, hook.url]})
    async with live.running():
        live.raise_high()
        live.wait(3)
        await live.until(lambda: live.steps().count("anna mailto failed") == 1)
        await live.until(lambda: "anna json failed" in live.steps())
        live.wait(6)
        await live.until(lambda: live.steps().count("anna mailto failed") == 2)
        mail.start()
        live.wait(8)
        await live.until(lambda: "anna mailto delivered" in live.steps())
        live.wait(30)
        await asyncio.sleep(0)
    assert live.steps().count("anna json failed") == 1
    assert len(mail.mails) == 1
    live.close()
    with Journal.read(live.path) as recorded:
        assert verify(recorded).difference is None


async def test_hanging_channel_delays_no_other_call(tmp_path: Path, hook: Webhook) -> None:
    tarpit = Tarpit()
    urls = {"anna": [tarpit.url, hook.url], "ben": [tarpit.url], "chris": [hook.url]}
    live = Live(tmp_path / "s.journal", urls, attempt_s=0.5)
    async with live.running():
        live.raise_high()
        live.wait(3)
        await live.until(lambda: "anna json delivered" in live.steps())
        await live.until(lambda: len(live.steps()) == 2)
        assert live.steps()[-1] == "anna json failed"
        live.wait(62)
        await live.until(lambda: "ben json failed" in live.steps())
        assert "chris json delivered" in live.steps()
        assert "it did not answer within 0.5 s" in [body["reason"] for body in live.outcomes()]
        for _ in range(6):  # the number of hanging threads is bounded
            live.wait(190)
            await asyncio.sleep(0)
        await live.until(lambda: "earlier attempts still hang" in str(live.outcomes()))
    tarpit.stop()
    live.close()


async def test_crash_recovery_delivers_pending_calls_but_not_accepted_ones(
    tmp_path: Path, hook: Webhook
) -> None:
    urls = {"anna": [hook.url], "ben": [hook.url]}
    live = Live(tmp_path / "s.journal", urls, sensors=STRAP)
    live.raise_high("clock-offset")
    live.wait(3)  # ordered; killed before it is delivered
    live.session.flush()
    live.die()
    live.open()
    async with live.running():
        await live.until(lambda: live.steps() == ["anna json delivered"])
    live.session.calls.accept(GATEWAY, "Anna Amsler", "link")
    for second in range(15):
        live.wait(1)
        live.session.packet("strap", "2A37", bytes([0x06, 130 + second % 2]))
    live.session.derive()
    live.wait(3)
    live.session.calls.accept(HIGH, "Anna Amsler", "console")  # before its call is delivered
    live.die()
    live.hands.pass_s(30)
    live.open()
    async with live.running():
        await live.until(lambda: len(live.steps()) >= 2)
        await asyncio.sleep(0)
    assert live.steps() == ["anna json delivered", "anna None skipped"]
    assert len(hook.posts) == 1
    live.close()


async def test_call_due_during_downtime_starts_at_the_restart(
    tmp_path: Path, hook: Webhook
) -> None:
    live = Live(tmp_path / "s.journal", {name: [hook.url] for name in ("anna", "ben", "chris")})
    live.raise_high("clock-offset")
    live.die()
    live.hands.pass_s(1800)
    live.open()
    async with live.running():
        live.wait(3)
        await live.until(lambda: live.steps() == ["anna json delivered"])
        live.wait(58)
        assert len(hook.posts) == 1  # nobody could answer during the downtime: her time begins now
        live.wait(5)
        await live.until(lambda: len(live.steps()) == 3)
    assert len(hook.posts) == 3
    assert "".join(live.steps()).count("delivered") == 3
    live.close()


async def test_test_call_reaches_everyone_on_duty(tmp_path: Path, mail: Mail) -> None:
    live = Live(tmp_path / "s.journal", {"anna": [mail.url], "ben": []})
    live.session.calls.duty("chris", "MK", on=False)
    async with live.running():
        live.session.calls.test_call("MK")
        await live.until(lambda: len(live.steps()) == 2)
    assert sorted(live.steps()) == ["anna mailto delivered", "ben None failed"]
    assert "TEST P01 room 1" in mail.mails[0]["Subject"]
    kinds = [entry.kind for entry in live.session.journal.entries()]
    assert EntryKind.TEST_CALL in kinds
    assert EntryKind.DUTY in kinds
    live.close()


@pytest.mark.parametrize(("status", "reason"), [(503, "status 503"), (302, "status 302")])
async def test_webhook_failure_is_reported_without_its_address(
    tmp_path: Path, hook: Webhook, status: int, reason: str
) -> None:
    hook.status = status
    live = Live(tmp_path / "s.journal", {"anna": [hook.url]})
    async with live.running():
        live.session.calls.test_call("MK")
        await live.until(lambda: "anna json failed" in live.steps())
    (mine,) = [body for body in live.outcomes() if body["recipient"] == "anna"]
    assert reason in mine["reason"]
    live.close()


async def call_by_mqtt(port: int, password: str, options: str, attempt_s: float = 20.0) -> Outcome:
    url = f"mqtt://physiomon:{password}@127.0.0.1:{port}/physiomon/here/calls{options}"
    channel = NotificationChannel(SecretStr(url), attempt_s=attempt_s)
    return await channel.send(Message("title", "body"))


@pytest.mark.parametrize("options", ["", "?qos=1", "?qos=2"])
async def test_mqtt_call_is_delivered_once_the_broker_confirms(
    broker: Mosquitto, options: str
) -> None:
    outcome = await call_by_mqtt(broker.plain_port, PASSWORD.replace(" ", "%20"), options)
    assert outcome == Outcome(delivered=True)


@pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning")  # apprise
async def test_mqtt_call_trusts_the_configured_ca(broker: Mosquitto) -> None:
    password = PASSWORD.replace(" ", "%20")
    url = SecretStr(f"mqtts://physiomon:{password}@localhost:{broker.port}/physiomon/here/calls")
    channel = NotificationChannel(url, ca_file=broker.ca_file)
    assert await channel.send(Message("title", "body")) == Outcome(delivered=True)


async def test_mqtt_call_with_a_wrong_password_fails_immediately(broker: Mosquitto) -> None:
    outcome = await call_by_mqtt(broker.plain_port, "wrong", "")
    assert outcome == Outcome(delivered=False, reason="it refused the login", transient=False)


@pytest.mark.parametrize("options", ["", "?qos=2"])
async def test_mqtt_call_to_a_silent_broker_fails(options: str) -> None:
    silent = Tarpit()
    try:
        outcome = await call_by_mqtt(silent.port, PASSWORD, options, attempt_s=1.0)
    finally:
        silent.stop()
    assert not outcome.delivered
