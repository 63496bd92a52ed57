"""Delivery of a session's alarms, markers and adverse events from its journal to the broker."""

import asyncio
import random
from collections.abc import Callable

from aiomqtt import Client

from monitor.delivery.batch_reader import BatchReader
from monitor.delivery.errors import UnavailableError
from monitor.delivery.outbox import Outbox, cursor_name
from monitor.mqtt.broker import publish_all
from monitor.mqtt.publication_queue import PublicationQueue, decode, encode
from monitor.mqtt.topics import Topics
from monitor.sessions.session import Session
from monitor.storage.fact_rows import FactRow, Lane

DESTINATION = "mqtt"
_LANE = Lane.URGENT  # alarms and markers; a reading is sent while it is new, or never
_CURSOR = cursor_name(DESTINATION, _LANE)
_EVERY_S = 0.25


class FactDelivery:
    """An outbox whose batch is overtaken by alarms of the present.

    Args:
        session: to publish.
        topics: of the session.
        report: as for `Outbox`.
        rng: likewise.
    """

    def __init__(
        self,
        session: Session,
        topics: Topics,
        report: Callable[[str | None], None],
        rng: random.Random,
    ) -> None:
        self._journal = session.journal
        self._topics = topics
        self._client: Client | None = None
        self._queue = PublicationQueue()
        self._outbox = Outbox(
            DESTINATION,
            session.journal.path,
            session.journal,
            self._encode,
            self._deliver,
            report,
            rng,
            lane=_LANE,
            every_s=_EVERY_S,
        )
        self.backlog = self._outbox.backlog

    async def run(self, client: Client) -> None:
        """Deliver over a new connection until cancelled."""
        self._client, self._queue = client, PublicationQueue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._advance_alarms(), name="mqtt/alarms")
            tasks.create_task(self._outbox.run(), name="mqtt/outbox")

    async def drain(self, client: Client) -> None:
        """Deliver over a new connection until nothing is left."""
        self._client, self._queue = client, PublicationQueue()
        await self._outbox.drain()

    async def _deliver(self, lines: bytes) -> None:
        if self._client is None:
            raise UnavailableError("not connected")
        queue = self._queue
        queue.add(decode(lines))
        try:
            await publish_all(self._client, queue)
        except UnavailableError:
            self._queue = PublicationQueue()  # what was taken may not have arrived
            raise

    async def _advance_alarms(self) -> None:
        """Let facts that are new since the connection was made overtake the batch being sent."""
        reader = BatchReader(self._journal.path, _LANE, self._encode)
        queue, connected_at = self._queue, self._journal.newest(_LANE)
        through = connected_at
        try:
            while True:
                await asyncio.sleep(_EVERY_S)
                if queue is not self._queue:
                    queue, through = self._queue, connected_at
                if queue.waiting and self._journal.newest(_LANE) > through:
                    batch = await reader.read(max(through, self._journal.cursor(_CURSOR)))
                    through = batch.through
                    queue.add_present(decode(b"\n".join(line for _, line in batch.encoded.lines)))
        finally:
            await reader.close()

    def _encode(self, row: FactRow) -> bytes | None:
        return encode(row.id, self._topics.publication(row))
