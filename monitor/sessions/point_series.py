"""Points of charts: in memory, and beyond its budget in a file that ends with the process.

A thousand sensors at 1 Hz make 1.4 GB of points a day, and charts show the whole session.
"""

import os
import tempfile
import weakref
from array import array
from bisect import bisect_left, bisect_right
from contextlib import suppress
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_MOST_POINTS = 4_000_000  # 64 MB; 17 hours of 64 channels at 1 Hz
_CHUNK = 1024  # points written at once: 16 kB

Points = tuple[NDArray[np.int64], NDArray[np.float64]]


class PointStore:
    """Memory budget of all series of a session, and the file of the points beyond it.

    Args:
        folder: of the file, which has no name; None keeps everything in memory.
        most: number of points to keep in memory.
        chunk: number of points that are written at once.
    """

    def __init__(
        self, folder: Path | None = None, most: int = _MOST_POINTS, chunk: int = _CHUNK
    ) -> None:
        self.in_memory = 0
        self.chunk = chunk
        self._folder = folder
        self._most = most
        self._file = -1
        self._end = 0

    @property
    def full(self) -> bool:
        """Return whether points must leave the memory."""
        return self.in_memory > self._most and self._folder is not None

    @property
    def in_file(self) -> bool:
        """Return whether points have left the memory."""
        return self._file >= 0

    def write(self, points: bytes) -> int | None:
        """Write a chunk; return its place, or None, and a larger budget, if that fails."""
        try:
            if self._file < 0:
                self._file, name = tempfile.mkstemp(prefix=".charts-", dir=self._folder)
                weakref.finalize(self, os.close, self._file)
                Path(name).unlink()
            written = os.pwrite(self._file, points, self._end)
        except OSError:  # the journal is on the same disk and reports it
            written = 0
        if written != len(points):
            self._most *= 2
            return None
        self._end += written
        return self._end - written

    def read(self, place: int, start_ns: int) -> Points:
        """Return a chunk; if the disk fails, a gap at its start, so that pages show the rest."""
        size = 8 * self.chunk
        with suppress(OSError):
            points = os.pread(self._file, 2 * size, place)
            if len(points) == 2 * size:
                return np.frombuffer(points[:size], np.int64), np.frombuffer(points[size:])
        return np.array([start_ns]), np.array([np.nan])


class PointSeries:
    """Times in ns and values, in order of time; the oldest may be in the store's file."""

    def __init__(self, store: PointStore) -> None:
        self._store = store
        self._at_ns = array("q")
        self._values = array("d")
        self._starts = array("q")  # first time of each chunk in the file
        self._places = array("q")

    def add(self, at_ns: int, value: float | None) -> None:
        """Add a point, or replace the one of the same time; None is a gap."""
        shown = np.nan if value is None else value
        if not self._at_ns or at_ns > self._at_ns[-1]:
            self._at_ns.append(at_ns)
            self._values.append(shown)
            self._store.in_memory += 1
            if self._store.full and len(self._at_ns) >= 2 * self._store.chunk:
                self._write_chunk()
            return
        if self._starts and at_ns < self._at_ns[0]:
            self._read_back()
        place = bisect_left(self._at_ns, at_ns)
        if self._at_ns[place] == at_ns:
            self._values[place] = shown  # correction of a point
        else:
            self._at_ns.insert(place, at_ns)  # dated back
            self._values.insert(place, shown)
            self._store.in_memory += 1

    def between(self, since_ns: int, until_ns: int, after: Literal[0, 1]) -> Points:
        """Return copies of the points in a range, the one before it, and `after` more behind it."""
        at_ns, values = self._around(since_ns, until_ns)
        start = max(0, int(np.searchsorted(at_ns, since_ns)) - 1)
        stop = int(np.searchsorted(at_ns, until_ns, "right")) + after
        return at_ns[start:stop], values[start:stop]

    def _around(self, since_ns: int, until_ns: int) -> Points:
        """Return the points in a range, at least one before it and one behind it, if there are."""
        first = max(0, bisect_left(self._starts, since_ns) - 1)
        last = bisect_right(self._starts, until_ns) + 1
        written = zip(self._places[first:last], self._starts[first:last], strict=True)
        parts = [self._store.read(place, start_ns) for place, start_ns in written]
        if last >= len(self._places):
            some = slice(
                max(0, bisect_left(self._at_ns, since_ns) - 1),
                bisect_right(self._at_ns, until_ns) + 1,
            )
            parts.append((np.array(self._at_ns[some]), np.array(self._values[some])))
        at_ns, values = zip(*parts, strict=True)
        return np.concatenate(at_ns), np.concatenate(values)

    def _write_chunk(self) -> None:
        chunk = self._store.chunk
        points = self._at_ns[:chunk].tobytes() + self._values[:chunk].tobytes()
        place = self._store.write(points)
        if place is None:
            return
        self._starts.append(self._at_ns[0])
        self._places.append(place)
        del self._at_ns[:chunk], self._values[:chunk]
        self._store.in_memory -= chunk

    def _read_back(self) -> None:
        """Take all points into memory again: one of them changes, which is rare."""
        at_ns, values = self._around(self._starts[0], self._at_ns[-1])
        self._store.in_memory += len(at_ns) - len(self._at_ns)
        self._at_ns, self._values = array("q", at_ns.tobytes()), array("d", values.tobytes())
        self._starts, self._places = array("q"), array("q")
