"""Frames that packets split, and advertisements, through the engine."""

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from devices.sensor import SensorSpec
from devices.vendors import berrymed
from monitor.core.engine import Engine
from monitor.entries import Entry, EntryKind, body_bytes
from monitor.facts import Fact, ReadingFact
from tests.engine.scripted_session import START_NS, spec

SENSORS = (
    SensorSpec(label="finger", kind="berrymed-oximeter"),
    SensorSpec(
        label="room",
        kind="broadcast-thermometer",
        address="54:48:E6:8F:80:A5",
        key="231d39c1d7cc1ab1aee224cd096db932",
    ),
)
FRAMES = bytes.fromhex("8032004861 8032004860 803200485F")
LOST = (EntryKind.LINK, "finger", body_bytes({"state": "lost", "reason": "", "rssi": None}))


def play(*entries: tuple[EntryKind, str, bytes]) -> list[Fact]:
    """Return the facts of a session that is played twice with the same result."""
    session = replace(spec(), sensors=SENSORS)
    played: list[list[Fact]] = []
    for _ in range(2):
        engine, facts = Engine(), []
        told = [(EntryKind.SESSION, "s1", body_bytes(session.body())), *entries]
        for seq, (kind, source, payload) in enumerate(told, start=1):
            at_ns = START_NS + seq * 10**9
            entry = Entry(seq=seq, received_ns=at_ns, kind=kind, source=source, payload=payload)
            facts += [fact for _, fact in engine.apply(entry)]
        played.append(facts)
    assert played[0] == played[1]
    return played[0]


def values(facts: list[Fact], channel: str) -> list[float | None]:
    return [f.value for f in facts if isinstance(f, ReadingFact) and f.subject == channel]


def packet(payload: bytes) -> tuple[EntryKind, str, bytes]:
    return EntryKind.PACKET, f"finger/{berrymed.STREAM}", payload


@given(st.integers(1, 4), st.integers(6, 9), st.integers(11, 14))
def test_frames_split_across_packets_are_reassembled(first: int, second: int, third: int) -> None:
    cuts = [0, first, second, third, 15]
    pieces = [FRAMES[a:b] for a, b in itertools.pairwise(cuts)]
    assert values(play(*map(packet, pieces)), "finger/spo2") == [97.0, 96.0, 95.0]


def test_lost_link_discards_a_partial_frame() -> None:
    facts = play(packet(FRAMES[:3]), LOST, packet(FRAMES[3:10]))
    assert values(facts, "finger/spo2") == [96.0]


def test_encrypted_advertisement_is_replayed_with_the_journaled_key() -> None:
    advertisement = bytes.fromhex("1216D2FC41a47266c95f730011223378237214")
    facts = play((EntryKind.PACKET, "room/advert", advertisement))
    assert values(facts, "room/ambient_temperature") == [25.06]
