"""Notification channels through apprise. A channel that hangs or fails delays no other.

apprise blocks in sockets, so each attempt runs in its own daemon thread, and asyncio stops waiting
for it after a timeout. A few attempts that hang would fill asyncio's executor and keep the process
from ending.
"""

import asyncio
import contextlib
import logging
import os
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import apprise
from apprise.plugins import url_to_dict
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.gotify import NotifyGotify
from apprise.plugins.mqtt import NotifyMQTT
from pydantic import SecretStr

from alerts.channel_kinds import SENDS_ONLY, refusal, title_and_body, with_urgency
from alerts.failure_reasons import Failure, failure_of
from alerts.gotify_sender import send_gotify
from alerts.mail_sender import send_mail
from alerts.message_content import Content
from alerts.notification_text import Message, Urgency
from alerts.plain_text import plain_text
from devices.errors import PhysiomonError

STEP_S = 15.0  # to connect, and to wait for an answer
ATTEMPT_S = 20.0  # of an attempt in all
_MOST_HANGING = 3  # attempts on one channel; from then on one a minute
_AGAIN_S = 60.0
_MOST_THREADS = 30

_LOGGER = logging.getLogger("apprise")


class ChannelError(PhysiomonError):
    """An address that cannot be used."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one attempt.

    Attributes:
        delivered: a server took the message, or it was sent by a kind that only sends.
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
        ca_file: certificates of the authorities to trust; None for those of the system.
        content: of its messages.
        allow_plain_text: send to another computer without encryption as well.
        now_s: monotonic time in seconds.

    Attributes:
        confirms: whether a server confirms that it took a message.
        content: of its messages.

    Raises:
        ChannelError: apprise does not support the address, its kind reports false deliveries, or it
            would send to another computer without encryption.
    """

    def __init__(
        self,
        url: SecretStr,
        kind: str = "",
        attempt_s: float = ATTEMPT_S,
        *,
        ca_file: Path | None = None,
        content: Content = Content.FULL,
        allow_plain_text: bool = False,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        found = re.match(r"([a-z0-9+.-]{1,20})://", url.get_secret_value(), re.IGNORECASE)
        self._scheme = found[1].lower() if found else "unknown"
        self.kind = kind or self._scheme
        self.confirms = self._scheme not in SENDS_ONLY
        self.content = content
        self._url = url
        self._attempt_s = attempt_s
        self._step_s = min(STEP_S, attempt_s)
        self._ca_file = ca_file
        self._now_s = now_s
        self._hanging = 0
        self._began_s = 0.0
        refused = plain_text(self._scheme, self._service(None))
        if refused is not None and not allow_plain_text:
            raise ChannelError(refused)

    async def send(self, message: Message) -> Outcome:
        """Try once; return within the timeout, even if the channel hangs."""
        recent = self._now_s() - self._began_s < _AGAIN_S
        if self._hanging >= _MOST_THREADS or (self._hanging >= _MOST_HANGING and recent):
            reason = "earlier attempts still hang"
            return Outcome(delivered=False, reason=reason, transient=True)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Outcome] = loop.create_future()

        def settle(outcome: Outcome) -> None:
            self._hanging -= 1
            if not done.done():
                done.set_result(outcome)

        def work() -> None:
            failure = self._try(message)
            outcome = (
                Outcome(delivered=True)
                if failure is None
                else Outcome(
                    delivered=False,
                    reason=failure.reason,
                    transient=failure.transient,
                    retry_after_s=failure.retry_after_s,
                )
            )
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(settle, outcome)

        self._hanging += 1
        self._began_s = self._now_s()
        threading.Thread(target=work, name=f"call/{self.kind}", daemon=True).start()
        try:
            async with asyncio.timeout(self._attempt_s):
                return await done
        except TimeoutError:
            reason = f"it did not answer within {self._attempt_s:g} s"
            return Outcome(delivered=False, reason=reason, transient=True)

    def _service(self, message: Message | None) -> apprise.NotifyBase:
        """Return a new service for each attempt: apprise's services are not thread-safe.

        It writes nothing to disk, does not follow redirects, which would carry secrets, and names
        no icon, which a phone would fetch from elsewhere at each alarm.
        """
        asset = apprise.AppriseAsset(
            storage_mode=apprise.PersistentStoreMode.MEMORY,
            secure_logging=True,
            app_id="physiomon",
            app_desc="physiomon",
            http_redirects=False,
            image_url_mask="",
            image_url_logo="",
        )
        with _Overheard():
            address = url_to_dict(self._url.get_secret_value()) or {}  # type: ignore[no-untyped-call]
            if (refused := refusal(self._scheme, address)) is not None:
                raise ChannelError(refused)
            service = apprise.Apprise.instantiate(
                with_urgency(self._scheme, address, message),
                asset=asset,
                suppress_exceptions=True,
            )
        if not isinstance(service, apprise.NotifyBase):
            raise ChannelError(
                f"apprise does not support the address of a channel of kind '{self.kind}'; "
                "see https://appriseit.com/services/"
            )
        service.socket_connect_timeout = service.socket_read_timeout = self._step_s
        if service.verify_certificate:
            # requests takes a file as well, and everything else takes it for true.
            service.verify_certificate = self._authorities()  # type: ignore[assignment]
        if isinstance(service, NotifyMQTT):
            service.client.connect_timeout = self._step_s
            if service.verify_certificate:
                service.ca_certs = self._authorities()
        return service

    def _authorities(self) -> str | bool:
        """Return the file of trusted certificates; True if only requests can find one."""
        if self._ca_file is not None:
            return str(self._ca_file)
        # requests and apprise use their own list instead of the system's.
        known = os.environ.get("REQUESTS_CA_BUNDLE"), ssl.get_default_verify_paths().cafile
        return next((path for path in (*known, *_SYSTEM) if path and Path(path).is_file()), True)

    def _trust(self, service: apprise.NotifyBase) -> ssl.SSLContext:
        trust = ssl.create_default_context(cafile=self._ca_file)
        if not service.verify_certificate:
            trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        return trust

    def _try(self, message: Message) -> Failure | None:
        """Send a message; return why that failed, or None."""
        with _Overheard() as overheard:
            try:
                service = self._service(message)
                plain = isinstance(service, NotifyEmail) and service.pgp_mode == "no"
                if isinstance(service, NotifyEmail) and plain:
                    trust = self._trust(service)
                    return send_mail(service, message, trust=trust, timeout_s=self._step_s)
                if isinstance(service, NotifyGotify):
                    trust = self._trust(service)
                    return send_gotify(service, message, trust=trust, timeout_s=self._step_s)
                if isinstance(service, NotifyMQTT):
                    _hear_logins(service, overheard.said)
                title, body = title_and_body(self._scheme, message)
                delivered = service.notify(
                    body=body,
                    title=title,
                    notify_type=_TYPES.get(message.urgency, apprise.NotifyType.INFO),
                    body_format=apprise.NotifyFormat.TEXT,
                )
            except Exception as error:  # noqa: BLE001 - a plugin's defect is a failed attempt
                return failure_of([*overheard.said, str(error)])
        return None if delivered else failure_of(overheard.said)


# Where distributions keep the certificates of the system.
_SYSTEM = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
_TYPES = {
    Urgency.HIGH: apprise.NotifyType.FAILURE,
    Urgency.MEDIUM: apprise.NotifyType.WARNING,
    Urgency.QUIET: apprise.NotifyType.SUCCESS,
}


def _hear_logins(service: NotifyMQTT, said: list[str]) -> None:
    """Stop waiting for a broker that has refused the login: apprise ignores its answer."""

    def connected(_client: object, _data: object, _flags: object, code: object, *_: object) -> None:
        if getattr(code, "is_failure", False):
            said.append(f"CONNACK: {code}")
            service.socket_read_timeout = 0.0

    service.client.on_connect = connected


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
