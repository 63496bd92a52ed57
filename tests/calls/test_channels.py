"""Notification channels: what counts as delivered, why attempts fail, and how urgency is shown."""

import asyncio
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from alerts.call_plan import Plan, Recipient, Tier
from alerts.channel_kinds import title_and_body
from alerts.notification_channel import STEP_S, ChannelError, NotificationChannel, Outcome
from alerts.notification_text import Message, Urgency
from tests.calls.served_session import Live
from tests.servers.sinks import Mail, ScriptedMail, Tarpit, Webhook, free_port

MESSAGE = Message("title", "the connection was closed, its certificate timed out")
LINK = "https://calls.example.org/accept/x"


def channel(url: str, **options: Any) -> NotificationChannel:
    return NotificationChannel(SecretStr(url), **options)


@pytest.mark.parametrize(
    ("url", "confirms"),
    [
        ("mailto://127.0.0.1?from=a@b.test&to=c@d.test", True),
        ("ntfy://127.0.0.1/topic", True),
        ("gotify://127.0.0.1/token", True),
        ("mqtt://127.0.0.1/topic", True),
        ("json://127.0.0.1/hook", False),
        ("xml://127.0.0.1/hook", False),
        ("form://127.0.0.1/hook", False),
        ("syslog://", False),
        ("rsyslog://127.0.0.1", False),
    ],
)
def test_channel_kind_determines_whether_delivery_is_confirmed(url: str, confirms: bool) -> None:
    assert channel(url).confirms == confirms


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mqtt://user:secret@127.0.0.1/topic?qos=0", "qos=0 in the address .* remove it"),
        ("mqtts://user:secret@127.0.0.1/topic?qos=0", "qos=0"),
        ("xmpp://user:secret@127.0.0.1/to@example.org", "kind 'xmpp' is not supported: .* login"),
        ("xmpps://user:secret@127.0.0.1/to@example.org", "kind 'xmpps' is not supported"),
    ],
)
def test_kinds_that_report_false_deliveries_are_refused(url: str, sentence: str) -> None:
    with pytest.raises(ChannelError, match=sentence) as refused:
        channel(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("replies", "reason", "transient"),
    [
        ({"connect": "421 too busy"}, "it does not take the message now (421)", True),
        ({"RCPT": "450 4.2.0 Greylisted"}, "it does not take the message now (450)", True),
        ({"RCPT": "550 5.1.1 unknown user"}, "it refused the message (550)", False),
        ({"end of data": "554 spam"}, "it refused the message (554)", False),
        ({"MAIL": "530 log in first"}, "it refused the login (530)", False),
        (
            {"EHLO": "250-here\r\n250 AUTH PLAIN LOGIN", "AUTH": "535 wrong"},
            "it refused the login (535)",
            False,
        ),
        ({"EHLO": "250 here"}, "it offers no login without encryption; use mailtos", False),
    ],
)
async def test_failed_mail_has_a_reason(
    replies: Mapping[str, str], reason: str, transient: bool
) -> None:
    server = ScriptedMail(replies)
    login = "user:secret@" if "EHLO" in replies else ""
    url = f"mailto://{login}{server.address}?from=monitor@clinic.test&to=anna@clinic.test"
    outcome = await channel(url).send(MESSAGE)
    server.stop()
    assert outcome == Outcome(delivered=False, reason=reason, transient=transient)


async def test_mail_counts_as_delivered_if_only_a_copy_is_refused() -> None:
    server = ScriptedMail({"boss@": "550 unknown user"})
    url = f"mailto://{server.address}?from=m@clinic.test&to=anna@clinic.test&cc=boss@clinic.test"
    assert await channel(url).send(MESSAGE) == Outcome(delivered=True)
    server.stop()


@pytest.mark.parametrize("kind", ["json", "ntfy", "gotify"])
@pytest.mark.parametrize(
    ("status", "reason", "transient"),
    [
        (503, "it answered with status 503", True),
        (500, "it answered with status 500", True),
        (429, "it received too many requests (status 429)", True),
        (413, "the message is too long for it (status 413)", False),
        (401, "it refused the login (status 401)", False),
        (403, "it refused the login (status 403)", False),
        (404, "it answered with status 404", False),
        (302, "it answered with status 302", False),
    ],
)
async def test_failed_service_has_a_reason(
    hook: Webhook,
    kind: str,
    status: int,
    reason: str,
    transient: bool,
) -> None:
    hook.status = status
    outcome = await channel(f"{kind}://127.0.0.1:{hook.port}/token").send(MESSAGE)
    assert outcome == Outcome(delivered=False, reason=reason, transient=transient)


