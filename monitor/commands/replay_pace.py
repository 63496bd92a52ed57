"""Pace of a replay that is sent elsewhere: each piece at its time, or all of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from monitor.core.engine import Engine
from monitor.delivery.batch_reader import BATCH
from monitor.facts import Fact
from monitor.sessions.recording import Recording

_TICK_NS = 500_000_000  # one piece per half second

Item = TypeVar("Item")
Encode = Callable[[Sequence[tuple[int, Fact]]], Iterable[Item]]


async def play(
    session: Recording,
    plays_ns: Callable[[int], int],
    encode: Encode[Item],
    send: Callable[[list[Item]], Awaitable[None]],
    *,
    paced: bool,
) -> int:
    """Send all pieces of a recording, each at its time if paced; return the number of items.

    Args:
        session: recording to replay through the engine.
        plays_ns: returns the replay time of a time of the recording.
        encode: returns the items of facts.
        send: sends a piece.
        paced: wait until the time of each piece.
    """
    sent = 0
    loop = asyncio.get_running_loop()
    began_s, first_ns = loop.time(), plays_ns(session.began_ns)
    for due_ns, items in _pieces(session, plays_ns, encode, paced=paced):
        if paced:
            due_s = began_s + (due_ns - first_ns) / 1e9
            await asyncio.sleep(max(0.0, due_s - loop.time()))
        await send(items)
        sent += len(items)
    return sent


def _pieces(
    session: Recording, plays_ns: Callable[[int], int], encode: Encode[Item], *, paced: bool
) -> Iterator[tuple[int, list[Item]]]:
    """Yield items with the time in ns at which the last of them is due."""
    engine = Engine()
    items: list[Item] = []
    sent_ns = at_ns = plays_ns(session.began_ns)
    for entry in session.journal.entries():
        items += encode(engine.apply(entry))
        at_ns = plays_ns(entry.received_ns)
        if len(items) >= BATCH or (paced and at_ns - sent_ns >= _TICK_NS):
            yield at_ns, items
            items, sent_ns = [], at_ns
    items += encode([(engine.seq, fact) for fact in engine.advance(session.ended_ns)])
    yield at_ns, items
