"""Refuse the turns of phrase that `prose.toml` lists; part of `make check`."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
_SUFFIXES = {".py", ".md", ".toml", ".js", ".css", ".html", ".yml", ".yaml", ".cfg", ".service", ""}
# They hold what is refused.
_EXAMPLES = {"prose.toml", "scripts/check_prose.py", "tests/project/test_prose.py"}
_IGNORED = "prose: ignore"
_RULES = tomllib.loads((ROOT / "prose.toml").read_text("utf-8"))
_TURNS = {re.compile(turn, re.IGNORECASE): instead for turn, instead in _RULES["turns"].items()}
_FIRST_WORD = re.compile(rf'"""({"|".join(_RULES["first_words"]["refused"])})\b')


def refusals(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line number, the refused words and the hint for each refused turn of a text.

    >>> [hint for _, _, hint in refusals("It is made anew.")]  # prose: ignore - an example
    ['again']
    """
    for number, line in enumerate(text.splitlines(), 1):
        if _IGNORED in line:
            continue
        for turn, instead in _TURNS.items():
            if found := turn.search(line):
                yield number, found.group(), instead
        if found := _FIRST_WORD.search(line):
            yield number, found.group(), _RULES["first_words"]["instead"]


def main(paths: list[str]) -> int:
    """Print every refusal in files below some paths (all, if none is given), but ignored ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    count = 0
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix not in _SUFFIXES or name in _EXAMPLES:
            continue
        for number, words, instead in refusals(path.read_text("utf-8")):
            count += 1
            print(f"{name}:{number}: {words!r}: write {instead}")
    if count:
        print(f"{count} refused turns of phrase; prose.toml explains", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
