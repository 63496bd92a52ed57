"""Several recordings as data frames."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from monitor.cohorts.journals import find_journals
from monitor.extras import load_extra
from physiomon.recording import Recording
from physiomon.recording import open as open_recording

_LEADING = ("recording", "participant", "simulated")


def open_all(
    *paths: str | os.PathLike[str], zero: str = "start", names: bool = False, notes: bool = False
) -> "Recordings":
    """Open several recordings.

    Args:
        paths: of journals, or of folders with journals.
        zero: as in `open`, for each of them.
        names: as in `open`.
        notes: as in `open`.

    Raises:
        PhysiomonError: a folder contains no journals.
    """
    found = find_journals(map(Path, paths))
    return Recordings(found, zero=zero, names=names, notes=notes)


class Recordings:
    """A collection of recordings, read one at a time.

    Its tables have the columns of those of a `Recording`, after `recording` (key), `participant`
    and `simulated`. Iterating yields each `Recording`, open until the next one.
    """

    def __init__(self, paths: list[Path], *, zero: str, names: bool, notes: bool) -> None:
        self.paths = paths
        self._zero, self._names, self._notes = zero, names, notes

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[Recording]:
        for path in self.paths:
            with open_recording(
                path, zero=self._zero, names=self._names, notes=self._notes
            ) as recording:
                yield recording

    def metadata(self) -> Any:
        """Return one row per recording; see `Recording.metadata`."""
        return load_extra("pandas", "export").DataFrame([each.metadata() for each in self])

    def readings(
        self, signal: str | None = None, *, sensor: str | None = None, quality: str = "good"
    ) -> Any:
        """Return the values of a signal in all recordings; see `Recording.readings`."""
        return self._joined(
            lambda recording: recording.readings(signal, sensor=sensor, quality=quality)
        )

    def beats(self, *, sensor: str | None = None, quality: str = "good") -> Any:
        """Return the heart beats of all recordings; see `Recording.beats`."""
        return self._joined(lambda recording: recording.beats(sensor=sensor, quality=quality))

    def events(self) -> Any:
        """Return the events of all recordings; see `Recording.events`."""
        return self._joined(Recording.events)

    def alarms(self) -> Any:
        """Return the alarms of all recordings; see `Recording.alarms`."""
        return self._joined(Recording.alarms)

    def sensors(self) -> Any:
        """Return the devices of all recordings; see `Recording.sensors`."""
        return self._joined(Recording.sensors)

    def statistics(self) -> Any:
        """Return the rolling statistics of all recordings; see `Recording.statistics`."""
        return self._joined(Recording.statistics)

    def _joined(self, table_of: Callable[[Recording], Any]) -> Any:
        pandas = load_extra("pandas", "export")
        tables = []
        for recording in self:
            table, metadata = table_of(recording), recording.metadata()
            for place, name in enumerate(_LEADING):
                table.insert(place, name, metadata[name])
            table.attrs = {"units": table.attrs["units"]}
            tables.append(table)
        return pandas.concat(tables, ignore_index=True) if tables else pandas.DataFrame()
