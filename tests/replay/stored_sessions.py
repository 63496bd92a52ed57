"""``python -m tests.replay.stored_sessions [NAME ...]`` plays the sessions of `fact_digests` again.

Only for new kinds of sensors, faults or entries: a session that was played again has new digests.
"""

import logging
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

import structlog

from alerts.policy.parser import load_shipped
from benchmarks.sessions import spec
from devices.recordings.reader import read_file
from monitor.entries import Entry
from monitor.imports.imported_entries import entries_of, sensors_of
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import played
from tests.never_blind.generator import random_session
from tests.never_blind.player import Player
from tests.replay.fact_digests import DATA, SESSIONS, store
from tests.servers.forked import PHYSIOMON
from tests.virtual.test_soak import soak
from tests.virtual.virtual_room import in_virtual_time

_START_NS = round(datetime(2026, 3, 1, 14, tzinfo=UTC).timestamp()) * 10**9
_MOST = 1000  # entries of a long recording


def _journaled(record: Callable[[Path], object]) -> Iterator[Entry]:
    with tempfile.TemporaryDirectory() as folder:
        record(Path(folder))
        (path,) = Path(folder).glob("*.journal")
        with Journal.read(path) as journal:
            yield from journal.entries()


def _demo(folder: Path) -> None:
    options = ("--headless", "--minutes", "30", "--speed", "100000")
    subprocess.run([PHYSIOMON, "demo", *options, "--journal-dir", str(folder)], check=True)


def _every_kind(folder: Path) -> None:
    in_virtual_time(soak(folder / "soak.journal", random.Random(1)))


def _imported(name: str) -> Iterator[Entry]:
    file = read_file(DATA / name)
    session = spec(load_shipped("resting-adult"), sensors_of(file))
    return islice(entries_of(session, file, _START_NS, "note"), _MOST)


def _random(seed: int) -> Iterable[Entry]:
    player = Player(random_session(seed))
    player.play()
    return player.entries


_SESSIONS: dict[str, Callable[[], Iterable[Entry]]] = {
    "every-kind-and-fault": partial(_journaled, _every_kind),
    "demo": partial(_journaled, _demo),
    "rich": lambda: played(dose=True, ended=True).entries,
    **{
        name.replace("_", "-"): partial(_imported, f"{name}.csv")
        for name in ("ride_indoor", "ride_outdoor", "e4_HR", "e4_IBI", "e4_TEMP")
    },
    **{f"random-{seed}": partial(_random, seed) for seed in (2, 7, 8, 900002, 900003)},
}


def main() -> None:
    """Play and store the given sessions, or all."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for name in sys.argv[1:] or _SESSIONS:
        store(SESSIONS / f"{name}.xz", _SESSIONS[name]())


if __name__ == "__main__":
    main()
