"""Journal entries: the only input of the engine, chained by hashes.

Packets, link changes, actions of people, and faults of the monitor are all entries. A packet's
payload is its bytes; every other payload is a JSON object.
"""

import enum
import hashlib
import json
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from devices.record import record

GENESIS = bytes(32)

_NUMBERS = struct.Struct(">qq?qI")
_LENGTH = struct.Struct(">I")


class EntryKind(enum.StrEnum):
    """Kinds of entries, with the content of their source and payload."""

    SESSION = "session"  # always the first; a `monitor.core.session_spec.SessionSpec`
    # A process starts to record: {version, offset_ns}; {since_ns} (end of the previous run) if it
    # resumes a session; {calls} if the call plan has changed.
    RUN = "run"
    CLOCK = "clock"  # source 'physiomon': {offset_ns}; the computer's clock was set
    # Source 'physiomon': {since_ns}, the process stood still; {over: true}, it runs normally again.
    # Source a gateway's id: the same for the gateway, and {until_ns}, in its present epoch's time.
    STANDSTILL = "standstill"
    START = "start"  # source 'session': {by, reason, checklist: [{item, state, found}]}
    # The process stopped: {reason}; with {by, open} the session itself is over.
    END = "end"
    SENSOR = (
        "sensor"  # source label: {kind, address, name, by, reason}; another device, or one more
    )
    PACKET = "packet"  # source sensor/characteristic, payload the bytes
    LINK = "link"  # source sensor: {state, reason, rssi}
    FAULT = "trouble"  # source its name: {on, reason}; stored under this name; prose: ignore
    # Source marker kind: {text, by}; {amount, unit} if given; {at_ns} if dated back; of a dose
    # {missing, reason}: what was not ready, and why it was given all the same.
    MARKER = "marker"
    UNDO = "undo"  # source marker kind: {at_ns, by, reason}; the marker of that time does not count
    # Source its kind, such as nausea: {severity, started_ns, ended_ns, relation, action, text, by};
    # to change an earlier one its {event} and {reason}, to withdraw it {withdrawn: true} as well.
    ADVERSE_EVENT = "adverse-event"
    ACKNOWLEDGE = "acknowledge"  # source alarm key: {by}
    UNACKNOWLEDGE = "unacknowledge"  # source alarm key: {by, reason}
    RESET = "reset"  # source alarm key: {by}
    # Source alarm key: {raised_ns, verdict, by}; verdict null withdraws the last one.
    ALARM_REVIEW = "alarm-review"
    PAUSE = "pause"  # source 'audio': {by}; with {on: false} the pause ends
    REBASELINE = "rebaseline"  # source 'session': {by, reason}
    POLICY = "policy"  # source its name: {text, by, reason}; in force from here on
    OVERRIDE = "override"  # source rule: {changes, by, reason}; see `alerts.policy.overrides`
    # Source 'manual': {values: {signal: number}, by, role}; {at_ns} if dated back.
    VITALS = "vitals"
    # Source 'manual': {entry, values: {signal: number or null}, by, reason}; null: voided.
    CORRECTION = "correction"
    SETTLE = "settle"  # source channel: {at_ns, valid, by}, of a measurement that was not judged
    # Source number of the call: {recipient, tier, channel, outcome, reason, left, transient,
    # retry_after_s}.
    CALL = "call"
    # Source alarm key: {by, via, raised_ns, call, matter, arrives_ns}; matter is the alarm ladder,
    # arrives_ns when the person expects to arrive, or null.
    ACCEPT = "accept"
    DECLINE = "decline"  # source number of the call: {recipient, by, via}
    HAND_ON = "hand-on"  # source alarm key: {to, by, via}; to is the recipient who is to take over
    TEST_CALL = "test-call"  # source 'session': {by}
    DUTY = "duty"  # source recipient: {on, by, via, until_ns}
    COMMAND = "command"  # source user of the broker: {id, command, by, outcome, reason}
    ACCESS = "access"  # source account: {event, role, ...}; see `monitor.sessions.access_log`
    # Source 'physiomon': {entries, until_ns, hash, signature}; see `monitor.storage.signed_head`.
    HEAD = "head"
    # Source its id: {epoch, offset_ns, delay_ns, duplicate}; see `monitor.core.gateways`.
    GATEWAY = "gateway"


# Kinds that may follow the END of a session by a person: what was recorded stays as it was.
AFTER_END = frozenset({EntryKind.ALARM_REVIEW, EntryKind.HEAD})


@record
class Entry:
    """One row of the journal.

    Attributes:
        seq: 1 for the first, then without gaps.
        received_ns: UTC nanoseconds of the session clock; strictly increasing.
        measured_ns: time of reception by a gateway, by its own clock; None without a gateway.
        kind: an `EntryKind`.
        source: subject of the entry; see `EntryKind`.
        payload: bytes of the packet, or a JSON object in UTF-8.
    """

    seq: int
    received_ns: int
    kind: str
    source: str
    payload: bytes
    measured_ns: int | None = None

    def body(self) -> dict[str, Any]:
        """Return the payload of an entry that is not a packet."""
        body: dict[str, Any] = json.loads(self.payload)
        return body


def body_bytes(body: Mapping[str, object]) -> bytes:
    """Encode a JSON object as a payload; equal objects give equal bytes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def chain(previous: bytes, entry: Entry) -> bytes:
    """Return the entry's hash: SHA-256 over the previous hash and every field.

    Layout: previous hash (32 bytes), then big-endian seq, received_ns, a byte that is 1 if
    measured_ns is present, measured_ns or 0 (8 bytes each), then kind, source and payload, each
    after its length (4 bytes).
    """
    return chain_fields(
        previous,
        entry.seq,
        entry.received_ns,
        entry.measured_ns,
        entry.kind,
        entry.source,
        entry.payload,
    )


def chain_fields(
    previous: bytes,
    seq: int,
    received_ns: int,
    measured_ns: int | None,
    kind: str,
    source: str,
    payload: bytes,
) -> bytes:
    """Return the hash of the entry with these fields; see `chain`."""
    kind_length, names = _names(kind, source)
    return hashlib.sha256(
        b"".join(
            (
                previous,
                _NUMBERS.pack(
                    seq, received_ns, measured_ns is not None, measured_ns or 0, kind_length
                ),
                names,
                _LENGTH.pack(len(payload)),
                payload,
            )
        )
    ).digest()


@lru_cache(maxsize=1024)  # a session has thousands of packets of each characteristic
def _names(kind: str, source: str) -> tuple[int, bytes]:
    """Return the length of the kind, and what follows it up to the payload."""
    kind_bytes, source_bytes = kind.encode(), source.encode()
    return len(kind_bytes), kind_bytes + _LENGTH.pack(len(source_bytes)) + source_bytes
