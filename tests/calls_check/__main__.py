"""``python -m tests.calls_check``, as root: calls during failures of servers and networks.

Real sessions with virtual straps call through real and scripted servers. The tables have what was
measured and what is promised; the status is 1 if a row differs.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.calls_check.matrix import DROPPED, faults, rows, tested_by_command
from tests.calls_check.network import FAR_HOST, build, drop, in_clinic, plug
from tests.calls_check.session import RADIO, Session
from tests.calls_check.stories import (
    LENGTH_S,
    TIER_STORIES,
    CableStory,
    flapping_rows,
    flapping_session,
    schedule,
    tier_rows,
)
from tests.calls_check.world import World
from tests.servers.debian_packages import install_missing

_PATIENCE_S = 300.0
# All processes, mounts and networks of the check end with the process that has started it.
_APART = "setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child --mount-proc"
_INSIDE = "--inside"
_PROGRAMS = {
    "dovecot": "dovecot-core",
    "ip": "iproute2",
    "mosquitto": "mosquitto",
    "nft": "nftables",
    "postfix": "postfix",
    "unshare": "util-linux",
}


def outside(folder: Path | None) -> int:
    """Run the check in separate namespaces; return its status."""
    if os.geteuid() != 0:
        print("calls-check: run it as root, it makes networks", file=sys.stderr)
        return 1
    install_missing(_PROGRAMS)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with TemporaryDirectory(prefix="calls-check-") as temporary:
        where = folder or Path(temporary)
        where.mkdir(exist_ok=True)
        where.chmod(0o755)  # servers run under separate accounts
        command = [*_APART.split(), sys.executable, "-m", "tests.calls_check", _INSIDE, str(where)]
        with subprocess.Popen(command) as process:
            try:
                return process.wait()
            except KeyboardInterrupt:
                process.kill()
                return 130


def inside(folder: Path) -> int:
    """Build the networks, start everything, run the stories, and print the tables."""
    began = time.monotonic()
    _hurry()
    build(folder)
    world = World(folder)
    drop(world.ports[name] for name in DROPPED)
    matrix = faults(world)
    names = [fault.name for fault in matrix]
    crowd = Session(
        folder / "matrix", {fault.name: fault.url for fault in matrix}, [(names, "60s")]
    )
    tiers = {story.name: story.session(folder, world) for story in TIER_STORIES}
    cable = CableStory(folder, world)
    sessions = [crowd, *tiers.values(), cable.session, flapping_session(folder, world)]
    with Radio([each.name for each in sessions]) as radio:
        for session in sessions:
            session.start()
        _wait_until_all_measure(sessions)
        plug(FAR_HOST, on=False)
        _tell(f"{len(sessions)} sessions run after {time.monotonic() - began:.0f} s; call-test ...")
        call_test = crowd.call_test()
        printed, errors = call_test.communicate(timeout=_PATIENCE_S)
        assert call_test.returncode == 1, (printed, errors)  # some are to fail
        _tell(f"all alarms, and {LENGTH_S:.0f} s of stories ...")

        def cut(on: bool) -> None:
            plug(FAR_HOST, on=on)
            cable.returned_ns = time.time_ns() if on else 0

        start = time.monotonic()
        for at_s, act in schedule(radio.set_rate, cut, [crowd.name, *tiers]):
            time.sleep(max(0.0, start + at_s - time.monotonic()))
            act()
        time.sleep(max(0.0, start + LENGTH_S - time.monotonic()))
        for session in sessions:
            session.stop()
        histories = {session.name: session.history() for session in sessions}
    wrong = _table(
        ("fault", "told after, s", "outcome", "reason", "expected"),
        rows(matrix, histories[crowd.name], tested_by_command(printed), world),
    )
    wrong += _table(
        (
            "first tier",
            "failed, and alarm `calls`",
            "second tier reached",
            "alarm `not-accepted`",
            "first tier: first retry",
            "called again",
            "expected",
        ),
        tier_rows(histories),
    )
    wrong += _table(
        ("story", "measured", "expected"),
        [*cable.rows(histories["cable"]), *flapping_rows(histories["flapping"])],
    )
    world.real.stop()
    _tell(f"{wrong} rows differ; {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def _hurry() -> None:
    """Raise the priority of this process, since times are measured."""
    os.setsid()
    os.nice(-10)
    group = Path("/proc/self/autogroup")
    if group.exists():  # the kernel shares out by sessions, whatever is nice within them
        group.write_text("-10")


class Radio:
    """The process of the straps."""

    def __init__(self, names: Sequence[str]) -> None:
        self._command = in_clinic(
            sys.executable, "-m", "tests.calls_check.radio", str(RADIO), *names
        )

    def __enter__(self) -> "Radio":
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "on\n", "the straps do not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def set_rate(self, name: str, rate: int) -> None:
        assert self._process.stdin is not None
        print(name, rate, file=self._process.stdin, flush=True)


def _wait_until_all_measure(sessions: Iterable[Session]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    for session in sessions:
        while not session.measures():
            assert time.monotonic() < deadline, f"session {session.name} has no heart rate"
            time.sleep(0.5)


def _table(columns: Sequence[str], found: Iterable[tuple[list[str], list[str]]]) -> int:
    """Print a table; return the number of rows that differ from the expectation."""
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    count = 0
    for cells, wrong in found:
        mark = f" **differs: {', '.join(wrong)}**" if wrong else ""
        print(f"| {' | '.join(cells)}{mark} |", flush=True)
        count += bool(wrong)
    return count


def _tell(line: str) -> None:
    print(f"calls-check: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == [_INSIDE]:
        sys.exit(inside(Path(sys.argv[2])))
    parser = argparse.ArgumentParser(prog="python -m tests.calls_check", description=__doc__)
    parser.add_argument("--keep", type=Path, help="Folder in which journals and logs are kept.")
    sys.exit(outside(parser.parse_args().keep))
