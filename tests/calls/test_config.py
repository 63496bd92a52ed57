"""Recipients and tiers in a configuration, refused ones, and `physiomon call-test`."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import trustme
from pydantic import SecretStr

from alerts.call_plan import Plan
from alerts.notification_channel import NotificationChannel, Outcome
from alerts.notification_text import Message
from monitor.analysis.replay import verify
from monitor.calls.setup import call_setup
from monitor.config.calls import call_plan
from monitor.config.duty import first_gap
from monitor.config.file import load_config
from monitor.errors import ConfigError
from monitor.storage.journal import Journal
from tests.servers.sinks import ConnectProxy, Mail, TlsSink, Webhook, free_port
from tests.system.command import physiomon, refusal, running

HEAD = """
[session]
site = "here"
participant = "P01"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
"""
PEOPLE = """
[[recipient]]
id = "anna"
name = "Anna Amsler"
role = "monitor"
channels = [{ url_file = "anna.url" }, { kind = "pager", url_file = "hook.url" }]

[[recipient]]
id = "ben"
name = "Ben Berger"
on_duty = false
channels = [{ url_file = "hook.url" }]

[[tier]]
recipients = ["anna"]
accept_within = "2min"

[[tier]]
recipients = ["anna", "ben"]
accept_within = "3min"
priorities = ["high"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "session.toml"
    path.write_text(text)
    return path


def secret(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def test_call_plan_contains_no_address(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, HEAD + PEOPLE))
    plan = call_plan(config.recipient, config.tier)
    assert [each.on_duty for each in plan.recipients] == [True, False]
    assert [tier.accept_within_s for tier in plan.tiers] == [120, 180]
    assert plan.tiers[1].priorities == ("high",)
    assert "url" not in json.dumps(plan.body())
    assert call_plan([], []) == Plan()


def test_first_gap_of_the_first_tier_is_named(tmp_path: Path) -> None:
    head = HEAD.replace("[session]", '[session]\nzone = "Europe/Zurich"')
    people = PEOPLE.replace('role = "monitor"', 'duty = ["mon-fri 08:00-20:00"]')
    config = load_config(write(tmp_path, head + people))
    friday_ns = 1_700_827_200 * 10**9  # 13:00 in Zurich
    gap = "nobody of the first tier is on duty from Fri 24 Nov 20:00 to Mon 27 Nov 08:00"
    assert first_gap(config.recipient, config.tier, "Europe/Zurich", friday_ns) == gap
    both = load_config(write(tmp_path, head + people.replace('["anna"]', '["anna", "ben"]')))
    assert first_gap(both.recipient, both.tier, "Europe/Zurich", friday_ns) == gap  # Ben is off
    config = load_config(write(tmp_path, HEAD + PEOPLE))
    assert first_gap(config.recipient, config.tier, None, friday_ns) is None


@pytest.mark.parametrize("name", ["Süd 2", "病室 3", "غرفة ٤", "O.P-1_a", "2"])
def test_room_and_site_names_may_use_any_script(tmp_path: Path, name: str) -> None:
    head = HEAD.replace('site = "here"', f'site = "{name}"\nroom = "{name}"')
    who = load_config(write(tmp_path, head)).session
    assert (who.site, who.room) == (name, name)


def test_names_are_unicode_normalised(tmp_path: Path) -> None:
    head = HEAD.replace('"here"', '"Su\u0308d"')
    assert load_config(write(tmp_path, head)).session.site == "S\u00fcd"


@pytest.mark.parametrize("name", ["", " 2", "2 ", "a/b", "a+b", "a#", "a\\nb", "-2", "x" * 65, "²"])
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    for key in ("site", "room"):
        head = HEAD.replace('site = "here"', f'site = "here"\nroom = "{name}"')
        if key == "site":
            head = HEAD.replace('"here"', f'"{name}"')
        with pytest.raises(ConfigError, match=f"'{key}' must be letters and digits of any script"):
            load_config(write(tmp_path, head))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"2min"', '"2 minutes"', "line 24.*'2 minutes' is not a valid duration"),
        ('"2min"', '"1s"', "line 24.*out of range; use 10s to 1h"),
        ('["high"]', '["info"]', "line 29.*'priorities': input should be 'low', 'medium'"),
        ('["anna"]', '["dora"]', "calls dora, which is not a .* known: anna, ben"),
        ('["anna", "ben"]', '["anna"]', "recipient ben is not in any .*tier"),
        ('label = "strap"', 'label = "manual"', "label 'manual' is reserved; choose another"),
        ('label = "strap"', 'label = "session"', "label 'session' is reserved"),
        ('id = "ben"', 'id = "anna"', "recipient id anna is used twice"),
        ("[{ url_file", '[{ url_env = "X", url_file', "line 14.*either 'url_env' or 'url_file'"),
        ('kind = "pager"', 'sort = "pager"', "line 14.*'sort' is not a known key: .*allowed: kind"),
        ("on_duty = false", 'on_duty = "no"', "line 19.*'on_duty'"),
        ("on_duty = false", 'duty = ["mon 8-20"]', "line 16.*shift 'mon 8-20' is not valid"),
        ("on_duty = false", 'duty = ["mon 08:00-20:00"]', "ben has weekly shifts: set 'zone'"),
        ("on_duty = false", 'duty = ["mon 08:00-20:00", "mon 09:00-10:00"]', "overlap on mon"),
        ("on_duty = false", 'on_duty = true\nduty = ["mon 08:00-20:00"]', "line 16.*no effect"),
        ("[session]", '[calls]\nlink = "ftp://x"\n[session]', "line 3.*'link'"),
        (
            "[session]",
            '[calls]\nlink_valid = "2min"\n[session]',
            "link_valid '2min' is shorter than accept_within '3min'",
        ),
        (
            "[session]",
            '[calls]\nsecret_env = "A"\nsecret_file = "b"\n[session]',
            "either 'secret_file' or 'secret_env'",
        ),
    ],
)
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load_config(write(tmp_path, (HEAD + PEOPLE).replace(old, new, 1)))