@pytest.mark.parametrize(
    ("status", "retry_after", "wait_s"),
    [(429, "30", 30.0), (503, "120", 120.0), (429, "Fri, 31 Dec 1999 23:59:59 GMT", None)],
)
async def test_retry_after_of_a_service_is_used(
    hook: Webhook, status: int, retry_after: str, wait_s: float | None
) -> None:
    hook.status, hook.retry_after = status, retry_after
    outcome = await channel(f"gotify://127.0.0.1:{hook.port}/token").send(MESSAGE)
    assert outcome.transient
    assert outcome.retry_after_s == wait_s


@pytest.mark.parametrize("kind", ["json", "ntfy", "gotify", "mailto", "mqtt"])
async def test_connection_to_a_stopped_server_is_refused(kind: str) -> None:
    options = "?from=a@b.test&to=c@d.test" if kind == "mailto" else ""
    outcome = await channel(f"{kind}://127.0.0.1:{free_port()}/topic{options}").send(MESSAGE)
    assert outcome == Outcome(delivered=False, reason="the connection was refused", transient=True)


@pytest.mark.parametrize("kind", ["json", "ntfy", "gotify", "mailto"])
async def test_missing_network_route_is_reported(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **__: object) -> None:
        raise OSError(113, "No route to host")

    monkeypatch.setattr(socket.socket, "connect", connect)
    options = "?from=a@b.test&to=c@d.test" if kind == "mailto" else ""
    outcome = await channel(f"{kind}://127.0.0.1:9/topic{options}").send(MESSAGE)
    reason = "there is no network route to its server"
    assert outcome == Outcome(delivered=False, reason=reason, transient=True)


