"""Connection to an MQTT 5 broker through aiomqtt. I/O only.

Each connection is a new `Client`: one that is entered again resends messages whose publication
failed. A publish always has a timeout, and a broker's refusal of one is silent (aiomqtt ignores the
reason in PUBACK), so a service reads back its first publication. aiomqtt's timeouts are not used:
on Python 3.11 its `wait_for` swallows a cancellation that coincides with an answer.
"""

import asyncio
import logging
import math
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiomqtt import Client, MqttCodeError, MqttError, ProtocolVersion, Will
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from monitor.certificates import trusted
from monitor.config.mqtt import MqttSettings
from monitor.delivery.errors import UnavailableError
from monitor.errors import OutputError

_CONFIRM_WITHIN_S = 5.0
_CONNECT_WITHIN_S = 5.0
_LEAVE_WITHIN_S = 1.0
_KEEPALIVE_S = 15
_SESSION_S = 24 * 3600  # time for which the broker keeps messages for a disconnected service
_MOST_WAITING = 1_000
_AT_ONCE = 20  # paho's window of QoS 1 messages, within which their order is kept
_TWICE = "check that this session, or a gateway with this id, is not running twice"
_UNSPECIFIED = 128  # MQTT 5, 3.14.2.1; a reason above it is specific
_SESSION_TAKEN_OVER = 142


