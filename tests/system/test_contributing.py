"""The changes of CONTRIBUTING.md apply, and its commands run, in a copy of the tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.durations import LONG, PATIENCE_S, rest_extended

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
# Compiled files are copied: they are still good, and compiling takes longer than most commands.
_NOT_COPIED = (".git", ".venv", ".*_cache", ".hypothesis", "dist", "site", ".cache", "journals")
FILES = re.compile(r"(?<!\S)(?:\.venv|tests)/\S+")
_BLOCK = re.compile(r"```(diff|console)\n(.*?)```", re.DOTALL)


def sections() -> dict[str, list[tuple[str, str]]]:
    """Return the blocks of each section that has any, as (language, text)."""
    found = {}
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        if blocks := _BLOCK.findall(text):
            found[title] = blocks
    return found


SECTIONS = sections()


class Checkout:
    """A copy of the repository in which the page is followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
        # The environment has the repository in editable form: what is run must be the copy.
        self._environment = {
            **kept,
            "PYTHONPATH": str(folder),
            "PRE_COMMIT_HOME": str(folder / ".venv-hooks"),
            "COLUMNS": "200",
            "NO_COLOR": "1",
        }

    @classmethod
    def of_the_repository(cls, folder: Path) -> "Checkout":
        """Copy the repository and put it under version control."""
        shutil.copytree(REPOSITORY, folder, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        (folder / ".venv").symlink_to(sys.prefix)
        made = cls(folder)
        made.run("git init --quiet && git add --all")
        return made

    def restore(self) -> None:
        """Undo all changes; files that are not under version control stay if they are ignored."""
        self.run("git checkout --quiet . && git clean --quiet --force -d")

    def run(self, command: str, stdin: str | None = None) -> None:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout[-3000:], done.stderr[-3000:])


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.of_the_repository(tmp_path_factory.mktemp("copied") / "physiomon")


@pytest.fixture
def checkout(copied: Checkout) -> Checkout:
    """An unchanged copy: undoing takes less time than copying thousands of files again."""
    copied.restore()
    return copied


def test_page_explains_common_additions() -> None:
    assert {"Set up", "Run tests", "Add a sensor kind", "Add a rule", "Add a page"} <= {*SECTIONS}


@pytest.mark.parametrize("section", rest_extended(SECTIONS, first=2))
def test_changes_and_commands_of_the_page_work(section: str, checkout: Checkout) -> None:
    changed = False
    for language, text in SECTIONS[section]:
        if language == "diff":
            checkout.run("git apply -", stdin=text)
            changed = True
            continue
        for line in text.splitlines():
            command = re.sub(r"\s+#.*", "", line)
            # Targets of make are tested elsewhere; this checks only that they exist.
            if not command.startswith("make ") and not (changed or LONG):
                checkout.run(f"ls {' '.join(FILES.findall(command))}")  # the rest is for CI
                continue
            checkout.run(re.sub(r"^make\b", "make --dry-run", command))
