"""Standard output and standard error that cannot stop a service.

A full disk, a closed pipe or a terminal that was halted with Ctrl-S would otherwise end it, or
halt it, with the next line of its log.
"""

import asyncio
import io
import os
import sys
import threading
from collections import deque

_MOST = 1000  # waiting pieces of text; further ones are lost and counted
_WAIT_S = 1.0


class UnblockedOutput(io.TextIOBase):
    """Text stream to a file descriptor whose writes neither wait nor fail.

    A thread writes. Lines that cannot be written are lost; their number follows when it works
    again.
    """

    def __init__(self, descriptor: int) -> None:
        """Write to a file descriptor, which stays open."""
        self._descriptor = descriptor
        self._waiting: deque[str] = deque()
        self._changed = threading.Condition()
        self._lost = 0
        self._stuck = False
        threading.Thread(target=self._write_all, daemon=True).start()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read-only here
        """Return the encoding of what is written."""
        return "utf-8"

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Hand text to the thread that writes."""
        with self._changed:
            if len(self._waiting) < _MOST:
                self._waiting.append(text)
                self._changed.notify_all()
            else:
                self._lost += text.count("\n")
        return len(text)

    def flush(self) -> None:
        """Wait a second at most for what was written before; in an event loop, do not wait."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            with self._changed:
                if not self._stuck:
                    self._stuck = not self._changed.wait_for(lambda: not self._waiting, _WAIT_S)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                text, lost = self._waiting[0], self._lost
            note = f"physiomon: {lost} lines of this output were lost\n" if lost else ""
            written = self._written(note + text)
            with self._changed:
                self._waiting.popleft()
                self._lost += -lost if written else text.count("\n")
                self._stuck = self._stuck and not written
                self._changed.notify_all()

    def _written(self, text: str) -> bool:
        """Return whether all of a text could be written."""
        data = text.encode(errors="backslashreplace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            return False
        return True


def unblock_output() -> None:
    """Replace standard output and standard error of this process."""
    sys.stdout.flush()
    sys.stdout, sys.stderr = (UnblockedOutput(each.fileno()) for each in (sys.stdout, sys.stderr))