def test_test_call_prints_its_outcome(tmp_path: Path, hook: Webhook) -> None:
    mail = Mail()
    config = write(tmp_path, HEAD + PEOPLE)
    secret(tmp_path / "anna.url", mail.url)
    secret(tmp_path / "hook.url", hook.url + "\n")
    mail.start()
    done = physiomon("call-test", str(config))
    assert done.returncode == 0, done.stderr
    assert "delivered" in done.stdout
    assert "sent; this kind does not confirm" in done.stdout
    assert "Ben Berger" not in done.stdout  # not on duty
    assert "TEST P01 room 1" in mail.mails[0]["Subject"]
    mail.stop()
    failed = physiomon("call-test", str(config), "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout) == [
        {
            "recipient": "anna",
            "channel": "mailto",
            "delivered": False,
            "confirmed": False,
            "reason": "the connection was refused",
        },
        {
            "recipient": "anna",
            "channel": "pager",
            "delivered": True,
            "confirmed": False,
            "reason": "",
        },
    ]
    assert "127.0.0.1" not in failed.stdout + failed.stderr
    alone = physiomon("call-test", str(config), "--to", "ben", "--json")
    assert alone.returncode == 1  # delivered, but without a confirmation of reception
    assert "No channel of Ben Berger confirms" in alone.stderr
    assert [each["recipient"] for each in json.loads(alone.stdout)] == ["ben"]
    assert "no recipient 'dora'; known: anna, ben" in refusal(
        "call-test", str(config), "--to", "dora"
    )


@pytest.mark.parametrize(("mode", "refused"), [(0o440, False), (0o444, True)])
def test_systemd_credential_may_be_group_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, *, refused: bool
) -> None:
    config = write(tmp_path, HEAD + PEOPLE)
    for name in ("anna.url", "hook.url"):
        secret(tmp_path / name, "secret-of-nobody")
    (tmp_path / "anna.url").chmod(mode)
    assert "other users can read or write" in refusal("call-test", str(config))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert ("other users can read or write" in refusal("call-test", str(config))) is refused


def test_missing_and_invalid_secrets_are_refused(tmp_path: Path) -> None:
    config = write(tmp_path, HEAD + PEOPLE)
    assert "anna, url_file: cannot read" in refusal("call-test", str(config))
    secret(tmp_path / "anna.url", "secret-of-nobody")
    secret(tmp_path / "hook.url", "json://127.0.0.1:9/")
    told = refusal("call-test", str(config))
    assert "apprise does not support" in told
    assert "secret-of" not in told
    secret(tmp_path / "anna.url", "mqtt://127.0.0.1/topic?qos=0")
    assert "qos=0" in refusal("call-test", str(config))
    (tmp_path / "anna.url").chmod(0o620)
    assert "other users can read or write" in refusal("call-test", str(config))
    secret(tmp_path / "anna.url", "")
    assert "is empty" in refusal("call-test", str(config))
    env = write(tmp_path, (HEAD + PEOPLE).replace('url_file = "anna.url"', 'url_env = "NOT_SET"'))
    assert "set the environment variable NOT_SET" in refusal("call-test", str(env))
    assert "nobody to call" in refusal("call-test", str(write(tmp_path, HEAD)))


def test_test_call_contains_a_link(tmp_path: Path, hook: Webhook) -> None:
    config = write(tmp_path, '[calls]\nlink = "https://calls.example.org"\n' + HEAD + PEOPLE)
    secret(tmp_path / "anna.url", hook.url)
    secret(tmp_path / "hook.url", hook.url)
    physiomon("call-test", str(config))
    assert "https://calls.example.org/accept/" in hook.posts[0]["message"]


