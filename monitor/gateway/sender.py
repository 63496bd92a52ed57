"""Sender of a gateway: delivers the spool, and continues after the last acknowledged entry.

Only one message is in flight. The next one follows the receipt, which takes milliseconds on a
working network; without a receipt the message is sent again.
"""

import asyncio
import contextlib
from urllib.parse import quote

import structlog
from aiomqtt import Client
from pydantic import ValidationError

from monitor.delivery.errors import UnavailableError
from monitor.gateway.clock_offset import ClockOffset
from monitor.gateway.spool import Spool
from monitor.mqtt.broker import MqttConfig, Publication, connected, publish, subscribe
from monitor.mqtt.messages import PacketsMessage, ReceiptMessage, StatusMessage
from monitor.mqtt.topics import base_of
from monitor.version import VERSION

_EVERY_S = 5.0  # longest interval; empty messages show presence and clock
_RECEIPT_WITHIN_S = 5.0
_LONGEST_WAIT_S = 30.0
_EXPIRES_S = 60  # of a message that waits at the broker; it is sent again anyway

log = structlog.get_logger()


class GatewaySender:
    """Sender of one spool to one session.

    Args:
        spool: to send.
        config: of the broker.
        site, session, gateway: parts of the topics.
    """

    def __init__(
        self, spool: Spool, config: MqttConfig, site: str, session: str, gateway: str
    ) -> None:
        self.clock = ClockOffset()
        self._spool = spool
        self._config = config
        self._topic = f"{base_of(site, session)}/gateway/{gateway}"
        self._identifier = f"physiomon-gateway-{quote(site, safe='')}-{session}-{gateway}"
        self._asked_ns = 0
        self._receipt = asyncio.Event()
        self._answered: bool | None = None
        self._duplicate: str | None = None

    async def run(self) -> None:
        """Send until cancelled.

        Raises:
            UnavailableError: the broker is not reachable, refuses the connection, or closes it.
        """
        will = self._status("offline")
        async with connected(self._config, self._identifier, will) as client:
            await subscribe(client, f"{self._topic}/receipt")
            await publish(client, self._status("online"))
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._receive(client), name="gateway/receipts")
                    await self._send(client)
            except asyncio.CancelledError:
                await publish(client, self._status("ended"))
                raise
            except Exception:
                # A connection that is closed in good order has no last will.
                with contextlib.suppress(UnavailableError):
                    await publish(client, will)
                raise

    async def _send(self, client: Client) -> None:
        wait_s = _RECEIPT_WITHIN_S
        while True:
            self._spool.arrived.clear()
            message = self._next()
            self._receipt.clear()
            self._asked_ns = message.sent_ns
            await publish(
                client,
                Publication(
                    topic=f"{self._topic}/packets",
                    payload=message.model_dump_json(exclude_defaults=True).encode(),
                    expires_s=_EXPIRES_S,
                ),
            )
            if not await _within(self._receipt, wait_s):
                self._report(answered=False)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                continue
            self._report(answered=True)
            wait_s = _RECEIPT_WITHIN_S
            if not message.entries and not message.left:
                await _within(self._spool.arrived, _EVERY_S)

    def _next(self) -> PacketsMessage:
        best = self.clock.best
        message = self._spool.message(None if best is None else (best.offset_ns, best.delay_ns))
        if best is None:
            # Determine the offset first: the session needs it to date earlier entries too.
            left = len(message.entries) + message.left
            return message.model_copy(update={"entries": [], "left": left})
        return message

    async def _receive(self, client: Client) -> None:
        async for message in client.messages:
            back_ns = self._spool.now_ns()
            payload = message.payload if isinstance(message.payload, bytes) else b""
            try:
                receipt = ReceiptMessage.model_validate_json(payload)
            except ValidationError as error:
                log.warning("receipt.unreadable", why=error.errors()[0]["type"])
                continue
            if receipt.sent_ns != self._asked_ns or message.retain:
                continue  # of a message that was repeated since
            self._report_duplicate(receipt.duplicate)
            if receipt.duplicate == "refused":
                continue
            self.clock.add(
                sent_ns=receipt.sent_ns,
                received_ns=receipt.received_ns,
                answered_ns=receipt.answered_ns,
                back_ns=back_ns,
            )
            self._spool.acknowledge(receipt.epoch, receipt.through_ns)
            self._receipt.set()

    def _status(self, state: str) -> Publication:
        message = StatusMessage.model_validate(
            {"state": state, "run": self._spool.epoch, "version": VERSION}
        )
        payload = message.model_dump_json().encode()
        return Publication(topic=f"{self._topic}/status", payload=payload, retain=True)

    def _report_duplicate(self, duplicate: str | None) -> None:
        if duplicate == self._duplicate:
            return
        self._duplicate = duplicate
        if duplicate is None:
            log.info("gateway.alone")
            return
        refused = duplicate == "refused"
        which = "this one, whose data remains in its spool" if refused else "the other one"
        log.error(
            "gateway.duplicate",
            reason=f"another gateway sends with this id, and the session refuses {which}: give "
            "each gateway a different id",
        )

    def _report(self, *, answered: bool) -> None:
        if answered is self._answered:
            return
        self._answered = answered
        if answered:
            log.info("session.answers")
        else:
            log.warning(
                "session.silent",
                reason="the session does not answer: check that it is running, that this gateway "
                "is one of its [[gateway]], that no other gateway has its id, and that the "
                "broker's ACL file lets both publish",
                waiting=self._spool.waiting,
            )


async def _within(event: asyncio.Event, wait_s: float) -> bool:
    try:
        async with asyncio.timeout(wait_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
