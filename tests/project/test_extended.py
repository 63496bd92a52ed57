"""CI runs every test; `make test` leaves out the extended ones, and in no folder all."""

import os
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SELECTING = ("-m", "-k", "--ignore", "--deselect", "--last-failed", "tests")


def selection(target: str, *, ci: bool) -> list[str]:
    """Return the arguments that select tests, of pytest as make would run it."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ALL")}
    printed = subprocess.check_output(
        ["make", "--dry-run", target],
        cwd=REPOSITORY,
        env=environment | ({"CI": "true"} if ci else {}),
        text=True,
    )
    [command] = [line for line in printed.replace("\\\n", "").splitlines() if "/pytest " in line]
    words = shlex.split(command)
    return [
        f"{word} {after}" if word in ("-m", "-k") else word
        for word, after in zip(words, [*words[1:], ""], strict=True)
        if word.startswith(SELECTING)
    ]


@pytest.mark.parametrize(
    ("target", "ci"), [("test", True), ("test-all", False), ("test-all", True), ("coverage", True)]
)
def test_everything_is_run(target: str, *, ci: bool) -> None:
    assert selection(target, ci=ci) == []


def test_ci_runs_make_test() -> None:
    lines = (REPOSITORY / ".ci" / "run").read_text("utf-8").splitlines()
    [exported] = [line for line in lines if line.startswith("export ")]
    assert "CI=true" in exported.split()
    assert lines[-1] == "make test"


def test_extended_tests_are_left_out_elsewhere() -> None:
    assert selection("test", ci=False) == ["-m not extended"]
    assert selection("test-fast", ci=False)[0] == "-m not extended"


def collected(*arguments: str) -> Counter[str]:
    """Return the number of tests of each folder that a run with these arguments would have."""
    printed = subprocess.check_output(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", *arguments],
        cwd=REPOSITORY,
        text=True,
    )
    files = (line.rsplit(": ", 1) for line in printed.splitlines() if line.startswith("tests/"))
    return Counter(Path(file).parts[1] for file, count in files for _ in range(int(count)))


@pytest.mark.extended
def test_every_folder_has_tests_that_are_not_extended() -> None:
    all_tests, short = collected(), collected("-m", "not extended")
    assert short.keys() == all_tests.keys()
    assert short.total() < all_tests.total()
