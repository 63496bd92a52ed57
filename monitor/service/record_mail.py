"""Signed heads by mail: kept by the site, they prove later what the journal contained."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from alerts.notification_channel import ChannelError, NotificationChannel
from alerts.notification_text import Message, Urgency
from devices.errors import PhysiomonError
from monitor.certificates import trusted
from monitor.config.records import RecordsConfig
from monitor.errors import ConfigError, OutputError
from monitor.facts import Fact, HeadFact
from monitor.sessions.session import Session
from monitor.storage.signed_head import SignedHead

PART: Final = "record mail"
_AGAIN_S = 60.0
_KEEP = (
    "Keep this mail where those who can change the journal cannot reach it. To compare the journal "
    "with it, save this mail as FILE:\n\n"
    "    physiomon journal verify JOURNAL --against FILE\n"
)

log = structlog.get_logger()


def record_channel(config: RecordsConfig, beside: Path) -> NotificationChannel:
    """Return the channel of a configuration.

    Args:
        config: of the service.
        beside: folder to which its paths are relative.

    Raises:
        ConfigError: the URL cannot be read, is not that of a mail server, or would send to another
            computer without encryption; or `ca_file` cannot be used.
    """
    ca_file = None if config.ca_file is None else beside / config.ca_file
    if ca_file is not None:
        trusted(ca_file, "[records]")
    try:
        channel = NotificationChannel(
            config.url(beside), ca_file=ca_file, allow_plain_text=config.plain_text
        )
    except ChannelError as error:
        raise ConfigError(f"[records]: {error}") from None
    if channel.kind not in ("mailto", "mailtos"):
        raise ConfigError(
            "[records]: the URL must begin with mailtos:// (or mailto://), not with "
            f"{channel.kind}://"
        )
    return channel


class RecordMail:
    """Mails with the newest signed head of one session.

    A failure is a fault of the session, and the newest head is sent later.

    Args:
        session: whose heads are sent.
        channel: returns the mail address; raises ConfigError while it cannot be used.
        every_s: time between two mails while the session runs; None: only at its end.
    """

    def __init__(
        self, session: Session, channel: Callable[[], NotificationChannel], every_s: float | None
    ) -> None:
        self._session = session
        self._channel = channel
        self._every_s = every_s
        self._head: HeadFact | None = None  # the newest one, until it is sent
        session.listeners.append(self._hear)

    async def run(self) -> None:
        """Send mails in time until cancelled."""
        await self._check()
        wait_s = self._every_s
        while wait_s is not None:
            await asyncio.sleep(wait_s)
            done = await self._sent()
            wait_s = self._every_s if done or self._every_s is None else min(_AGAIN_S, wait_s)
        await asyncio.Event().wait()

    async def drain(self) -> None:
        """Send the head of an ended session; do nothing for one that was only interrupted.

        Raises:
            OutputError: the mail server did not take it.
        """
        if self._session.ended and not await self._sent():
            raise OutputError("the signed head of the ended session is not sent yet")

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, HeadFact):
            self._head = fact

    async def _check(self) -> None:
        """Report at the start what would fail at the end."""
        try:
            await asyncio.to_thread(self._channel)
        except PhysiomonError as error:
            self._report(str(error))

    async def _sent(self) -> bool:
        """Send the newest head, if there is one; return False if that failed."""
        fact = self._head
        if fact is None:
            return True
        try:
            channel = await asyncio.to_thread(self._channel)
            outcome = await channel.send(_message(self._session, fact))
        except PhysiomonError as error:
            self._report(str(error))
            return False
        if not outcome.delivered:
            self._report(f"the mail server of [records]: {outcome.reason}")
            return False
        if self._head is fact:
            self._head = None
        log.info("record_mail.sent", session=self._session.spec.id, entries=fact.entries)
        self._report(None)
        return True

    def _report(self, reason: str | None) -> None:
        if reason is not None:
            reason = f"{reason}; the signed head of the journal is sent later"
        if self._session.ended:  # nothing follows in its journal
            self._session.notice(PART, reason)
        else:
            self._session.delivery_health.report(PART, reason)


def _message(session: Session, fact: HeadFact) -> Message:
    head = SignedHead(
        session=session.spec.id,
        entries=fact.entries,
        until_ns=fact.until_ns,
        hash=fact.hash,
        signature=fact.signature,
    )
    when = "at its end" if session.ended else "while it runs"
    return Message(
        title=f"Signed head of session {session.spec.id}, {fact.entries} entries, {when}",
        body=f"{head.text()}\n\n{_KEEP}",
        urgency=Urgency.QUIET,
    )
