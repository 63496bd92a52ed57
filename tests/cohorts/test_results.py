"""Results of a cohort in a folder, identical from one process, a pool and a cluster."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from monitor.cohorts import dask_cluster
from monitor.cohorts.alarm_variants import AlarmVariants, Variant
from monitor.cohorts.result import Cohort, Outcome, Task, without_progress
from monitor.cohorts.result_folder import ResultFolder
from monitor.cohorts.run import run_cohort
from monitor.errors import OutputError
from tests.cohorts.cohort_tasks import Sizes
from tests.replay.recording import record
from tests.servers.forked import PHYSIOMON, forked
from tests.servers.process import wait_until
from tests.servers.written_files import wait_for_file
from tests.system.command import facts, physiomon, refusal

COUNT = 4
TASK = AlarmVariants((Variant(sustain_s=14.0),))


@pytest.fixture(scope="module")
def journals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort")
    for number in range(COUNT):
        record(folder / f"s{number}.journal")
    return folder


def parts(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder / "parts").iterdir()}


def run(journals: Path, folder: Path | None = None) -> Cohort:
    store = None if folder is None else ResultFolder(folder, TASK)
    paths = sorted(journals.glob("*.journal"))
    found = run_cohort(TASK, paths, jobs=1, store=store, progress=without_progress)
    if store is not None:
        store.finish(found)
    return found


class TestFolder:
    def test_stored_results_round_trip(self, journals: Path, tmp_path: Path) -> None:
        first = run(journals, tmp_path)
        known = parts(tmp_path)
        assert len(known) == COUNT
        assert run(journals, tmp_path) == first == run(journals)
        assert parts(tmp_path) == known  # nothing was computed again

    def test_duckdb_can_read_the_table(self, journals: Path, tmp_path: Path) -> None:
        import duckdb  # noqa: PLC0415 - takes a second

        found = run(journals, tmp_path)
        table = duckdb.read_parquet(str(tmp_path / "table.parquet"))
        rows = table.select("session", "rule", "raised_ns", "value").fetchall()
        expected = [
            (result.facts["id"], row["rule"], row["raised_ns"], row["value"])
            for result in found.results.values()
            for row in result.rows
        ]
        assert rows == expected
        assert len(rows) >= COUNT

    @pytest.mark.parametrize("damage", [b"", b"PAR1 not really"])
    def test_damaged_part_is_computed_again(
        self, journals: Path, tmp_path: Path, damage: bytes
    ) -> None:
        first = run(journals, tmp_path)
        part = next((tmp_path / "parts").iterdir())
        part.write_bytes(damage)
        assert run(journals, tmp_path) == first
        assert part.stat().st_size > 100

    def test_changed_journal_is_computed_again(self, tmp_path: Path) -> None:
        changed = tmp_path / "changed"
        changed.mkdir()
        record(changed / "s.journal")
        run(changed, tmp_path / "out")
        os.truncate(changed / "s.journal", (changed / "s.journal").stat().st_size - 1024)
        assert len(run(changed, tmp_path / "out").missing) == 1

    def test_missing_journals_are_listed_with_reasons(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "bad.journal").write_text("no journal\n" * 9)
        run(tmp_path / "in", tmp_path)
        (lacking,) = json.loads((tmp_path / "missing.json").read_text())
        assert lacking["journal"].endswith("bad.journal")
        assert "not an SQLite file" in lacking["reason"]

    def test_unwritable_results_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match="choose another folder"):
            ResultFolder(tmp_path / "file", Sizes())


@pytest.mark.extended
def test_interrupted_command_continues(journals: Path, tmp_path: Path) -> None:
    """Ctrl+C as soon as the first result is there; the second run computes only the others."""
    out = tmp_path / "out"
    (out / "parts").mkdir(parents=True)
    words = ["report", str(journals), "--results", str(out), "--json"]
    environment = {**os.environ, "NO_COLOR": "1"}
    with forked(
        [PHYSIOMON, *words, "--jobs", "1"], stdout=PIPE, stderr=PIPE, env=environment
    ) as it:
        wait_for_file(out / "parts", "s*.parquet", it.stdout)
        it.send_signal(signal.SIGINT)
        status = it.wait()
        assert it.stderr is not None
        said = it.stderr.read()
    known = parts(out)
    if status == 130:  # not if it was faster than the signal
        assert "interrupted: " in said
        assert "run the same command again to continue" in said
        assert len(known) < COUNT
        assert len(json.loads((out / "missing.json").read_text())) == COUNT - len(known)
    found = facts(*words)
    assert len(found["journals"]) == COUNT
    assert known.items() <= parts(out).items()
    assert found == facts("report", str(journals), "--json")
    assert json.loads((out / "missing.json").read_text()) == []


# A cluster


@contextmanager
def dask(*words: str) -> Iterator[tuple[Popen[str], str]]:
    """Run a part of a cluster; yield it with the address that it prints when ready."""
    command = [sys.executable, "-m", "dask", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(command, stderr=PIPE, text=True, env=environment)
    try:
        assert process.stderr is not None
        ready = r"(?:Scheduler at|Registered to):\s+(tcp://\S+)"
        lines = (re.search(ready, line) for line in process.stderr)
        yield process, next(found for found in lines if found)[1]
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def scheduler() -> Any:
    return dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")


def worker(address: str) -> Any:
    alone = ("--nworkers", "1", "--nthreads", "1", "--no-nanny", "--no-dashboard")
    return dask("worker", address, *alone, "--host", "127.0.0.1")


def number_of_tasks(dask_scheduler: Any) -> int:
    return len(dask_scheduler.tasks)


class TestCluster:
    @pytest.mark.extended
    def test_tables_are_identical_from_one_process_pool_and_cluster(self, journals: Path) -> None:
        words = ("report", str(journals), "--json")
        with ExitStack() as cluster:
            _, address = cluster.enter_context(scheduler())
            cluster.enter_context(worker(address))
            cluster.enter_context(worker(address))
            spread = facts(*words, "--cluster", address)
        assert spread == facts(*words, "--jobs", "1") == facts(*words, "--jobs", "2")

    @pytest.mark.extended
    def test_task_of_a_lost_worker_is_done_by_another(self, tmp_path: Path) -> None:
        """The killed worker's tasks are done by the other one."""
        paths = [tmp_path / f"s{number}.journal" for number in range(4)]
        for path in paths:
            path.write_text("a")
        with ExitStack() as cluster:
            _, address = cluster.enter_context(scheduler())
            first, _ = cluster.enter_context(worker(address))
            cluster.enter_context(worker(address))
            outcomes = dask_cluster.outcomes_on_cluster(Sizes(), paths, address=address)
            found = [next(outcomes)]
            first.kill()
            found += outcomes
        assert {each.path for each in found if each.result} == set(paths)

    @pytest.mark.extended
    def test_result_that_is_lost_before_it_was_read_is_computed_once_more(
        self, tmp_path: Path
    ) -> None:
        import distributed  # noqa: PLC0415 - takes a second

        paths = [tmp_path / f"s{number}.journal" for number in range(4)]
        for path in paths:
            path.write_text("a")
        asking: Any = distributed.Client
        with ExitStack() as cluster:
            _, address = cluster.enter_context(scheduler())
            first, _ = cluster.enter_context(worker(address))
            client = cluster.enter_context(asking(address, set_as_default=False))
            outcomes = dask_cluster.outcomes_on_cluster(Sizes(), paths, address=address)
            found = [next(outcomes)]
            wait_until(lambda: sum(map(len, client.has_what().values())) >= 3, "the results")
            found.append(next(outcomes))  # of three that are there
            cluster.enter_context(worker(address))
            first.kill()
            wait_until(lambda: len(client.scheduler_info()["workers"]) == 1, "the loss")
            found += outcomes
        assert {each.path for each in found if each.result} == set(paths)

    @pytest.mark.extended
    def test_remaining_journals_are_missing_when_no_worker_is_left(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dask_cluster, "_ALONE_S", 0.5)
        path = tmp_path / "deadly.journal"
        path.write_text("deadly")
        with ExitStack() as cluster:
            _, address = cluster.enter_context(scheduler())
            cluster.enter_context(worker(address))
            (lost,) = dask_cluster.outcomes_on_cluster(Sizes(), [path], address=address)
        assert lost.result is None
        assert "lost" in lost.reason

    @pytest.mark.extended
    def test_results_before_the_end_of_the_scheduler_are_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dask_cluster, "_ALONE_S", 0.5)
        paths = [tmp_path / "a.journal", tmp_path / "b.journal"]
        paths[0].write_text("a")
        paths[1].write_text("waits")
        with ExitStack() as cluster:
            process, address = cluster.enter_context(scheduler())
            cluster.enter_context(worker(address))

            def elsewhere(task: Task, waiting: Sequence[Path]) -> Iterator[Outcome]:
                for outcome in dask_cluster.outcomes_on_cluster(task, waiting, address=address):
                    yield outcome
                    process.kill()

            found = run_cohort(Sizes(), paths, elsewhere=elsewhere, progress=without_progress)
            paths[1].unlink()  # its worker ends
        assert list(found.results) == paths[:1]
        reason = found.missing[paths[1]]
        assert reason.startswith(f"{paths[1]}: ")
        assert "lost" in reason

    @pytest.mark.extended
    def test_command_names_the_sessions_that_a_lost_scheduler_costs(self, journals: Path) -> None:
        import distributed  # noqa: PLC0415 - takes a second

        with ExitStack() as cluster:
            process, address = cluster.enter_context(scheduler())
            stopped, _ = cluster.enter_context(worker(address))
            stopped.send_signal(signal.SIGSTOP)
            words = ("report", str(journals), "--cluster", address)
            it = cluster.enter_context(forked([PHYSIOMON, *words], stdout=PIPE, stderr=PIPE))
            asking: Any = distributed.Client
            with asking(address, set_as_default=False) as client:
                wait_until(lambda: client.run_on_scheduler(number_of_tasks) == COUNT, "the tasks")
            process.kill()
            assert it.stderr is not None
            said = it.stderr.read().splitlines()
            assert it.wait() == 1
        assert len(said) == COUNT + 1
        for number, line in enumerate(said[:COUNT]):
            assert f"s{number}.journal: " in line
            assert "lost" in line
        assert f"0 of {COUNT} sessions analysed" in said[COUNT]

    def test_invalid_cluster_is_refused_in_one_sentence(
        self, journals: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        words = ("report", str(journals), "--cluster")
        assert "not an address of a Dask scheduler" in refusal(*words, "http://host")
        assert "without encryption" in refusal(*words, "tcp://192.0.2.1:8786")
        monkeypatch.setattr(dask_cluster, "_CONNECT_S", 1)
        with pytest.raises(OutputError, match="no Dask scheduler answers"):
            list(dask_cluster.outcomes_on_cluster(Sizes(), [journals], address="127.0.0.1:1"))
        with scheduler() as (_, address), pytest.raises(OutputError, match="has no workers"):
            list(dask_cluster.outcomes_on_cluster(Sizes(), [journals], address=address))


def test_missing_package_is_named_in_one_sentence(
    journals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError('none', name='pyarrow')\n")
    done = physiomon_anew("report", str(journals), "--results", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "pip install 'physiomon[export]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def physiomon_anew(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a new interpreter, which finds other modules."""
    return subprocess.run([PHYSIOMON, *words], capture_output=True, text=True, check=False)


def test_jobs_are_at_least_one(journals: Path) -> None:
    assert physiomon("report", str(journals), "--jobs", "0").returncode == 2
