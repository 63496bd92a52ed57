"""Check of a replay of eight hours, its report, and one engine step, compared with b24ed88.

That is physiomon's first version, of which ``B24ED88`` is a checkout: ``git worktree add
/tmp/b24ed88 b24ed88``. Each version records its demo, checks it with `physiomon replay --verify`
and reports it; the versions take turns, and the processor time of each process counts, start
included.
"""

import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.results import Result, ratio

MINUTES = 480
ROUNDS = 5
_NEW = Path(__file__).parents[1]
_PHYSIOMON = "from monitor.cli import main; main()"
# Both versions have these names.
_ENGINE = """
import sys, time
from pathlib import Path
from monitor.core.engine import Engine
from monitor.storage.journal import Journal
with Journal.read(Path(sys.argv[1])) as journal:
    entries = list(journal.entries())
engine, began = Engine(), time.process_time()
for entry in entries:
    engine.apply(entry)
print(time.process_time() - began)
"""


def run() -> list[Result]:
    """Return the ratios of processor times."""
    first = os.environ.get("B24ED88")
    if first is None or not (Path(first) / "monitor").is_dir():
        sys.exit("set B24ED88 to a checkout: git worktree add /tmp/b24ed88 b24ed88")
    with tempfile.TemporaryDirectory() as folder:
        trees = _NEW, Path(first)
        journals = [_recorded(tree, Path(folder) / str(n)) for n, tree in enumerate(trees)]
        checks = _rounds(trees, journals, partial(_command_s, ("replay", "--verify")))
        reports = _rounds(trees, journals, partial(_command_s, ("report",)))
        steps = _rounds(trees, journals, _reading_us)
    demo = f"of the demo of {MINUTES // 60} h"
    return [
        _result("replay check", f"`replay --verify` {demo}", checks, "s", 0.45),
        _result("replay report", f"`report` {demo}, three sustain times", reports, "s", 0.25),
        _result("replay reading", "a reading through the engine in that session", steps, "us", 0.7),
    ]


def _result(
    name: str, measured: str, times: tuple[list[float], list[float]], unit: str, goal: float
) -> Result:
    ours, firsts = map(statistics.median, times)
    return Result(
        name=name,
        measured=measured,
        alternative="physiomon's first version (commit `b24ed88`) with its own demo",
        value=ratio(*times),
        goal=goal,
        figures=f"{ours:.1f} {unit} against {firsts:.1f} {unit}",
    )


def _rounds(
    trees: Sequence[Path], journals: Sequence[Path], measure: Callable[[Path, Path], float]
) -> tuple[list[float], list[float]]:
    both = list(zip(trees, journals, strict=True))
    rounds = [[measure(*each) for each in both] for _ in range(ROUNDS)]
    return [ours for ours, _ in rounds], [firsts for _, firsts in rounds]


def _recorded(tree: Path, folder: Path) -> Path:
    options = ("--headless", "--minutes", str(MINUTES), "--speed", "100000")
    _python(tree, _PHYSIOMON, "demo", *options, "--journal-dir", str(folder))
    (journal,) = folder.glob("*.journal")
    return journal


def _command_s(command: Sequence[str], tree: Path, journal: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _python(tree, _PHYSIOMON, *command, str(journal))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _reading_us(tree: Path, journal: Path) -> float:
    with closing(sqlite3.connect(journal)) as database:
        query = "SELECT count(*) FROM facts WHERE kind = 'reading'"
        readings: int = database.execute(query).fetchone()[0]
    return float(_python(tree, _ENGINE, str(journal))) / readings * 1e6


def _python(tree: Path, code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(
        command, cwd=tree.parent, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout
