"""The journals of a cohort: files, and folders with all that is in them."""

from collections.abc import Iterable
from pathlib import Path

from monitor.errors import JournalError
from monitor.sessions.recording import without_duplicates

_PATTERN = "*.journal"


def find_journals(paths: Iterable[Path]) -> list[Path]:
    """Return files as they are, and instead of a folder its journals, sorted; each file once.

    Raises:
        JournalError: a folder contains no journals.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(each for each in path.rglob(_PATTERN) if each.is_file())
        if not inside:
            raise JournalError(
                f"{path} is a folder without journals ({_PATTERN}); give a journal file, or a "
                "folder that contains some"
            )
        found += inside
    return without_duplicates(found)
