"""Signed heads by mail, through a real mail server."""

import asyncio
import random
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import cast

import pytest

from devices.errors import PhysiomonError
from monitor.commands.journal_check import verify
from monitor.config.merge import load_merged
from monitor.errors import ConfigError, OutputError
from monitor.service.outputs import Outputs
from monitor.service.record_mail import PART, RecordMail, record_channel
from monitor.storage.signing_key import SigningKey
from tests.servers.process import wait_until
from tests.servers.sinks import Mail
from tests.sessions.test_session import Live
from tests.storage.test_signed_heads import another_rate, rewrite, without_end

_SESSION = """
[session]
id = "s1"
site = "here"
participant = "P07"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"

[records]
url_file = "records.url"
"""


@pytest.fixture
def mail() -> Iterator[Mail]:
    mail = Mail()
    yield mail
    mail.stop()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path / "s.journal")
    live.session.heads.key = SigningKey.keep(tmp_path / "signing.key")
    yield live
    live.session.close()


def outputs(folder: Path, url: str, more: str = "") -> Outputs:
    (folder / "session.toml").write_text(_SESSION + more)
    (folder / "records.url").write_text(url)
    (folder / "records.url").chmod(0o600)
    return Outputs.of(load_merged([folder / "session.toml"])[0], lambda: 1)


def saved(mail: Mail, folder: Path) -> Path:
    """Save the last mail as mail programs do: with its headers, and its lines encoded."""
    kept = folder / "head.eml"
    kept.write_bytes(mail.mails[-1].as_bytes())
    return kept


async def test_head_mailed_at_the_session_end_verifies_the_journal(
    mail: Mail, live: Live, tmp_path: Path
) -> None:
    session = live.session
    drain = outputs(tmp_path, mail.url).runner(session, random.Random(1)).drains[-1]
    live.beat(60, 70)
    session.heads.sign()
    await drain()  # of a service that stops: the session is not over
    session.control.finish("MK", "over")
    session.heads.sign()
    with pytest.raises(OutputError, match="not sent yet"):  # the server is down; it is retried
        await drain()
    assert "signed head of the journal is sent later" in session.notices[PART]
    mail.start()
    await drain()
    assert PART not in session.notices
    await drain()  # it was sent
    (only,) = mail.mails
    assert (
        only["Subject"]
        == f"Signed head of session s1, {session.journal.last_seq - 1} entries, at its end"
    )
    session.close()
    kept, public = saved(mail, tmp_path), tmp_path / "signing.pub"
    assert verify(live.path, kept, public, as_json=False)
    rewrite(live.path, without_end(40))
    with pytest.raises(PhysiomonError, match="its end was removed"):
        verify(live.path, kept, None, as_json=False)


async def test_heads_of_a_running_session_are_mailed_and_failures_are_a_fault(
    mail: Mail, live: Live, tmp_path: Path
) -> None:
    session = live.session
    config = outputs(tmp_path, mail.url).planned.config.records
    assert config is not None
    reasons = session.delivery_health.sentences
    service = RecordMail(session, lambda: record_channel(config, tmp_path), every_s=0.05)
    live.beat(120, 70)
    session.heads.sign()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(service.run())
        await asyncio.to_thread(wait_until, lambda: bool(reasons()), "a fault")
        assert "the mail server of [records]" in reasons()[0]
        mail.start()
        await asyncio.to_thread(wait_until, lambda: bool(mail.mails), "a mail")
        await asyncio.to_thread(wait_until, lambda: not reasons(), "the end of the fault")
        task.cancel()
    session.close()
    kept = saved(mail, tmp_path)
    assert verify(live.path, kept, None, as_json=False)
    rewrite(live.path, another_rate)
    with pytest.raises(PhysiomonError, match="is the head of another journal"):
        verify(live.path, kept, None, as_json=False)


async def test_unusable_url_is_a_fault_from_the_start(live: Live, tmp_path: Path) -> None:
    reasons = live.session.delivery_health.sentences
    for url, words in (
        ("json://127.0.0.1/hook", "must begin with mailtos://"),
        ("mailto://smtp.clinic.example?from=a@b.example&to=c@d.example", "plain_text = true"),
    ):
        part = outputs(tmp_path, url).runner(live.session, random.Random(1)).parts[PART]
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(cast("Coroutine[None, None, None]", part()))
            await asyncio.to_thread(wait_until, lambda: bool(reasons()), "a fault")
            task.cancel()
        assert words in reasons()[0]
        live.session.delivery_health.report(PART, None)
    with pytest.raises(ConfigError, match="use 10min or more"):
        outputs(tmp_path, "mailtos://x", 'every = "1min"\n')
