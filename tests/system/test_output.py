"""A service whose output nobody takes: a full disk, a closed pipe, a halted or closed terminal."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest

from monitor.entries import EntryKind
from monitor.storage.journal import Journal
from monitor.unblocked_output import UnblockedOutput
from tests.servers.forked import PHYSIOMON, forked
from tests.servers.process import free_port, wait_until

CONFIG = """
[session]
id = "S1"
site = "zurich"
participant = "P07"
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
address = "C0:FF:EE:00:00:01"
[console]
port = {port}
"""


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Return both ends of a full pipe."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while os.write(writer, b"x" * 4096):
            pass
    os.set_blocking(writer, True)
    yield reader, writer
    for each in (reader, writer):
        with suppress(OSError):  # the test has closed it
            os.close(each)


def disk(_: tuple[int, int]) -> int:
    return os.open("/dev/full", os.O_WRONLY)


def without_reader(pipe: tuple[int, int]) -> int:
    os.close(pipe[0])
    return os.dup(pipe[1])


def halted(pipe: tuple[int, int]) -> int:
    return os.dup(pipe[1])


@pytest.mark.parametrize(
    "kind", [halted, disk, pytest.param(without_reader, marks=pytest.mark.extended)]
)
def test_session_runs_while_its_output_is_not_taken(
    tmp_path: Path, pipe: tuple[int, int], kind: Callable[[tuple[int, int]], int]
) -> None:
    file, port = tmp_path / "c.toml", free_port()
    file.write_text(CONFIG.format(port=port))

    def runs() -> bool:
        with suppress(httpx.TransportError):
            return bool(httpx.get(f"http://127.0.0.1:{port}/healthz").json()["ok"])
        return False

    output = kind(pipe)
    try:
        with forked([PHYSIOMON, "run", str(file)], stdout=output, stderr=output) as process:
            wait_until(runs, "the session")
            for number in (signal.SIGHUP, signal.SIGTSTP):
                process.send_signal(number)
            wait_until(runs, "the session")
            process.send_signal(signal.SIGINT)
            assert process.wait() == 0
    finally:
        os.close(output)
    with Journal.read(tmp_path / "journals" / "S1.journal") as journal:
        kinds = [each.kind for each in journal.entries()]
    assert EntryKind.LINK in kinds  # which is also a line of the log
    assert EntryKind.END in kinds


def test_lost_lines_are_counted_once_there_is_room(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    output = UnblockedOutput(writer)
    for number in range(1500):
        output.write(f"line {number}\n")
    output.flush()
    taken = b""
    while b"line 999\n" not in taken:
        taken += os.read(reader, 1 << 16)
    output.write("last\n")
    while b"last\n" not in taken:
        taken += os.read(reader, 1 << 16)
    lines = taken.decode().lstrip("x").splitlines()
    # The thread may begin to write the first line at any time, with what is lost by then.
    notes = [
        re.fullmatch(r"physiomon: (\d+) lines of this output were lost", each) for each in lines
    ]
    written = [each for each, note in zip(lines, notes, strict=True) if note is None]
    assert written == [f"line {n}" for n in range(1000)] + ["last"]
    assert sum(int(note[1]) for note in notes if note is not None) == 500


def test_command_whose_output_has_no_space_says_why() -> None:
    command = [PHYSIOMON, "decode", "2A37", "0048"]
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with forked(command, stdout=full, stderr=PIPE) as process:
            assert process.stderr is not None
            printed = process.stderr.read()
            assert process.wait() == 1
    finally:
        os.close(full)
    assert len(printed.splitlines()) == 1
    assert "cannot use standard output: No space left on device" in printed
