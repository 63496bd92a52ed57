"""Exports in several processes and on a cluster: the same files, each complete or absent."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE

import pytest

from monitor.cohorts.processes import outcomes_in_processes
from monitor.exports.folder import manifests, remove_abandoned, write_recording
from tests.analysis.rich_recording import record
from tests.cohorts.cohort_tasks import DeadlyExport
from tests.cohorts.test_results import scheduler, worker
from tests.exports.test_folder import contents
from tests.servers.forked import PHYSIOMON, forked
from tests.servers.written_files import wait_for_file
from tests.system.command import facts, physiomon


@pytest.fixture(scope="module")
def journals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return three recordings, copies of one now and at another moment, and no journal."""
    folder = tmp_path_factory.mktemp("journals")
    for name, participant in (("a", "P00"), ("b", "P01"), ("d", "P02")):
        record(folder / f"{name}.journal", participant=participant)
    (folder / "b2.journal").write_bytes((folder / "b.journal").read_bytes())
    record(folder / "b3.journal", participant="P01", ended=False)
    (folder / "c.journal").write_text("no journal at all, but long enough to be looked at")
    return folder


def exported(
    journals: Path, folder: Path, *where: str
) -> tuple[int, list[str], list[str], dict[str, bytes]]:
    """Return status, output and errors of an export, and its files."""
    folder.mkdir()
    done = physiomon(
        *("export", str(journals), "--to", "bids", "--output", "out"), *where, cwd=folder
    )
    said = done.stderr.replace(str(folder), "").splitlines()
    return done.returncode, done.stdout.splitlines(), said, contents(folder / "out")


@pytest.mark.extended
def test_files_and_messages_do_not_depend_on_the_place(journals: Path, tmp_path: Path) -> None:
    alone = exported(journals, tmp_path / "alone", "--jobs", "1")
    assert exported(journals, tmp_path / "pool", "--jobs", "3") == alone
    with ExitStack() as cluster:
        _, address = cluster.enter_context(scheduler())
        cluster.enter_context(worker(address))
        cluster.enter_context(worker(address))
        assert exported(journals, tmp_path / "cluster", "--cluster", address) == alone
    status, lines, said, files = alone
    assert status == 1
    names = [Path(line.partition(" -> ")[0]).name for line in lines]
    assert names == ["a.journal", "b.journal", "b2.journal", "d.journal"]
    assert lines[2].endswith("(already complete)")
    assert len(said) == 2
    assert "of another moment" in said[0]
    assert "c.journal is not a journal" in said[1]
    assert files["participants.tsv"].count(b"\nsub-") == 3


def test_killed_worker_leaves_nothing_that_looks_complete(tmp_path: Path) -> None:
    out, paths = tmp_path / "out", [tmp_path / "a.journal", tmp_path / "b.journal"]
    outcomes = {each.path: each for each in outcomes_in_processes(DeadlyExport(out), paths, 2)}
    assert outcomes[paths[0]].result is not None
    assert "ended unexpectedly" in outcomes[paths[1]].reason
    assert [each["journal"] for each in manifests(out)] == ["a"]
    hidden = [each.name for each in out.iterdir() if each.name != "a"]
    assert len([name for name in hidden if name.startswith(".part-b.")]) == 2  # it was tried again
    assert all(name.startswith(".part-") for name in hidden)
    remove_abandoned(out)
    assert [each.name for each in out.iterdir()] == ["a"]


def test_folder_that_another_process_writes_is_not_abandoned(tmp_path: Path) -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        yield "1.csv", b"1"
        remove_abandoned(tmp_path)
        yield "2.csv", b"22"

    assert write_recording(tmp_path / "P01", {}, files()) == 3
    assert contents(tmp_path).keys() == {"P01/1.csv", "P01/2.csv", "P01/export.json"}


def test_two_that_write_one_folder_both_finish(tmp_path: Path) -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        yield "1.csv", b"1"
        write_recording(tmp_path / "P01", {"by": "other"}, iter([("1.csv", b"1")]))

    write_recording(tmp_path / "P01", {"by": "this"}, files())
    assert [each["by"] for each in manifests(tmp_path)] == ["this"]
    assert [each.name for each in tmp_path.iterdir()] == ["P01"]


@pytest.mark.extended
def test_interrupted_export_continues(tmp_path: Path) -> None:
    journals, out = tmp_path / "journals", tmp_path / "out"
    journals.mkdir()
    out.mkdir()
    for number in range(4):
        record(journals / f"{number}.journal", participant=f"P0{number}")
    words = ["export", str(journals), "--to", "csv", "--output", str(out), "--jobs", "2"]
    environment = {**os.environ, "NO_COLOR": "1"}
    with forked([PHYSIOMON, *words], stdout=PIPE, stderr=PIPE, env=environment) as it:
        wait_for_file(out, "P*", it.stdout)
        it.send_signal(signal.SIGINT)
        status = it.wait()
        assert it.stderr is not None
        said = it.stderr.read()
    whole = manifests(out)
    assert len(list(out.iterdir())) == len(whole)
    if status == 130:  # not if it was faster than the signal
        counted = re.search(r"interrupted: (\d) of 4 sessions exported; run the same", said)
        assert counted, said
        assert int(counted[1]) <= len(whole)  # a worker may have finished one more
        assert len(said.splitlines()) == 1
    done = facts(*words, "--json")
    assert [each["bytes"] == 0 for each in done["exported"]].count(True) == len(whole)
    assert len(manifests(out)) == 4