@pytest.mark.parametrize("kind", ["json", "ntfy", "gotify", "mailto", "mqtt"])
async def test_every_kind_has_the_same_timeout(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Timeouts in the addresses are ignored."""
    assert STEP_S == 15
    timeouts: list[float | None] = []
    real = socket.create_connection

    def connect(
        address: tuple[str, int], timeout: float | None = None, *rest: Any, **more: Any
    ) -> socket.socket:
        timeouts.append(timeout)
        return real(address, timeout, *rest, **more)

    if kind in {"gotify", "mailto", "mqtt"}:  # requests makes its own connections
        monkeypatch.setattr(socket, "create_connection", connect)
    server = Tarpit()
    url = f"{kind}://127.0.0.1:{server.port}/topic?rto=1&cto=1&from=a@b.test&to=c@d.test"
    outcome = await channel(url, attempt_s=0.2).send(MESSAGE)
    server.stop()
    assert outcome.transient
    assert "answer" in outcome.reason or "confirm" in outcome.reason
    assert not timeouts or timeouts[0] == 0.2


async def test_hanging_attempts_do_not_block_a_channel_forever() -> None:
    now, server = [0.0], Tarpit()
    hanging = channel(server.url, attempt_s=0.05, now_s=lambda: now[0])
    hanging._step_s = 30.0
    told = [await hanging.send(MESSAGE) for _ in range(4)]
    assert [each.reason for each in told[:3]] == ["it did not answer within 0.05 s"] * 3
    assert told[3] == Outcome(delivered=False, reason="earlier attempts still hang", transient=True)
    now[0] = 61.0
    assert (await hanging.send(MESSAGE)).reason == "it did not answer within 0.05 s"
    server.stop()


async def test_hanging_channels_do_not_delay_other_recipients(
    tmp_path: Path, hook: Webhook
) -> None:
    """Twenty hang, and the twenty-first is called at once."""
    tarpit = Tarpit()
    names = [f"p{number:02}" for number in range(21)]
    urls = {name: [tarpit.url] for name in names[:-1]} | {names[-1]: [hook.url]}
    plan = Plan(
        recipients=tuple(Recipient(id=name, name=name) for name in names),
        tiers=(Tier(recipients=tuple(names), accept_within_s=60.0),),
    )
    live = Live(tmp_path / "s.journal", urls, plan=plan, attempt_s=20.0)
    async with live.running():
        live.raise_high()
        live.wait(3)
        await live.until(lambda: live.steps() != [])
        assert live.steps() == ["p20 json delivered"]
    tarpit.stop()
    await asyncio.sleep(0)
    live.close()


def checklist_item(live: Live) -> tuple[str, str]:
    item = next(each for each in live.session.control.checklist() if each.item == "calls")
    return item.state.value, item.found


async def test_checklist_names_unreached_people_and_channels(
    tmp_path: Path, mail: Mail, hook: Webhook
) -> None:
    urls = {"anna": [mail.url, hook.url], "ben": [hook.url]}
    live = Live(tmp_path / "s.journal", urls)
    live.session.calls.duty("chris", "MK", on=False)
    state, found = checklist_item(live)
    assert state == "not ok"
    assert "No channel of Ben Berger confirms" in found
    live.session.calls.duty("ben", "MK", on=False)
    hook.status = 404
    async with live.running():
        live.session.calls.test_call("MK")
        await live.until(lambda: len(live.outcomes()) == 2)
        state, found = checklist_item(live)
        assert state == "unknown"
        assert "delivered to Anna Amsler, not to Anna Amsler (json): correct that" in found
        hook.status = 200
        live.session.calls.test_call("MK")
        await live.until(lambda: len(live.outcomes()) == 4)
        assert checklist_item(live) == ("ok", "Test call delivered to Anna Amsler.")
    live.close()


async def test_journaled_outcome_has_whether_the_failure_is_transient(
    tmp_path: Path, hook: Webhook
) -> None:
    live = Live(tmp_path / "s.journal", {"anna": [hook.url]})
    live.session.calls.duty("ben", "MK", on=False)
    live.session.calls.duty("chris", "MK", on=False)
    async with live.running():
        for status, transient in ((503, True), (404, False)):
            hook.status, before = status, len(live.outcomes())
            live.session.calls.test_call("MK")
            await live.until(lambda before=before: len(live.outcomes()) > before)  # type: ignore[misc]
            assert live.outcomes()[-1]["transient"] is transient
    live.close()


@pytest.mark.parametrize(
    ("urgency", "ntfy", "gotify", "importance"),
    [
        (Urgency.HIGH, "max", 10, "high"),
        (Urgency.MEDIUM, "high", 8, "high"),
        (Urgency.LOW, None, 5, "normal"),
        (Urgency.QUIET, "low", 2, "low"),
        (Urgency.TEST, None, 5, "normal"),
    ],
)
async def test_urgency_of_the_alarm_overrides_the_address(
    hook: Webhook, mail: Mail, urgency: Urgency, ntfy: str | None, gotify: int, importance: str
) -> None:
    message = Message("title", "body", urgency, LINK, "thread1")
    for url in (
        f"ntfy://127.0.0.1:{hook.port}/topic?priority=min",
        f"gotify://127.0.0.1:{hook.port}/token?priority=low",
        mail.url,
    ):
        assert (await channel(url).send(message)).delivered
    assert hook.headers[0].get("X-Priority") == ntfy  # ntfy's default is the absence of it
    assert hook.posts[1]["priority"] == gotify
    assert mail.mails[0]["Importance"] == importance


async def test_notification_opens_its_link_and_loads_no_image(hook: Webhook) -> None:
    message = Message("title", "body", Urgency.HIGH, LINK)
    for kind in ("ntfy", "gotify", "json"):
        await channel(f"{kind}://127.0.0.1:{hook.port}/token").send(message)
    assert hook.headers[0]["X-Click"] == LINK
    assert hook.headers[0]["X-Tags"] == "rotating_light"
    assert hook.posts[1]["extras"] == {"client::notification": {"click": {"url": LINK}}}
    assert hook.paths[1] == "/message"
    assert "github" not in str(hook.posts) + str(hook.headers)


async def test_mail_has_sender_thread_and_auto_submitted_headers(mail: Mail) -> None:
    for thread in ("one", "one", "two"):
        message = Message("HIGH P07 room Süd 2", "Süd", Urgency.HIGH, LINK, thread)
        assert (await channel(mail.url).send(message)).delivered
    first, second, other = mail.mails
    assert first["From"] == "physiomon <monitor@clinic.test>"
    assert first["Subject"] == "HIGH P07 room Süd 2"
    assert first.get_content().strip() == "Süd"
    assert first["Content-Transfer-Encoding"] == "quoted-printable"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"] == second["In-Reply-To"]
    assert other["References"] != first["References"]


@pytest.mark.parametrize(
    ("name", "said"), [("monitor", "[127.0.0.1]"), ("monitor.clinic.test", "monitor.clinic.test")]
)
async def test_mail_greeting_needs_no_name_server(
    monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    monkeypatch.setattr(socket, "getfqdn", lambda *_: "from a name server")
    server = ScriptedMail({f"EHLO {said}": "250 here", "HELO": "554 who?", "EHLO": "554 who?"})
    url = f"mailto://{server.address}?from=monitor@clinic.test&to=anna@clinic.test"
    assert await channel(url).send(MESSAGE) == Outcome(delivered=True)
    server.stop()


def test_matrix_shows_no_heading_and_others_a_title() -> None:
    message = Message("HIGH P07 room 2", "body")
    assert title_and_body("matrixs", message) == ("", "HIGH P07 room 2\n\nbody")
    assert title_and_body("ntfys", message) == ("HIGH P07 room 2", "body")


async def test_headers_in_the_address_override_those_of_the_message(mail: Mail) -> None:
    url = mail.url.replace("from=", "+Importance=normal&from=Clinic%20Monitor%20<")
    url = url.replace("clinic.test&to", "clinic.test>&to")
    assert (await channel(url).send(Message("title", "body", Urgency.HIGH))).delivered
    assert mail.mails[0]["Importance"] == "normal"
    assert mail.mails[0]["From"] == "Clinic Monitor <monitor@clinic.test>"
