"""Statistics of each sensor's link in a session, from its journal."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from devices.decoders import KINDS, Decoder
from devices.errors import DecodeError
from devices.sensor import SensorSpec
from monitor.entries import EntryKind
from monitor.facts import ClockFact, GapFact
from monitor.storage.journal import Journal

_BROKEN = frozenset({"silent", "lost"})
_PACKET = EntryKind.PACKET  # attributes of enumerations are slow before Python 3.12


@dataclass(slots=True)
class LinkFigures:
    """Statistics of one sensor's link.

    Attributes:
        connects: number of connections.
        failed: number of failed attempts to connect.
        packets: number received.
        faulty: how many of them could not be decoded or contradict themselves.
        gaps: how often it was lost or silent.
        rssi: dBm when it was last found, or None.
        missing_beats: approximate number of beats lost while it was connected.
        drift_ppm: gain of the session's clock over the sensor's, or None if unknown.
    """

    connects: int = 0
    failed: int = 0
    packets: int = 0
    faulty: int = 0
    gaps: int = 0
    rssi: int | None = None
    missing_beats: int = 0
    drift_ppm: float | None = None
    _connected_ns: int = 0
    _longest_gap_ns: int = 0
    _up_ns: int | None = None  # connected since, silent or not
    _down_ns: int | None = None  # a gap since
    _state: str = "searching"

    def change(self, now_ns: int, body: Mapping[str, Any]) -> None:
        """Apply a change of the link: {state, rssi}."""
        state = str(body["state"])
        if state == "failed":
            self.failed += 1
        if state in ("connected", "silent"):
            if self._up_ns is None:
                self._up_ns = now_ns
                self.connects += 1
        else:
            self.interrupt(now_ns)
        if state in _BROKEN and self._state == "connected":
            self.gaps += 1
            self._down_ns = now_ns
        if state == "connected":
            self._end_gap(now_ns)
        self._state = state
        if body.get("rssi") is not None:
            self.rssi = int(body["rssi"])

    def interrupt(self, now_ns: int) -> None:
        """Apply the end of a connection or of the recording."""
        if self._up_ns is not None:
            self._connected_ns += now_ns - self._up_ns
            self._up_ns = None

    def end(self, now_ns: int) -> None:
        """Apply the end of the recording."""
        self.interrupt(now_ns)
        self._end_gap(now_ns)
        self._state = "searching"

    def body(self) -> dict[str, object]:
        """Return the statistics by name, with times in seconds."""
        return {
            "connects": self.connects,
            "failed_connects": self.failed,
            "connected_s": round(self._connected_ns / 1e9, 1),
            "packets": self.packets,
            "faulty_packets": self.faulty,
            "gaps": self.gaps,
            "longest_gap_s": round(self._longest_gap_ns / 1e9, 1),
            "rssi": self.rssi,
            "missing_beats": self.missing_beats,
            **({} if self.drift_ppm is None else {"clock_drift_ppm": self.drift_ppm}),
        }

    def _end_gap(self, now_ns: int) -> None:
        if self._down_ns is not None:
            self._longest_gap_ns = max(self._longest_gap_ns, now_ns - self._down_ns)
            self._down_ns = None


class Packets(NamedTuple):
    """Packets of a sensor: received ones, and those of them that are faulty."""

    received: int
    faulty: int


def link_figures(
    journal: Journal, packets: Mapping[str, Packets] | None = None
) -> dict[str, LinkFigures]:
    """Return the statistics of each sensor by label.

    Args:
        journal: of the session.
        packets: by label, if a replay has decoded all; None: decode them.

    Raises:
        JournalError: the journal is damaged.
    """
    links: defaultdict[str, LinkFigures] = defaultdict(LinkFigures)
    for entry in journal.rare_entries():
        if entry.kind == EntryKind.LINK:
            links[entry.source].change(entry.received_ns, entry.body())
        elif entry.kind == EntryKind.RUN:
            before_ns = journal.received_ns(entry.seq - 1)
            for link in links.values():
                link.end(before_ns)
    for label, counted in (_packets(journal) if packets is None else packets).items():
        links[label].packets, links[label].faulty = counted
    for link in links.values():
        link.end(journal.last_received_ns)
    for gap in journal.facts_of_kind(GapFact.kind):
        link = links[gap.subject.partition("/")[0]]
        link.missing_beats += json.loads(gap.payload)["missing"] or 0
    for clock in journal.facts_of_kind(ClockFact.kind):
        links[clock.subject].drift_ppm = json.loads(clock.payload)["drift_ppm"]
    return dict(links)


def _packets(journal: Journal) -> Mapping[str, Packets]:
    """Decode all packets."""
    decoders: dict[str, Decoder] = {}
    received: Counter[str] = Counter()
    faulty: Counter[str] = Counter()
    for entry in journal.entries():
        if entry.kind == _PACKET:
            label, _, characteristic = entry.source.partition("/")
            received[label] += 1
            faulty[label] += _is_faulty(decoders[label], characteristic, entry.payload)
        elif entry.kind == EntryKind.SESSION:
            for sensor in entry.body()["sensors"]:
                decoders[sensor["label"]] = Decoder(KINDS[sensor["kind"]], SensorSpec(**sensor))
        elif entry.kind == EntryKind.SENSOR:
            decoders[entry.source] = Decoder(KINDS[entry.body()["kind"]])
        elif entry.kind == EntryKind.LINK and entry.body()["state"] != "connected":
            decoders[entry.source].reconnected()
    return {label: Packets(number, faulty[label]) for label, number in received.items()}


def _is_faulty(decode: Decoder, characteristic: str, payload: bytes) -> bool:
    try:
        return bool(decode(characteristic, payload).contradictions)
    except DecodeError:
        return True
