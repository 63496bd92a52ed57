"""MQTT service of a session: one connection for outgoing and incoming messages.

Outgoing: alarms and markers, from a cursor on the journal as for InfluxDB; readings while they are
new; judgements of channels on each change. Incoming: commands, and packets of gateways.
"""

import asyncio
import contextlib
import random
import secrets
from collections import deque
from collections.abc import Callable, Sequence

from aiomqtt import Client, Message

from alerts.policy.rules import Policy
from monitor.config.mqtt import MqttUser
from monitor.delivery.errors import MisconfiguredError, UnavailableError
from monitor.errors import ActError, ConfigError
from monitor.facts import Fact, HeadFact, ReadingFact
from monitor.mqtt.broker import (
    MqttConfig,
    Publication,
    connected,
    properties_of,
    publish,
    subscribe,
)
from monitor.mqtt.commands import CommandHandler
from monitor.mqtt.fact_delivery import DESTINATION, FactDelivery
from monitor.mqtt.gateway_receiver import GatewayReceiver
from monitor.mqtt.home_assistant import discovery
from monitor.mqtt.judged_channels import JudgedChannels
from monitor.mqtt.topics import Topics, unencodable
from monitor.sessions.session import Session

_MOST_READINGS = 256
_FRESH_NS = 10 * 10**9  # older readings are not sent
_READ_BACK_WITHIN_S = 5.0
_ANSWER_EXPIRES_S = 60
_LOOK_EVERY_S = 1.0


