"""Cost of a session to the disk: syncs, checkpoints and bytes an hour, at virtual speed.

Eight hours of four sensors at 1 Hz, flushed to the disk once a second of the session, as in a live
one. The alternative is the journal of physiomon's first versions: pages of 4 kB, and a WAL that
kept its size after a checkpoint, so that each later second made another one. Syncs are counted by
strace, by thread.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import get_native_id
from unittest import mock

from alerts.policy.parser import load_shipped
from benchmarks.results import Result
from benchmarks.sessions import spec
from devices.sensor import SensorSpec
from monitor.clock import SessionClock
from monitor.sessions.session import Session
from monitor.storage.journal_file import checkpoint

HOURS = 8
SENSORS = ("heart-rate-strap", "core-patch", "pulse-oximeter", "skin-thermometer")
_START_NS = 1_700_000_000 * 10**9
_SYNCS = "fsync,fdatasync"
_FIRST_PAGE_BYTES = 4096


def run() -> list[Result]:
    """Return the ratios of bytes and syncs."""
    ours, first = (_measure(name) for name in ("ours", "first"))
    print(f"journal: {HOURS} h of {len(SENSORS)} sensors, {ours['entries']} entries")
    for name, cost in (("ours", ours), ("first versions", first)):
        print(
            f"  {name}: {cost['checkpoints'] / HOURS:.1f} checkpoints, "
            f"{cost['syncs'] / HOURS:,.0f} syncs, {cost['in_loop'] / HOURS:,.0f} of them in the "
            f"loop's thread, {cost['bytes'] / HOURS / 1e6:.0f} MB written an hour; "
            f"journal {cost['size'] / 1e6:.0f} MB"
        )
    return [
        Result(
            name=f"journal {name}",
            measured=f"written to the disk in {HOURS} h of four sensors, {ours['entries']:,} "
            "entries ([more](journal.md#disk-and-cards))",
            alternative="the first versions of the journal (commit `b24ed88`)",
            value=ours[name] / first[name],
            goal=goal,
            figures=f"{ours[name] / HOURS / scale:,.0f} {unit} an hour "
            f"against {first[name] / HOURS / scale:,.0f}",
        )
        for name, goal, scale, unit in (("bytes", 0.3, 1e6, "MB"), ("syncs", None, 1, "syncs"))
    ]


def _measure(name: str) -> dict[str, int]:
    strace = shutil.which("strace")
    if strace is None:
        sys.exit("this benchmark needs strace: apt-get install strace")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # a disk, not memory
        log = Path(folder) / "syncs"
        trace = [strace, "--seccomp-bpf", "-f", "-qq", "-e", f"trace={_SYNCS}", "-o", str(log)]
        command = [sys.executable, "-m", "benchmarks.journal", name, f"{folder}/s.journal"]
        done = subprocess.run([*trace, *command], stdout=subprocess.PIPE, check=True)
        cost: dict[str, int] = json.loads(done.stdout)
        by_thread = Counter(int(line.split()[0]) for line in log.read_text().splitlines())
    return cost | {"syncs": by_thread.total(), "in_loop": by_thread[cost["loop"]]}


def _record(name: str, path: Path) -> dict[str, int]:
    """Record the session in this process; return what can be counted from within."""
    now_ns = _START_NS
    policy = load_shipped("mdma-session")
    described = spec(policy, (SensorSpec(label=kind, kind=kind) for kind in SENSORS))
    clock = SessionClock(lambda: now_ns, lambda: now_ns)
    merge = checkpoint
    if name == "first":
        merge = _without_truncation
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA page_size = {_FIRST_PAGE_BYTES}")
            connection.execute("VACUUM")
    checkpoints = mock.Mock(side_effect=merge)
    with (
        ThreadPoolExecutor(1) as thread,
        mock.patch("monitor.storage.journal.checkpoint", checkpoints),
    ):
        # Not in the loop's thread: a start and an end may sync.
        session = thread.submit(Session.open, described, path, clock).result()
        for second in range(HOURS * 3600):
            for sensor, (characteristic, packet) in zip(SENSORS, _packets(second), strict=True):
                now_ns += 10**9 // len(SENSORS)
                session.packet(sensor, characteristic, packet)
                session.derive()
                session.flush()
            thread.submit(session.journal.sync).result()
        cost = {
            "checkpoints": checkpoints.call_count,
            "entries": session.journal.last_seq,
            "bytes": _written(),
            "loop": get_native_id(),
        }
        thread.submit(session.close).result()
    return cost | {"size": path.stat().st_size}


def _without_truncation(path: Path) -> bool:
    """Copy the WAL into the journal, as in physiomon's first versions (commit b24ed88)."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return False


def _packets(second: int) -> Iterator[tuple[str, bytes]]:
    """Yield a characteristic and a packet for each sensor.

    Source of the formats: Heart Rate, Health Thermometer and Pulse Oximeter Service of the
    Bluetooth SIG.
    """
    rate = 70 + second % 7 + (50 if second // 300 % 2 else 0)
    beat = round(60 / rate * 1024).to_bytes(2, "little")
    yield "2A37", bytes([0x16, rate]) + beat
    yield "2A1C", b"\x04" + (3690 + second % 60).to_bytes(3, "little") + b"\xfe\x02"
    yield "2A5F", bytes([0, 96 + second % 3, 0, rate, 0])
    yield "2A1C", b"\x04" + (3320 + second % 11).to_bytes(3, "little") + b"\xfe\x02"


def _written() -> int:
    """Return the bytes that this process has caused to be written to disks.

    Source: proc(5), /proc/pid/io.
    """
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counts["write_bytes"])


if __name__ == "__main__":
    print(json.dumps(_record(sys.argv[1], Path(sys.argv[2]))))
