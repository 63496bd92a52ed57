"""A gateway's spool: a journal of its own, and a cursor behind what the centre has.

Each run of the gateway is an epoch with a name of its own, as the clock of one run may differ from
that of the run before, and as a power cut may take the last second of a run with it.
"""

import asyncio
from bisect import bisect_right
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from devices.radio import LinkState
from monitor.clock import SessionClock
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.errors import ConfigError
from monitor.mqtt.messages import PacketsMessage, RelayedEntry
from monitor.standstill import StandstillDetector
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder
from monitor.version import VERSION

MOST = 100  # entries in a message: about 10 kB
_BEFORE = 8  # runs
_CENTRE = "centre"
_WRITE_EVERY_S = 0.25
_SYNC_EVERY_S = 1.0
_BEAT_S = 1.0
_STANDSTILL_NS = 5 * 10**9  # without a sign of life for longer it stood still
_SENT = frozenset({EntryKind.PACKET, EntryKind.LINK})
# System ID holds the device's address, and a serial number is one device's too.
_KEPT = ("/2A23", "/2A25")

log = structlog.get_logger()


class Spool:
    """Takes what the links of a gateway receive; gives it out in order.

    It is the `devices.radio.Sink` of its links.

    Attributes:
        epoch: of this run.
        failure: why nothing can be recorded, or None.
    """

    def __init__(self, journal: Journal, clock: SessionClock, epoch: str, about: str) -> None:
        self.epoch = epoch
        self._journal = journal
        self._clock = clock
        self.arrived = asyncio.Event()
        self._standstill = StandstillDetector()
        self._recorder = Recorder(journal, clock, self._wake, standstill=self._standstill)
        self._stood = Stood()
        self._runs: list[tuple[int, str]] = []  # seq of each RUN entry, and its epoch
        self._cursor = journal.cursor(_CENTRE)
        for entry in journal.entries():
            self._stood.take(entry)
            if entry.kind == EntryKind.RUN:
                if entry.source != about:
                    journal.close()
                    raise ConfigError(
                        f"{journal.path} is the spool of {entry.source}, not of {about}; give the "
                        "gateway another folder"
                    )
                self._runs.append((entry.seq, entry.body()["epoch"]))
        self._record(EntryKind.RUN, about, {"version": VERSION, "epoch": epoch})
        self._runs.append((journal.last_seq, epoch))

    @classmethod
    def open(cls, path: Path, clock: SessionClock, epoch: str, about: str) -> "Spool":
        """Open the spool in a file, or make one.

        Args:
            path: of the file.
            clock: of this run.
            epoch: a name that no run before had, 16 hex digits.
            about: gateway and session.

        Raises:
            JournalError: the file cannot be used.
            ConfigError: it is of another gateway or session.
        """
        journal = Journal.write(path)
        return cls(journal, clock.not_before(journal.end_ns + 1), epoch, about)

    @property
    def failure(self) -> str | None:
        """Return why nothing can be recorded, or None."""
        return self._recorder.failure

    @property
    def waiting(self) -> int:
        """Return how many entries wait, about."""
        return self._journal.last_seq - self._cursor

    def now_ns(self) -> int:
        """Return the time by the clock of this run."""
        return self._clock.now_ns()

    # Sink of the links

    def packet(self, sensor: str, characteristic: str, payload: bytes) -> None:
        """Take a packet; when this returns, it is in the spool."""
        self._recorder.record(EntryKind.PACKET, f"{sensor}/{characteristic}", payload)

    def link(self, sensor: str, state: LinkState, reason: str, rssi: int | None) -> None:
        """Take a change of a link's state."""
        log.info("link", sensor=sensor, state=state.value, reason=reason)
        self._record(EntryKind.LINK, sensor, {"state": state.value, "reason": reason, "rssi": rssi})

    # What goes out

    def message(self, offset: tuple[int, int] | None) -> PacketsMessage:
        """Return what is next, at most `MOST` entries of one epoch; it may be nothing.

        Args:
            offset: the clock's offset and its delay, if known; of this run only.
        """
        found: list[Entry] = []
        after_ns, epoch = 0, self._epoch_of(self._cursor)
        for entry in self._journal.entries(max(0, self._cursor - 1)):
            if entry.kind == EntryKind.RUN:
                if found:
                    break
                after_ns, epoch = 0, entry.body()["epoch"]
            elif entry.seq <= self._cursor:
                after_ns = entry.received_ns  # the one that the centre had last
            elif entry.kind in _SENT and not entry.source.endswith(_KEPT):
                found.append(entry)
                if len(found) == MOST:
                    break
        known = offset if epoch == self.epoch else None
        last = found[-1].seq if found else self._journal.last_seq
        return PacketsMessage(
            epoch=epoch,
            before=self._before(epoch),
            after_ns=after_ns,
            entries=[_relayed(entry, self._stood.since_ns(entry.seq)) for entry in found],
            left=self._journal.last_seq - last,
            sent_ns=self.now_ns(),
            offset_ns=None if known is None else known[0],
            delay_ns=None if known is None else known[1],
        )

    def taken(self, epoch: str, through_ns: int) -> None:
        """Go on behind what the centre has; go back where it has less than we thought."""
        begin = next((seq for seq, name in self._runs if name == epoch), None)
        if begin is None:
            return
        cursor = begin
        if through_ns:
            near = self._cursor if self._time(self._cursor) <= through_ns else begin
            for entry in self._journal.entries(max(near, begin) - 1):
                if entry.received_ns > through_ns:
                    break
                cursor = entry.seq
        if cursor != self._cursor:
            self._journal.advance(_CENTRE, cursor)
            self._cursor = cursor

    # How it runs

    async def run(self) -> None:
        """Keep the spool on the disk until cancelled."""
        self._standstill.watch(self.now_ns(), _STANDSTILL_NS)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._show_life(), name="spool/life")
            tasks.create_task(self._write(), name="spool/write")
            tasks.create_task(self._sync(), name="spool/sync")

    def close(self) -> None:
        """Close the file."""
        self._record(EntryKind.END, "physiomon", {"reason": "stopped"})
        self._recorder.write()
        self._journal.close()

    async def _show_life(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            if self._standstill.beat(self._recorder.notice_standstill()):
                self._record(EntryKind.STANDSTILL, "physiomon", {"over": True})

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(_WRITE_EVERY_S)
            self._recorder.write()

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(_SYNC_EVERY_S)
            await asyncio.to_thread(self._journal.sync)

    def _wake(self) -> None:
        for entry in self._recorder.inbox:
            self._stood.take(entry)
        self._recorder.inbox.clear()  # no engine runs here
        self.arrived.set()

    def _record(self, kind: EntryKind, source: str, body: dict[str, Any]) -> None:
        self._recorder.record(kind, source, body_bytes(body))

    def _epoch_of(self, seq: int) -> str:
        return next((name for begin, name in reversed(self._runs) if begin <= seq), self.epoch)

    def _before(self, epoch: str) -> list[str]:
        """Return the latest runs before one: by them it is known as the same gateway."""
        names = [name for _, name in self._runs]
        return names[: names.index(epoch)][: -_BEFORE - 1 : -1]

    def _time(self, seq: int) -> int:
        entry = next(islice(self._journal.entries(seq - 1), 1), None) if seq else None
        return 0 if entry is None else entry.received_ns


class Stood:
    """When a gateway stood still, by the numbers of its spool's entries."""

    def __init__(self) -> None:
        self._begins: list[int] = []  # seq from which something else holds
        self._since_ns: list[int | None] = []

    def take(self, entry: Entry) -> None:
        """Take the next entry."""
        if entry.kind == EntryKind.STANDSTILL:
            self._since_ns.append(entry.body().get("since_ns"))
        elif entry.kind == EntryKind.RUN and self._since_ns:
            self._since_ns.append(None)
        else:
            return
        self._begins.append(entry.seq)

    def since_ns(self, seq: int) -> int | None:
        """Return since when it had stood still when it took an entry; None: it ran normally."""
        number = bisect_right(self._begins, seq)
        return self._since_ns[number - 1] if number else None


def _relayed(entry: Entry, stood_since_ns: int | None) -> RelayedEntry:
    sensor, _, characteristic = entry.source.partition("/")
    if entry.kind == EntryKind.PACKET:
        return RelayedEntry(
            at_ns=entry.received_ns,
            sensor=sensor,
            characteristic=characteristic,
            payload=entry.payload.hex(),
            stood_since_ns=stood_since_ns,
        )
    body = entry.body()
    return RelayedEntry(
        at_ns=entry.received_ns,
        sensor=sensor,
        state=body["state"],
        rssi=body["rssi"],
        stood_since_ns=stood_since_ns,
    )
