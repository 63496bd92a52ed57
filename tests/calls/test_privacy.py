"""Content of messages for services that others can read, and logins that are not encrypted."""

import asyncio
import doctest
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts import notification_text, rule_kind
from alerts.accept_links import AcceptLinks
from alerts.call_fact import CallPurpose
from alerts.message_content import Content, with_content
from alerts.notification_channel import ChannelError, NotificationChannel
from alerts.notification_text import Message, call_message
from alerts.policy.parser import load_shipped, shipped
from monitor.calls.acceptance import CallAcceptance
from monitor.calls.delivery import ticket
from monitor.calls.failure_calls import call_about_failure
from monitor.calls.setup import call_setup
from monitor.config.file import load_config
from monitor.core.engine_failure import EngineFailure
from monitor.errors import ConfigError
from tests.calls.served_session import STRAP, Live
from tests.calls.test_config import HEAD, PEOPLE, secret, write
from tests.calls.test_notification_text import AT_NS, FAST, LINK, PLACE
from tests.durations import PATIENCE_S
from tests.servers.sinks import Webhook
from tests.system.command import physiomon, refusal

ALARM = replace(FAST, kind="Heart rate high")
LOW = replace(FAST, priority="medium", kind="Core temperature rising")


def message(
    content: Content, purpose: CallPurpose, tier: int = 1, link: str | None = LINK
) -> Message:
    alarms = [ALARM, LOW]
    full = call_message(
        PLACE, alarms, tier=tier, dose_ns=AT_NS - 10**9, link=link, purpose=purpose, over_ns=AT_NS
    )
    return with_content(full, content, PLACE, alarms, tier=tier, purpose=purpose)


CASES = [
    (CallPurpose.FIRST, "HIGH P07 room 2: Heart rate high (+1)", "Alarm in room 2, open the link"),
    (
        CallPurpose.AGAIN,
        "AGAIN HIGH P07 room 2: Heart rate high (+1)",
        "AGAIN: alarm in room 2, open the link",
    ),
    (
        CallPurpose.NEXT_TIER,
        "2ND TIER HIGH P07 room 2: Heart rate high (+1)",
        "2ND TIER: alarm in room 2, open the link",
    ),
    (
        CallPurpose.WORSE,
        "WORSE HIGH P07 room 2: Heart rate high (+1)",
        "WORSE: alarm in room 2, open the link",
    ),
    (CallPurpose.OVER, "OVER HIGH P07 room 2: Heart rate high (+1)", "OVER: alarm in room 2"),
    (
        CallPurpose.ACCEPTED,
        "ACCEPTED HIGH P07 room 2: Heart rate high (+1)",
        "ACCEPTED: alarm in room 2",
    ),
]


@pytest.mark.parametrize(("purpose", "code", "none"), CASES)
def test_content_levels_hide_private_details_for_every_purpose(
    purpose: CallPurpose, code: str, none: str
) -> None:
    full = message(Content.FULL, purpose, tier=2)
    assert "141" in full.title + full.body
    for content, title in ((Content.CODE, code), (Content.NONE, none)):
        said = message(content, purpose, tier=2)
        assert said.title == title
        assert replace(said, title="", body="") == replace(full, title="", body="")
        assert (LINK in said.body) is not purpose.quiet
        text = said.title + said.body.replace(LINK, "")
        for hidden in ("141", "130", "/min", "physician", "22:13", "dose", "zurich"):
            assert hidden not in text
        for hidden in ("P07", "HIGH", "MEDIUM", "Heart", "Core"):
            assert (hidden in text) is (content is Content.CODE)
        assert "room 2" in said.body.splitlines()[-3].lower()
    assert "*** HIGH: Heart rate high\n\n** MEDIUM: Core temperature rising\n\n" in (
        message(Content.CODE, purpose).body
    )


def test_message_without_a_link_names_the_room() -> None:
    said = message(Content.NONE, CallPurpose.FIRST, link=None)
    assert said.title == "Alarm, go to room 2"
    assert said.body.startswith("Alarm, go to room 2.\n\nAccept the call at the console")
    assert "link" not in said.body


@pytest.mark.parametrize(
    ("content", "title", "where"),
    [
        (Content.FULL, "TEST P07 room 2: nothing is wrong", "Participant P07, room 2, zurich"),
        (Content.CODE, "TEST P07 room 2: nothing is wrong", "Participant P07, room 2 (simulated"),
        (Content.NONE, "TEST room 2: nothing is wrong", "Room 2 (simulated, no real person)"),
    ],
)
def test_test_call_has_the_content_level_of_its_channel(
    content: Content, title: str, where: str
) -> None:
    place = replace(PLACE, virtual=True)
    said = with_content(notification_text.test_message(place, LINK), content, place)
    assert said.title == title
    assert where in said.body
    assert LINK in said.body
    assert ("P07" in said.body) is (content is not Content.NONE)


