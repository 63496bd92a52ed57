"""Files that appear under their names only when they are complete."""

import os
from pathlib import Path

from monitor.errors import OutputError


def write_whole(target: Path, content: bytes) -> None:
    """Write a file and create its folder; replace a file of that name in one step.

    Raises:
        OutputError: it cannot be written; a file that was there is unchanged.
    """
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(content)
        half.replace(target)
    except OSError as error:
        if half.parent.is_dir():
            half.unlink(missing_ok=True)
        raise OutputError(
            f"cannot write {target}: {error.strerror}; choose another folder or free disk space"
        ) from None