# aiomqtt's log repeats in part what the errors below report.
_LOGGER = logging.getLogger("physiomon.aiomqtt")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttConfig:
    """Address of the broker, and credentials."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    @property
    def place(self) -> str:
        """Return the broker's name for messages."""
        return f"the MQTT broker at {self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A message to publish; an empty payload with `retain` deletes the retained message.

    Attributes:
        expires_s: time after which the broker drops an undelivered message.
    """

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    expires_s: int | None = None
    correlation: bytes | None = None


def mqtt_config(settings: MqttSettings, beside: Path) -> MqttConfig:
    """Return the connection settings of a configuration, including the password.

    Raises:
        ConfigError: the password or the certificates cannot be read.
    """
    secret = settings.password(beside)
    tls = None
    if settings.tls:
        ca_file = None if settings.ca_file is None else beside / settings.ca_file
        tls = trusted(ca_file, "[mqtt]")
    return MqttConfig(
        host=settings.host,
        port=settings.port,
        user=settings.user,
        password=None if secret is None else secret.get_secret_value(),
        tls=tls,
    )


@asynccontextmanager
async def connected(
    config: MqttConfig, identifier: str, will: Publication | None = None
) -> AsyncIterator[Client]:
    """Yield a connection with a persistent session; without identifier the session is temporary.

    Raises:
        UnavailableError: the broker is not reachable, refuses the connection, or closes it. Errors
            of task groups inside are raised as one such error.
    """
    properties = _properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = _SESSION_S if identifier else 0
    reason: str | None = None
    try:
        client = Client(
            config.host,
            config.port,
            username=config.user,
            password=config.password,
            identifier=identifier or None,
            protocol=ProtocolVersion.V5,
            will=None if will is None else _will(will),
            clean_start=not identifier,
            properties=properties,
            keepalive=_KEEPALIVE_S,
            timeout=math.inf,
            tls_context=config.tls,
            max_queued_incoming_messages=_MOST_WAITING,
            logger=_LOGGER,
        )
        try:
            async with asyncio.timeout(_CONNECT_WITHIN_S):
                await client.__aenter__()
            yield client
        finally:
            await _leave(client)
    except* (MqttError, OutputError, TimeoutError) as group:
        reason = _words(group)
    if reason is not None:
        raise UnavailableError(f"{config.place}: {reason}")


async def _leave(client: Client) -> None:
    """Disconnect, if the broker answers.

    A failure here must not replace what ended the connection: a cancellation would be lost, and the
    process would not stop.
    """
    if client._connected.cancelled():  # noqa: SLF001 - a callback of aiomqtt would raise that again
        client._connected = asyncio.get_running_loop().create_future()  # noqa: SLF001
    with suppress(MqttError, TimeoutError):
        async with asyncio.timeout(_LEAVE_WITHIN_S):
            await client.__aexit__(None, None, None)
            return
    # aiomqtt closes nothing before the broker has answered: each attempt would leave a socket.
    connection = client._client.socket()  # noqa: SLF001
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        await asyncio.sleep(0)  # the loop finds that it is closed


async def publish(client: Client, what: Publication) -> None:
    """Publish a message; when this returns, the broker has it (QoS 1).

    Raises:
        UnavailableError: the broker did not answer in time, or closed the connection.
    """
    properties = _properties(PacketTypes.PUBLISH)
    if what.payload:
        properties.ContentType = "application/json"
    if what.expires_s is not None:
        properties.MessageExpiryInterval = what.expires_s
    if what.correlation is not None:
        properties.CorrelationData = what.correlation
    try:
        async with asyncio.timeout(_CONFIRM_WITHIN_S):
            await client.publish(
                what.topic,
                what.payload,
                qos=what.qos,
                retain=what.retain,
                properties=properties,
            )
    except MqttError as error:
        raise UnavailableError(f"cannot publish ({error})") from None
    except TimeoutError:
        raise UnavailableError("it does not confirm a publication") from None


async def publish_all(client: Client, publications: Iterable[Publication]) -> None:
    """Publish messages in order, several of them at a time: a distant broker takes long for each.

    Args:
        client: connected.
        publications: each is taken when it can be sent.

    Raises:
        UnavailableError: as by `publish`; some of the messages may have been published.
    """
    waiting, free = iter(publications), asyncio.Semaphore(_AT_ONCE)

    async def one(what: Publication) -> None:
        try:
            await publish(client, what)
        finally:
            free.release()

    try:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await free.acquire()
                if (what := next(waiting, None)) is None:
                    break
                tasks.create_task(one(what), name="mqtt/publish")
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # they fail together


async def subscribe(client: Client, *topics: str) -> None:
    """Subscribe with QoS 1.

    Raises:
        UnavailableError: the broker did not answer in time, or closed the connection.
    """
    try:
        for topic in topics:
            async with asyncio.timeout(_CONFIRM_WITHIN_S):
                await client.subscribe(topic, qos=1)
    except MqttError as error:
        raise UnavailableError(f"cannot subscribe ({error})") from None
    except TimeoutError:
        raise UnavailableError("it does not confirm a subscription") from None


def properties_of(message: Any) -> Mapping[str, Any]:
    """Return the properties of a received message by their MQTT names."""
    found = getattr(message, "properties", None)
    return {} if found is None else vars(found)


async def reachable(config: MqttConfig) -> str:
    """Connect and disconnect; return a description of the broker.

    Raises:
        OutputError: no broker answers, or it refuses the connection.
    """
    async with connected(config, ""):
        return f"answers at {config.host}:{config.port}{'' if config.tls is None else ' (TLS)'}"


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]


def _will(what: Publication) -> Will:
    return Will(what.topic, what.payload, what.qos, what.retain)


def _words(group: BaseExceptionGroup[BaseException]) -> str:
    """Return a phrase for the first cause of an error group."""
    reason = next(filter(None, map(_reason, _leaves(group))), None)
    if reason is not None and reason.value == _SESSION_TAKEN_OVER:
        return f"another program connected with the same identifier: {_TWICE}"
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message}): check ca_file"
    text = str(error) or "no answer in time"
    if "135" in text or "134" in text or "Not authorized" in text:
        return "it refuses the user or password"
    if isinstance(error.__cause__, MqttCodeError):
        if reason is not None and reason.value > _UNSPECIFIED:
            return f"it closed the connection ({reason.getName().lower()})"
        # Mosquitto before 2.1 gives no reason: it may be a restart, or another client's connect.
        return f"it closed the connection; if this happens repeatedly, {_TWICE}"
    return " ".join(text.split())


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors of nested groups."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def _reason(error: BaseException) -> ReasonCode | None:
    """Return the reason that the broker gave for an error, or None."""
    cause: BaseException | None = error
    while cause is not None:
        reason = getattr(cause, "rc", None)
        if isinstance(reason, ReasonCode):
            return reason
        cause = cause.__cause__
    return None
