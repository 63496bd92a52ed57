"""A process that records under load until it is killed.

Arguments: journal, and a file that gets the number of each packet whose callback has returned; to
kill itself, also a `Moment`: its name, and at which of them.
"""

import asyncio
import os
import signal
import sqlite3
import sys
from functools import partial
from pathlib import Path
from typing import Any

import monitor.storage.journal
from monitor.clock import SessionClock
from monitor.entries import EntryKind
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec

BATCH = 5
PAUSE_S = 0.005  # a thousand packets a second: forty straps would send forty


class Moment:
    """Kills this process at the n-th of the moments that have a name.

    The names are "return", which is after a packet is recorded and before its callback returns; an
    SQL statement that is about to be executed, without its values; and COMMIT and BEGIN with the
    table that was written last.
    """

    def __init__(self, name: str = "", number: str = "1") -> None:
        self._name = name
        self._left = int(number)
        self._table = ""

    def is_now(self, name: str) -> None:
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def executes(self, sql: str) -> None:
        name = sql.partition(" VALUES")[0]
        if name.startswith("INSERT INTO "):
            self._table = name.removeprefix("INSERT INTO ")
        self.is_now(f"{name} {self._table}" if name.startswith(("BEGIN", "COMMIT")) else name)

    def watch(self, journal: Journal) -> None:
        """Record writes, and checkpoints, which use separate connections."""
        journal._db.set_trace_callback(self.executes)
        if self._name.startswith("PRAGMA"):
            executes = self.executes

            class Watched(sqlite3.Connection):
                def __init__(self, *args: Any, **how: Any) -> None:
                    super().__init__(*args, **how)
                    self.set_trace_callback(executes)

            sqlite3.connect = partial(sqlite3.connect, factory=Watched)  # type: ignore[assignment]
            monitor.storage.journal._CHECKPOINT_BYTES = 0


async def main(journal: Path, returned: Path, moment: Moment) -> None:
    session = Session.open(spec(), journal, SessionClock.of_machine())
    log = os.open(returned, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    number = numbers_in(journal)
    moment.watch(session.journal)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session.run())
        while True:
            for _ in range(BATCH):
                number += 1
                # 0x2A37 with energy and an RR interval, whose four bytes carry the number.
                head = bytes([0x1E, 120 + number % 5])
                session.packet("strap", "2A37", head + number.to_bytes(4, "little"))
                moment.is_now("return")
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
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), Moment(*sys.argv[3:])))
