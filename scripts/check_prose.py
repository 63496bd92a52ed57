"""Refuse the turns of phrase that `prose.toml` lists; part of `make check`."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent
_SUFFIXES = {".py", ".md", ".toml", ".js", ".css", ".html", ".yml", ".yaml", ".cfg", ".service", ""}
# They hold what is refused.
_EXAMPLES = {"prose.toml", "scripts/check_prose.py", "tests/project/test_prose.py"}
_IGNORED = "prose: ignore"
_RULES = tomllib.loads((ROOT / "prose.toml").read_text("utf-8"))
_TURNS = {re.compile(turn, re.IGNORECASE): instead for turn, instead in _RULES["turns"].items()}
# Files without any turn are passed at once: in small letters, and most turns only where a word
# begins, that takes a fifth of the time of asking each line for each turn.
_AT_WORDS = [turn.removeprefix(r"\b") for turn in _RULES["turns"] if turn.startswith(r"\b")]
_ELSEWHERE = [turn for turn in _RULES["turns"] if not turn.startswith(r"\b")]
_ANY_TURN = re.compile("|".join([rf"\b(?:{'|'.join(_AT_WORDS)})", *_ELSEWHERE]))
_FIRST_WORD = re.compile(rf'"""({"|".join(_RULES["first_words"]["refused"])})\b')


def refusals(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line number, the refused words and the hint for each refused turn of a text.

    >>> [hint for _, _, hint in refusals("It is made anew.")]  # prose: ignore - an example
    ['again']
    """
    if not (_ANY_TURN.search(text.lower()) or _FIRST_WORD.search(text)):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if _IGNORED in line:
            continue
        for turn, instead in _TURNS.items():
            if found := turn.search(line):
                yield number, found.group(), instead
        if found := _FIRST_WORD.search(line):
            yield number, found.group(), _RULES["first_words"]["instead"]


def kept(paths: list[str]) -> Iterable[str]:
    """List the files below some paths of the tree (all, if none is given), but ignored ones.

    An unpacked sdist has no git to ask; the patterns of .gitignore are simple enough for this.
    """
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        return listed.stdout.splitlines()
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()]

    def below(path: Path) -> Iterator[str]:
        name = path.relative_to(ROOT).as_posix()
        if any(fnmatch(f"/{name}" if each[0] == "/" else path.name, each) for each in ignored):
            return
        if not path.is_dir():
            yield name
            return
        for each in sorted(path.iterdir()):
            yield from below(each)

    return (name for each in paths or [""] for name in below(ROOT / each))


def main(paths: list[str]) -> int:
    """Print every refusal in the kept files below some paths."""
    count = 0
    for name in kept(paths):
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