def test_doctor_names_recipients_without_a_confirming_channel(tmp_path: Path) -> None:
    config = write(tmp_path, HEAD + PEOPLE)
    secret(tmp_path / "anna.url", "mailto://127.0.0.1?from=a@b.test&to=c@d.test")
    secret(tmp_path / "hook.url", "json://127.0.0.1:9/")
    found = json.loads(physiomon("doctor", "--config", str(config), "--json").stdout)
    (calls,) = [each for each in found if each["what"] == "calls"]
    assert not calls["ok"]
    assert calls["found"] == "no channel of Ben Berger confirms that a message was taken"


@pytest.mark.parametrize("kind", ["jsons", "ntfys", "gotifys", "mailtos"])
async def test_every_kind_trusts_the_configured_ca(tmp_path: Path, kind: str) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = TlsSink(authority, mail=kind == "mailtos")
    options = "?mode=ssl&from=a@b.test&to=c@d.test" if kind == "mailtos" else ""
    secret(tmp_path / "anna.url", f"{kind}://localhost:{server.port}/topic{options}")
    secret(tmp_path / "hook.url", "json://127.0.0.1:9/")
    for ca_file, delivered in (("", False), ('[calls]\nca_file = "ca.pem"\n', True)):
        config = load_config(write(tmp_path, ca_file + HEAD + PEOPLE))
        channel, _ = call_setup(config, tmp_path, time.time_ns).channels["anna"]
        outcome = await channel.send(Message("title", "body"))
        assert outcome.delivered == delivered
        assert delivered or outcome.reason == "its certificate is not trusted"
        assert delivered or not outcome.transient
    server.stop()


@pytest.mark.parametrize("kind", ["jsons", "ntfys", "gotifys"])
async def test_services_are_reached_through_the_proxy_of_the_environment(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server, proxy = TlsSink(authority, mail=False), ConnectProxy()
    monkeypatch.setenv("HTTPS_PROXY", f"http://clinic:a%40b@127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", "inside.example.org")
    url = SecretStr(f"{kind}://localhost:{server.port}/topic")
    message = Message("title", "body")
    channel = NotificationChannel(url, ca_file=tmp_path / "ca.pem")
    assert await channel.send(message) == Outcome(delivered=True)
    login = "Proxy-Authorization: Basic Y2xpbmljOmFAYg=="
    assert proxy.asked == [(f"CONNECT localhost:{server.port}", login)]
    for status in (407, 503):
        proxy.status = status
        outcome = await channel.send(message)
        assert outcome.reason == "the proxy of this computer does not connect to it"
        assert outcome.transient
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert await channel.send(message) == Outcome(delivered=True)
    assert len(proxy.asked) == 3
    proxy.stop()
    server.stop()


def test_ca_file_without_certificates_is_refused(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[calls]\nca_file = "ca.pem"\n' + HEAD + PEOPLE))
    with pytest.raises(ConfigError, match=r"ca_file: cannot use .*No such file"):
        call_setup(config, tmp_path, time.time_ns)
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ConfigError, match="it has no certificate"):
        call_setup(config, tmp_path, time.time_ns)


POLICY = """
name = "calls"
version = "1"
reviewed_by = ""

[[rule]]
id = "no-hr"
signal = "heart_rate"
absent = "1s"
priority = "medium"
message = "No heart rate"
source = "test"
"""


def test_session_calls_and_the_link_accepts(tmp_path: Path, hook: Webhook) -> None:
    """End to end: without a sensor a person is called and answers through the link."""
    port = free_port()
    secret(tmp_path / "hook.url", hook.url)
    secret(tmp_path / "anna.url", hook.url)
    (tmp_path / "policy.toml").write_text(POLICY)
    more = f'[calls]\nlink = "http://127.0.0.1:{port}"\n\n[console]\nport = {port}\n'
    head = HEAD.replace("[session]", '[session]\npolicy = "policy.toml"\nid = "S"')
    config = write(tmp_path, more + head + PEOPLE)
    with running("run", str(config)) as command:
        command.wait_for_url()
        wait_for(lambda: len(hook.posts) == 2)
        link = re.findall(r"http\S+/accept/\S+", hook.posts[0]["message"])[0]
        assert httpx.get(link).status_code == 200
        assert httpx.post(link).status_code == 200
        assert httpx.post(link).status_code == 410
        command.interrupt()
    key = tmp_path / "journals" / "accept.key"
    assert key.stat().st_mode & 0o777 == 0o600
    with Journal.read(tmp_path / "journals" / "S.journal") as journal:
        assert verify(journal).difference is None
        told = [entry.payload for entry in journal.entries()]
        assert sum(entry.kind == "accept" for entry in journal.entries()) == 1
    for hidden in (key.read_bytes().strip(), hook.url.encode(), link.encode()):
        assert not any(hidden in payload for payload in told)


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait for a condition that another process fulfils."""
    deadline_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline_s, "nothing came within a minute"
        time.sleep(0.05)
