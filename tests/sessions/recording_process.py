"""A process that records under load until it is killed.

Arguments: journal, and a file that gets the number of each packet whose callback has returned.
"""

import asyncio
import os
import sys
from pathlib import Path

from monitor.clock import SessionClock
from monitor.entries import EntryKind
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec

BATCH = 5
PAUSE_S = 0.005  # a thousand packets a second: forty straps would send forty


async def main(journal: Path, returned: Path) -> None:
    session = Session.open(spec(), journal, SessionClock.of_machine())
    log = os.open(returned, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    number = numbers_in(journal)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session.run())
        while True:
            for _ in range(BATCH):
                number += 1
                # 0x2A37 with energy and an RR interval, whose four bytes carry the number.
                head = bytes([0x1E, 120 + number % 5])
                session.packet("strap", "2A37", head + number.to_bytes(4, "little"))
                os.write(log, f"{number}\n".encode())
            await asyncio.sleep(PAUSE_S)


def numbers_in(journal: Path) -> int:
    """Return how many numbered packets the journal holds."""
    with Journal.read(journal) as recorded:
        return sum(
            entry.kind == EntryKind.PACKET and len(entry.payload) == 6
            for entry in recorded.entries()
        )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
