"""Notification channels through apprise. A channel that hangs or fails delays no other.

apprise blocks in sockets, so each attempt runs in its own daemon thread, and asyncio stops waiting
for it after a timeout. A few attempts that hang would fill asyncio's executor and keep the process
from ending.
"""

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import apprise
from apprise.plugins.mqtt import NotifyMQTT
from pydantic import SecretStr

from alerts.notification_text import Message
from devices.errors import PhysiomonError

ATTEMPT_S = 20.0  # longer than apprise's socket timeouts (15 s for mail)
_MOST_HANGING = 3  # attempts on one channel; the next fails immediately

_LOGGER = logging.getLogger("apprise")
_STATUS = re.compile(r"error=(\d{3})\b")
# Errors of apprise, and sentences for them without addresses.
_REASONS = (
    ("refused", "the connection was refused"),
    ("timed out", "it did not answer in time"),
    ("timeout", "it did not answer in time"),
    ("name or service not known", "the host name of its server is unknown"),
    ("name resolution", "the host name of its server is unknown"),
    ("nodename nor servname", "the host name of its server is unknown"),
    ("unreachable", "its server cannot be reached through the network"),
    ("certificate", "its certificate is not trusted"),
    ("authentication", "it refused the login"),
    ("reset by peer", "the connection broke"),
    ("closed", "the connection broke"),
    ("aborted", "the connection broke"),
)


class ChannelError(PhysiomonError):
    """An address that apprise does not support."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one attempt.

    Attributes:
        delivered: the service took the message.
        reason: of a failure, as a sentence without addresses or secrets.
        transient: a failure may pass, so a later attempt makes sense.
        retry_after_s: time that the service asked to wait, or None.
    """

    delivered: bool
    reason: str = ""
    transient: bool = True
    retry_after_s: float | None = None


class NotificationChannel:
    """One way to notify one recipient.

    Args:
        url: address and secret in apprise's syntax.
        kind: its name in journals and tables; by default the scheme of the URL.
        attempt_s: timeout of an attempt in seconds.

    Raises:
        ChannelError: apprise does not support the address.
    """

    def __init__(self, url: SecretStr, kind: str = "", attempt_s: float = ATTEMPT_S) -> None:
        scheme = re.match(r"([a-z0-9+.-]{1,20})://", url.get_secret_value(), re.IGNORECASE)
        self.kind = kind or (scheme[1].lower() if scheme else "unknown")
        self._url = url
        self._attempt_s = attempt_s
        self._hanging = 0
        self._service()

    async def send(self, message: Message, *, urgent: bool = False) -> Outcome:
        """Try once; return within the timeout, even if the channel hangs."""
        if self._hanging >= _MOST_HANGING:
            return Outcome(delivered=False, reason="earlier attempts still hang")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Outcome] = loop.create_future()

        def settle(outcome: Outcome) -> None:
            self._hanging -= 1
            if not done.done():
                done.set_result(outcome)

        def work() -> None:
            outcome = self._try(message, urgent=urgent)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(settle, outcome)

        self._hanging += 1
        threading.Thread(target=work, name=f"call/{self.kind}", daemon=True).start()
        try:
            async with asyncio.timeout(self._attempt_s):
                return await done
        except TimeoutError:
            return Outcome(
                delivered=False, reason=f"it did not answer within {self._attempt_s:g} s"
            )

    def _service(self) -> apprise.NotifyBase:
        """Return a new service for each attempt: apprise's services are not thread-safe.

        It writes nothing to disk, and does not follow redirects, which would carry secrets.
        """
        asset = apprise.AppriseAsset(
            storage_mode=apprise.PersistentStoreMode.MEMORY,
            secure_logging=True,
            app_id="physiomon",
            app_desc="physiomon",
            http_redirects=False,
        )
        with _Overheard():
            service = apprise.Apprise.instantiate(
                self._url.get_secret_value(), asset=asset, suppress_exceptions=True
            )
        if not isinstance(service, apprise.NotifyBase):
            raise ChannelError(
                f"apprise does not support the address of a channel of kind '{self.kind}'; "
                "see https://appriseit.com/services/"
            )
        if isinstance(service, NotifyMQTT):
            service.qos = 1  # at 0 "delivered" means written to a socket, even before the login
        return service

    def _try(self, message: Message, *, urgent: bool) -> Outcome:
        kind = apprise.NotifyType.FAILURE if urgent else apprise.NotifyType.INFO
        with _Overheard() as overheard:
            try:
                delivered = bool(
                    self._service().notify(
                        body=message.body,
                        title=message.title,
                        notify_type=kind,
                        body_format=apprise.NotifyFormat.TEXT,
                    )
                )
            except Exception as error:  # noqa: BLE001 - a plugin's defect is a failed attempt
                return Outcome(delivered=False, reason=_reason([str(error)]))
        return (
            Outcome(delivered=True)
            if delivered
            else Outcome(delivered=False, reason=_reason(overheard.said))
        )


class _Overheard(logging.Handler):
    """Collects apprise's messages of this thread instead of logging them: they hold addresses."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def __enter__(self) -> "_Overheard":
        _LOGGER.propagate = False
        _LOGGER.setLevel(logging.DEBUG)
        _LOGGER.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _LOGGER.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        if record.thread == self._thread:
            self.said.append(record.getMessage())


def _reason(said: Sequence[str]) -> str:
    """Return the reason of a failed attempt as a sentence.

    >>> _reason(["Failed to send JSON POST notification: error=503."])
    'it answered with status 503'
    >>> _reason(["Socket Exception: [Errno 111] Connection refused"])
    'the connection was refused'
    >>> _reason(["Sending to secret.example failed"])
    'it did not take the message'
    """
    text = "\n".join(said)
    if status := _STATUS.search(text):
        return f"it answered with status {status[1]}"
    lower = text.lower()
    return next((words for sign, words in _REASONS if sign in lower), "it did not take the message")