def test_code_content_includes_the_alarm_state() -> None:
    for alarm, state in (
        (replace(ALARM, over=True), "Heart rate high, condition over"),
        (replace(ALARM, suspended=True), "Heart rate high, not judged now"),
    ):
        said = with_content(Message("", ""), Content.CODE, PLACE, [alarm])
        assert said.title == f"HIGH P07 room 2: {state}"


def test_code_content_lists_ten_alarms_and_the_number_of_others() -> None:
    said = with_content(Message("", ""), Content.CODE, PLACE, [ALARM] * 35)
    assert said.body.count("*** HIGH") == 10
    assert "\n\nand 25 more\n\n" in said.body


def test_examples() -> None:
    failed, attempted = doctest.testmod(rule_kind)
    assert attempted > 0
    assert not failed


@pytest.mark.parametrize("policy", shipped())
def test_kinds_of_shipped_rules_contain_no_value(policy: str) -> None:
    for rule in load_shipped(policy).rules:
        kind = rule_kind.rule_kind(rule.condition)
        assert kind
        assert not re.search(r"\d", kind.replace("SpO2", "")), kind


async def test_channels_of_one_recipient_get_their_content_levels(
    tmp_path: Path, hook: Webhook
) -> None:
    live = Live(tmp_path / "s.journal", {"anna": [hook.url] * 3}, sensors=STRAP)
    for channel, content in zip(live.part._setup.channels["anna"], Content, strict=True):
        channel.content = content
    async with live.running():
        for rate in [*range(50, 110), *[131] * 14]:
            live.wait(1)
            live.session.packet("strap", "2A37", bytes([0x06, rate]))
        await live.until(lambda: len(live.steps()) == 3)
    assert sorted(post["title"] for post in hook.posts) == [
        "Alarm in room 1, open the link",
        "MEDIUM P01 room 1: HR 131 (>110) - Heart rate high",
        "MEDIUM P01 room 1: Heart rate high",
    ]
    live.close()


async def test_calls_about_a_failed_engine_have_the_content_level_of_the_channel(
    tmp_path: Path, hook: Webhook
) -> None:
    live = Live(tmp_path / "s.journal", {"anna": [hook.url] * 2}, sensors=STRAP)
    channels = live.part._setup.channels["anna"]
    channels[0].content = Content.NONE
    failure = EngineFailure(ValueError(), AT_NS, 1, None)
    async with asyncio.timeout(PATIENCE_S):
        await call_about_failure(live.session, {"anna": channels}, failure)
    titles = sorted(post["title"] for post in hook.posts)
    assert titles[0] == "Alarm, go to room 1"
    assert titles[1].startswith("HIGH P01 room 1: ")
    live.close()


async def test_link_has_a_pseudonym_of_the_session_and_older_links_work(
    tmp_path: Path, hook: Webhook
) -> None:
    live = Live(tmp_path / "s.journal", {"anna": [hook.url]})
    async with live.running():
        live.raise_high()
        live.wait(3)
        await live.until(lambda: live.steps() == ["anna json delivered"])
        token = re.findall(r"/accept/(\S+)", hook.posts[0]["message"])[0]
        assert live.links.read(token).session == live.links.pseudonym(live.session.spec.id)
        assert live.session.spec.id not in live.links.read(token).session
        notification = live.session.engine.calling.escalation.notifications[1]
        earlier = live.links.link(ticket(live.session.spec.id, notification)).rpartition("/")[2]
        backend = CallAcceptance(lambda: [live.session], live.links)
        assert backend.called(token) == backend.called(earlier)
        assert backend.called(token).acceptable
    live.close()


def test_pseudonym_depends_on_secret_and_session() -> None:
    one, other = (AcceptLinks(key * 40, "https://x", 60, time.time_ns) for key in "ab")
    assert one.pseudonym("P07") == one.pseudonym("P07")
    assert len({one.pseudonym("P07"), one.pseudonym("P08"), other.pseudonym("P07")}) == 3


def test_channel_overrides_the_content_level_of_its_recipient(tmp_path: Path) -> None:
    people = PEOPLE.replace('role = "monitor"', 'content = "code"')
    people = people.replace('kind = "pager"', 'content = "none", kind = "pager"')
    for name in ("anna", "hook"):
        secret(tmp_path / f"{name}.url", "json://127.0.0.1:9/")
    setup = call_setup(load_config(write(tmp_path, HEAD + people)), tmp_path, time.time_ns)
    contents = {name: [each.content for each in all_] for name, all_ in setup.channels.items()}
    assert contents == {"anna": [Content.CODE, Content.NONE], "ben": [Content.FULL]}
    with pytest.raises(ConfigError, match="'content': input should be 'full', 'code' or 'none'"):
        load_config(write(tmp_path, HEAD + people.replace('"code"', '"short"')))