class MqttService:
    """MQTT messages of one session.

    Args:
        session: to publish.
        config: returns the connection settings; raises ConfigError while a secret cannot be read,
            which is reported like a broker that is not reachable.
        users: who may send commands.
        gateways: ids of the gateways of this session.
        home_assistant: announce values and alarms to Home Assistant.
        rng: randomizes waits.
    """

    def __init__(
        self,
        session: Session,
        config: Callable[[], MqttConfig],
        users: Sequence[MqttUser],
        gateways: Sequence[str],
        rng: random.Random,
        *,
        home_assistant: bool = False,
    ) -> None:
        self._session = session
        self._config = config
        self._topics = Topics(session.spec)
        self._judged = JudgedChannels(session, self._topics)
        self._commands = CommandHandler(session, users)
        self._gateways = GatewayReceiver(session, gateways)
        self._home_assistant = home_assistant
        self._identifier = self._topics.base.replace("/", "-")
        self._run = ""
        self._read_back = asyncio.Event()
        self._failed: bool | None = None  # None: a previous run may have reported a fault
        self._readings: deque[ReadingFact] = deque(maxlen=_MOST_READINGS)
        self._head: HeadFact | None = None  # the newest one, until it is published
        self._arrived = asyncio.Event()
        self._facts = FactDelivery(session, self._topics, self._report, rng)
        session.backlogs[DESTINATION] = self._facts.backlog
        session.listeners.append(self._hear)

    async def run(self) -> None:
        """Send and receive until cancelled.

        Raises:
            ConfigError: a secret cannot be read.
            UnavailableError: the broker is not reachable, refuses the connection, or closes it.
        """
        self._run = secrets.token_hex(8)
        will = self._topics.status("offline", self._run)
        try:
            config = self._config()
            async with connected(config, self._identifier, will) as client:
                try:
                    await self._exchange(client, config.user)
                except Exception:
                    # A connection that is closed in good order has no last will.
                    with contextlib.suppress(UnavailableError):
                        await publish(client, will)
                    raise
        except (ConfigError, UnavailableError) as error:
            if self._failed is not True:
                self._report(f"{error}; alarms and markers are delivered later, nothing is lost")
            raise

    async def drain(self) -> None:
        """Deliver pending messages of an ended session, and publish its end."""
        async with connected(self._config(), self._identifier) as client:
            await self._facts.drain(client)
            await self._send_head(client)
            await publish(client, self._topics.status("ended", self._run))
            for what in self._judged.over():
                await publish(client, what)
            for what in self._discovery():
                # Delete the entities of an ended session; its open alarms remain.
                await publish(client, Publication(topic=what.topic, payload=b"", retain=True))

    async def _exchange(self, client: Client, user: str | None) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._receive(client), name="mqtt/receive")
            await self._start_up(client, user)
            if self._failed is not False:
                self._report(None)
            tasks.create_task(self._facts.run(client), name="mqtt/facts")
            tasks.create_task(self._send_live(client), name="mqtt/live")
            tasks.create_task(self._send_judged(client), name="mqtt/judged")

    async def _start_up(self, client: Client, user: str | None) -> None:
        """Subscribe, publish the online status, and wait until it is received back."""
        base = self._topics.base
        self._read_back.clear()
        await subscribe(client, f"{base}/status", f"{base}/command/+", f"{base}/gateway/+/packets")
        await publish(client, self._topics.status("online", self._run))
        try:
            async with asyncio.timeout(_READ_BACK_WITHIN_S):
                await self._read_back.wait()
        except TimeoutError:
            raise MisconfiguredError(
                f"it does not forward publications of user '{user or ''}' under "
                f"{base}: check its ACL file"
            ) from None
        for what in self._discovery():
            await publish(client, what)

    def _discovery(self) -> Sequence[Publication]:
        policy: Policy | None = self._session.engine.policy
        if not self._home_assistant or policy is None:
            return ()
        return tuple(discovery(self._session.spec, policy))

    # Outgoing

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, HeadFact):
            self._head = fact
        elif isinstance(fact, ReadingFact):
            self._readings.append(fact)
        else:
            return
        self._arrived.set()

    async def _send_head(self, client: Client) -> None:
        """Publish the newest signed head, unless it has been published."""
        if (fact := self._head) is not None:
            await publish(client, self._topics.head(fact))
            if self._head is fact:
                self._head = None

    async def _send_live(self, client: Client) -> None:
        while True:
            await self._send_head(client)
            while self._readings:
                fact = self._readings.popleft()
                if self._session.now_ns() - fact.at_ns > _FRESH_NS:
                    continue
                try:
                    message = self._topics.reading(fact)
                except (LookupError, ValueError) as error:
                    words = unencodable(fact.subject, error)
                    self._session.notice(f"mqtt {fact.subject}", words)
                    continue
                await publish(client, message)
            self._arrived.clear()
            await self._arrived.wait()

    async def _send_judged(self, client: Client) -> None:
        self._judged.forget()
        while True:
            for what in self._judged.changed():
                await publish(client, what)
            await asyncio.sleep(_LOOK_EVERY_S)

    def _report(self, reason: str | None) -> None:
        self._failed = reason is not None
        self._session.delivery_health.report(DESTINATION, reason)

    # Incoming

    async def _receive(self, client: Client) -> None:
        base = self._topics.base
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            match message.topic.value.removeprefix(f"{base}/").split("/"):
                case ["status"]:
                    if self._run.encode() in payload:
                        self._read_back.set()
                case ["command", user]:
                    await self._command(client, user, payload, message)
                case ["gateway", gateway, "packets"] if not message.retain:
                    await self._packets(client, gateway, payload)
                case _:
                    pass  # not subscribed to

    async def _command(self, client: Client, user: str, payload: bytes, message: Message) -> None:
        answer = self._commands.take(user, payload, retained=bool(message.retain))
        properties = properties_of(message)
        # Answers go only below the sender's topic: elsewhere the sender may have no rights.
        own = f"{self._topics.base}/answer/{user}"
        asked = str(properties.get("ResponseTopic", own))
        await publish(
            client,
            Publication(
                topic=asked if asked.startswith(f"{own}/") and not {*"+#"} & {*asked} else own,
                payload=answer.model_dump_json().encode(),
                expires_s=_ANSWER_EXPIRES_S,
                correlation=properties.get("CorrelationData"),
            ),
        )

    async def _packets(self, client: Client, gateway: str, payload: bytes) -> None:
        try:
            receipt = self._gateways.receive(gateway, payload)
        except ActError as error:
            self._session.notice(f"gateway {gateway}", str(error))
            return
        if receipt is not None:
            await publish(
                client,
                Publication(
                    topic=f"{self._topics.base}/gateway/{gateway}/receipt",
                    payload=receipt.model_dump_json(exclude_defaults=True).encode(),
                    expires_s=_ANSWER_EXPIRES_S,
                ),
            )

    async def watch_gateways(self) -> None:
        """Report silent gateways until cancelled, even without a broker."""
        while True:
            self._gateways.look()
            await asyncio.sleep(_LOOK_EVERY_S)
