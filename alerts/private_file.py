"""Files with secrets that the service makes for itself."""

import os
from collections.abc import Callable
from pathlib import Path

from devices.errors import PhysiomonError


def keep_private(path: Path, make: Callable[[], bytes], refusal: type[PhysiomonError]) -> bytes:
    """Return the content of a file that only its owner may read; create the file if needed.

    Args:
        path: of the file; its folder is created too.
        make: returns the content of a new file.
        refusal: class of the error if others may read the file.

    Raises:
        OSError: the file cannot be read or created.
        PhysiomonError: a `refusal`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "wb") as new:
            new.write(make())
            new.flush()
            os.fsync(descriptor)
    if path.stat().st_mode & 0o077:
        raise refusal(f"other users can read {path}; run chmod 600 {path}")
    return path.read_bytes()
