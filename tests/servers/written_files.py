"""Wait for a file that a running process writes; Linux reports it, so nothing is polled."""

import ctypes
import os
from multiprocessing import connection
from pathlib import Path
from typing import IO, Any

_CREATE, _MOVED_TO = 0x100, 0x80  # of <sys/inotify.h>


def wait_for_file(folder: Path, pattern: str, output: IO[Any] | None) -> None:
    """Wait until a name in a folder matches, or until a process prints or ends.

    Args:
        folder: that exists.
        pattern: see `Path.glob`.
        output: pipe into which the process prints nothing before its work is done.
    """
    assert output is not None
    kernel = ctypes.CDLL(None)
    changes = kernel.inotify_init()
    try:
        assert kernel.inotify_add_watch(changes, os.fsencode(folder), _CREATE | _MOVED_TO) > 0
        while not any(folder.glob(pattern)):
            if output.fileno() in connection.wait([changes, output.fileno()]):
                return
            os.read(changes, 1 << 16)
    finally:
        os.close(changes)
