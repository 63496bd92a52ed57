"""Spool of a gateway: a local journal with a cursor after the last acknowledged entry.

Each run of the gateway is an epoch with a unique name: its clock may differ from that of the
previous run, and a power cut may lose the last second of a run.
"""

import asyncio
import re
from bisect import bisect_right
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from devices.radio import LinkState
from monitor.clock import SessionClock
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.errors import ConfigError
from monitor.mqtt.message_types import LONGEST_PAYLOAD
from monitor.mqtt.messages import PacketsMessage, RelayedEntry
from monitor.standstill_detector import StandstillDetector
from monitor.storage.journal import Journal
from monitor.storage.recorder import Recorder
from monitor.version import VERSION

MOST = 100  # entries in a message: about 10 kB
_BEFORE = 8  # previous runs that a message names
_CURSOR = "centre"  # name of the stored cursor
_WRITE_EVERY_S = 0.25
_SYNC_EVERY_S = 1.0
_BEAT_S = 1.0
_STANDSTILL_NS = 5 * 10**9  # longest time without a sign of life that is not a standstill
_SENT = frozenset({EntryKind.PACKET, EntryKind.LINK})
# System ID contains the device's address, and a serial number identifies a device.
_NEVER_SENT = ("/2A23", "/2A25")
_RADIO_TEXT = re.compile(r"failed \(.*\)", re.DOTALL)  # greedy, as it may contain parentheses
_LONGEST_MISSING = 1000

log = structlog.get_logger()


class Spool:
    """Store of the packets and link states of a gateway, in order.

    A spool is the `devices.radio.Sink` of its links.

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
        self._standstills = Standstills()
        self._runs: list[tuple[int, str]] = []  # seq of each RUN entry, and its epoch
        self._cursor = journal.cursor(_CURSOR)
        for entry in journal.entries():
            self._standstills.add(entry)
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
        """Open a spool, or create it.

        Args:
            path: of the file.
            clock: of this run.
            epoch: unique name of this run, 16 hex digits.
            about: gateway and session.

        Raises:
            JournalError: the file cannot be used.
            ConfigError: it belongs to another gateway or session.
        """
        journal = Journal.write(path)
        return cls(journal, clock.not_before(journal.end_ns + 1), epoch, about)

    @property
    def failure(self) -> str | None:
        """Return why nothing can be recorded, or None."""
        return self._recorder.failure

    @property
    def waiting(self) -> int:
        """Return the approximate number of pending entries."""
        return self._journal.last_seq - self._cursor

    def now_ns(self) -> int:
        """Return the time by the clock of this run."""
        return self._clock.now_ns()

    # Sink of the links

    def packet(self, sensor: str, characteristic: str, payload: bytes) -> None:
        """Record a packet; when this returns, it is in the spool."""
        self._recorder.record(EntryKind.PACKET, f"{sensor}/{characteristic}", payload)

    def link(self, sensor: str, state: LinkState, reason: str, rssi: int | None) -> None:
        """Record a change of a link's state."""
        log.info("link", sensor=sensor, state=state.value, reason=reason)
        self._record(EntryKind.LINK, sensor, {"state": state.value, "reason": reason, "rssi": rssi})

    # Sending

    def message(self, offset: tuple[int, int] | None) -> PacketsMessage:
        """Return the next message, with up to `MOST` entries of one epoch, or none.

        Args:
            offset: offset and delay of this run's clock, if known.
        """
        found: list[Entry] = []
        after_ns, epoch = 0, self._epoch_of(self._cursor)
        for entry in self._journal.entries(max(0, self._cursor - 1)):
            if entry.kind == EntryKind.RUN:
                if found:
                    break
                after_ns, epoch = 0, entry.body()["epoch"]
            elif entry.seq <= self._cursor:
                after_ns = entry.received_ns  # the last acknowledged one
            elif _sent(entry):
                found.append(entry)
                if len(found) == MOST:
                    break
        known = offset if epoch == self.epoch else None
        last = found[-1].seq if found else self._journal.last_seq
        return PacketsMessage(
            epoch=epoch,
            before=self._before(epoch),
            after_ns=after_ns,
            entries=[_relayed(entry, self._standstills.since_ns(entry.seq)) for entry in found],
            left=self._journal.last_seq - last,
            sent_ns=self.now_ns(),
            offset_ns=None if known is None else known[0],
            delay_ns=None if known is None else known[1],
        )

    def acknowledge(self, epoch: str, through_ns: int) -> None:
        """Move the cursor after the last entry that the session has, forward or back."""
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
            self._journal.advance(_CURSOR, cursor)
            self._cursor = cursor

    # Operation

    async def run(self) -> None:
        """Write and sync the spool until cancelled."""
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
            self._standstills.add(entry)
        self._recorder.inbox.clear()  # a gateway has no engine
        self.arrived.set()

    def _record(self, kind: EntryKind, source: str, body: dict[str, Any]) -> None:
        self._recorder.record(kind, source, body_bytes(body))

    def _epoch_of(self, seq: int) -> str:
        return next((name for begin, name in reversed(self._runs) if begin <= seq), self.epoch)

    def _before(self, epoch: str) -> list[str]:
        """Return the latest runs before an epoch, which identify the gateway."""
        names = [name for _, name in self._runs]
        return names[: names.index(epoch)][: -_BEFORE - 1 : -1]

    def _time(self, seq: int) -> int:
        entry = next(islice(self._journal.entries(seq - 1), 1), None) if seq else None
        return 0 if entry is None else entry.received_ns


class Standstills:
    """Standstills of a gateway, by the numbers of its spool's entries."""

    def __init__(self) -> None:
        self._begins: list[int] = []  # seq of each change
        self._since_ns: list[int | None] = []

    def add(self, entry: Entry) -> None:
        """Add the next entry."""
        if entry.kind == EntryKind.STANDSTILL:
            self._since_ns.append(entry.body().get("since_ns"))
        elif entry.kind == EntryKind.RUN and self._since_ns:
            self._since_ns.append(None)
        else:
            return
        self._begins.append(entry.seq)

    def since_ns(self, seq: int) -> int | None:
        """Return the start of the standstill at an entry, or None if it ran normally."""
        number = bisect_right(self._begins, seq)
        return self._since_ns[number - 1] if number else None


def _sent(entry: Entry) -> bool:
    return (
        entry.kind in _SENT
        and not entry.source.endswith(_NEVER_SENT)
        and len(entry.payload) <= LONGEST_PAYLOAD
    )


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
        missing=_missing(body["reason"]) if body["state"] == LinkState.CONNECTED.value else "",
        stood_since_ns=stood_since_ns,
    )


def _missing(reason: str) -> str:
    """Return what a sensor lacks, without texts of the radio, which may name people or devices.

    Such a text is in parentheses after "failed"; everything else is worded by `devices`.

    >>> _missing("Strap 's' is connected: no ECG: start failed (Ann's AA:BB); no serial number: x.")
    'no ECG: start failed; no serial number: x'
    """
    if not reason:
        return ""
    missing = _RADIO_TEXT.sub("failed", reason.partition(" is connected: ")[2])
    return missing.rstrip(".")[:_LONGEST_MISSING] or "it does not provide everything"
