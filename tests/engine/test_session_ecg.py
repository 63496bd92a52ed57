"""ECG samples of a session: live, after a sensor replacement, and through a gateway."""

import struct
from collections.abc import Mapping
from dataclasses import replace

from devices.ecg import EcgBlock
from devices.sensor import SensorSpec
from devices.vendors import polar
from monitor.core.session_ecg import SessionEcg
from monitor.entries import Entry, EntryKind, body_bytes
from tests.engine.scripted_session import START_NS, spec

S = 10**9


class _Session:
    """Entries in order, with the blocks of samples that they give."""

    def __init__(self, kind: str = "polar-h10-ecg", gateway: str | None = None) -> None:
        self.ecg = SessionEcg()
        self._seq = 0
        one = SensorSpec(label="strap", kind=kind, gateway=gateway)
        self.add(EntryKind.SESSION, "s1", replace(spec(), sensors=(one,)).body())

    def add(
        self, kind: EntryKind, source: str, body: Mapping[str, object] | bytes, **times: int
    ) -> tuple[str, EcgBlock] | None:
        self._seq += 1
        payload = body if isinstance(body, bytes) else body_bytes(body)
        times = {"received_ns": START_NS + self._seq * S, **times}
        return self.ecg.apply(
            Entry(seq=self._seq, kind=kind, source=source, payload=payload, **times)
        )

    def packet(self, stamp_s: int, **times: int) -> tuple[str, EcgBlock] | None:
        payload = struct.pack("<BQB", 0, stamp_s * S, 0) + bytes([1, 0, 0]) * 130
        return self.add(EntryKind.PACKET, f"strap/{polar.DATA}", payload, **times)


def test_sensor_sends_samples() -> None:
    session = _Session()
    assert session.ecg.labels == ["strap"]
    found = session.packet(100)
    assert found is not None
    label, block = found
    assert (label, len(block.uv), block.last_ns) == ("strap", 130, START_NS + 2 * S)


def test_other_kind_of_sensor_sends_none() -> None:
    session = _Session(kind="heart-rate-strap")
    assert session.add(EntryKind.PACKET, "strap/2A37", bytes([0, 60])) is None
    assert session.ecg.labels == []


def test_replaced_sensor_restarts_the_ecg_timeline() -> None:
    session = _Session()
    session.packet(100)
    exchange = {"kind": "polar-h10-ecg", "address": None, "name": "b", "by": "x", "reason": "y"}
    session.add(EntryKind.SENSOR, "strap", exchange)
    found = session.packet(5)
    assert found is not None
    assert found[1].missing == 0
    session.add(EntryKind.SENSOR, "strap", {**exchange, "kind": "heart-rate-strap"})
    assert session.ecg.labels == []


def test_unreadable_entries_change_nothing() -> None:
    session = _Session()
    for body in (b"?", {"kind": "teapot", "by": "x", "reason": "y"}):
        session.add(EntryKind.SENSOR, "strap", body)
    session.add(EntryKind.GATEWAY, "g1", b"[]")
    assert session.packet(100) is not None


def test_packets_that_waited_in_a_gateway_keep_their_time() -> None:
    session = _Session(gateway="g1")
    session.add(EntryKind.GATEWAY, "g1", {"epoch": "1", "offset_ns": 3 * S, "delay_ns": 0})
    at_ns = START_NS + 60 * S
    found = session.packet(100, received_ns=START_NS + 90 * S, measured_ns=at_ns - 3 * S)
    assert found is not None
    assert found[1].last_ns == at_ns
