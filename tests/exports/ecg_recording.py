"""A recording of a strap that sends its ECG, with a gap of some packets."""

from pathlib import Path

from devices.sensor import SensorSpec
from devices.vendors import polar
from monitor.entries import EntryKind
from monitor.storage.journal import Journal
from tests.scenarios.play import Play

RATE_HZ, SAMPLES, PACKETS = 130, 73, 40
LOST = range(20, 23)
GAP = len(LOST) * SAMPLES  # samples


def microvolts(index: int) -> int:
    """Return a value that identifies its sample."""
    return index * 37 % 4001 - 2000


def record_ecg(path: Path) -> Path:
    """Write the journal: packets of 73 samples by a clock that runs 100 ppm fast."""
    play = Play(SensorSpec(label="strap", kind="polar-h10-ecg"))
    for packet in range(PACKETS):
        last = (packet + 1) * SAMPLES - 1
        second = 1 + last / RATE_HZ
        play.at(second)
        if packet in LOST:
            continue
        stamp_ns = 599_000_000_000_000_000 + round(last / RATE_HZ * 1e9 * (1 + 1e-4))
        values = b"".join(
            microvolts(packet * SAMPLES + n).to_bytes(3, "little", signed=True)
            for n in range(SAMPLES)
        )
        payload = b"\0" + stamp_ns.to_bytes(8, "little") + b"\0" + values
        play.enter(EntryKind.PACKET, f"strap/{polar.DATA}", payload)
        play.at(second + 0.01).beat(70 + packet % 2, rr_ms=850)
    with Journal.write(path) as journal:
        for entry in play.entries:
            journal.append(entry)
        journal.add_facts(play.facts)
    return path