def test_call_test_command_uses_the_content_level(tmp_path: Path, hook: Webhook) -> None:
    config = write(tmp_path, HEAD + PEOPLE.replace('role = "monitor"', 'content = "none"'))
    for name in ("anna", "hook"):
        secret(tmp_path / f"{name}.url", hook.url)
    physiomon("call-test", str(config))
    assert {post["title"] for post in hook.posts} == {"TEST room 1: nothing is wrong"}
    assert "P01" not in str(hook.posts)


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("mailto://user:s3cret@mail.example.org?to=a@b.test", "use 'mailtos://'"),
        ("mailtos://user:s3cret@mail.example.org?to=a@b.test&mode=insecure", "remove 'mode="),
        ("mailto://user:s3cret@localhost?to=a@b.test&smtp=mail.example.org", "'mailtos://'"),
        ("mqtt://user:s3cret@broker.example.org/topic", "use 'mqtts://'"),
        ("ntfy://user:s3cret@ntfy.example.org/topic", "use 'ntfys://'"),
        ("ntfy://tk_s3cret@ntfy.example.org/topic", "use 'ntfys://'"),
        ("ntfy://ntfy.example.org/topic?token=tk_s3cret", "use 'ntfys://'"),
        ("gotify://gotify.example.org/s3cret", "use 'gotifys://'"),
        ("json://user:s3cret@hooks.example.org/x", "use 'jsons://'"),
        ("json://hooks.example.org/x?+Authorization=s3cret", "use 'jsons://'"),
        ("xml://user:s3cret@10.0.0.1/x", "use 'xmls://'"),
        ("form://user:s3cret@hooks.example.org/x", "use 'forms://'"),
        ("matrix://user:s3cret@matrix.example.org/#room", "use 'matrixs://'"),
        ("mmost://chat.example.org/s3crets3cret", "use 'mmosts://'"),
        ("mailto://mail.example.org?from=m@b.test&to=a@b.test", "use 'mailtos://'"),
        ("mqtt://broker.example.org/topic", "use 'mqtts://'"),
        ("ntfy://ntfy.example.org/topic", "use 'ntfys://'"),
        ("json://hooks.example.org/x", "use 'jsons://'"),
    ],
)
def test_channel_without_encryption_is_refused_unless_allowed(url: str, remedy: str) -> None:
    with pytest.raises(ChannelError, match="to another computer without encryption") as refused:
        NotificationChannel(SecretStr(url))
    assert remedy in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "example.org" not in str(refused.value)
    NotificationChannel(SecretStr(url), allow_plain_text=True)


@pytest.mark.parametrize(
    "url",
    [
        "mailto://user:s3cret@127.0.0.1?from=m@b.test&to=a@b.test",  # on this computer
        "mailto://user:s3cret@gmail.com",  # apprise knows that it is encrypted
        "mailto://user:s3cret@mail.example.org?to=a@b.test&mode=starttls",
        "mailtos://user:s3cret@mail.example.org?to=a@b.test",
        "mqtt://user:s3cret@localhost/topic",
        "mqtts://user:s3cret@broker.example.org/topic",
        "ntfy://tk_s3cret@topic",  # ntfy.sh, always encrypted
        "ntfys://user:s3cret@ntfy.example.org/topic",
        "gotify://[::1]/s3cret",
        "gotifys://gotify.example.org/s3cret",
        "json://user:s3cret@127.0.0.2/x",
        "jsons://user:s3cret@hooks.example.org/x",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
    ],
)
def test_encrypted_and_local_channels_are_accepted(url: str) -> None:
    NotificationChannel(SecretStr(url))


def test_start_without_encryption_is_refused_naming_the_recipient(tmp_path: Path) -> None:
    config = write(tmp_path, HEAD + PEOPLE)
    secret(tmp_path / "anna.url", "mqtt://user:s3cret@broker.example.org/topic")
    secret(tmp_path / "hook.url", "json://127.0.0.1:9/")
    sentence = (
        "[[recipient]] anna, channels: a channel of kind 'mqtt' would send to another computer "
        "without encryption; use 'mqtts://', or set plain_text = true if nobody else can listen"
    )
    for command in ("call-test", "run"):
        told = " ".join(refusal(command, str(config)).split())
        assert sentence in told
        assert "s3cret" not in told
    allowed = PEOPLE.replace('"anna.url"', '"anna.url", plain_text = true')
    call_setup(load_config(write(tmp_path, HEAD + allowed)), tmp_path, time.time_ns)
