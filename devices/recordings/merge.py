"""Files of one recording, put on one time axis. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import pairwise

import numpy as np

from devices.recordings.recorded_file import Event, RecordedFile, RecordingFileError, Series


def merge(files: Sequence[RecordedFile], zone: tzinfo | None) -> RecordedFile:
    """Merge files into one, with time 0 at the earliest start.

    Args:
        files: of one person and time, at least one; those with the same signal must follow each
            other in time.
        zone: time zone of the files with local times; None for that of this computer.

    Returns:
        A recording whose start is aware, or None if the only file has none.

    Raises:
        RecordingFileError: a file among several has no time of day, or two contain the same signal
            at the same time.
    """
    starts = [_aware(each.start, zone) for each in files]
    if len(files) == 1:
        return replace(files[0], start=starts[0])
    known = [each for each in starts if each is not None]
    if len(known) < len(files):
        unknown = files[starts.index(None)]
        raise RecordingFileError(
            f"{unknown.path} ({unknown.format}) has no time of day and cannot be aligned with the "
            "other files; import it separately with --start"
        )
    start = min(known)
    shifts = [(each - start).total_seconds() for each in known]
    names = dict.fromkeys(name for each in files for name in each.series)
    pairs = list(zip(files, shifts, strict=True))
    return RecordedFile(
        path=files[0].path,
        format=", ".join(dict.fromkeys(each.format for each in files)),
        device=", ".join(dict.fromkeys(each.device for each in files if each.device)),
        start=start,
        series={name: _joined(name, pairs) for name in names},
        events=tuple(
            sorted(
                (Event(e.at_s + shift, e.text) for file, shift in pairs for e in file.events),
                key=lambda event: event.at_s,
            )
        ),
        notes=tuple(f"{file.path.name}: {note}" for file in files for note in file.notes),
        simulated=any(each.simulated for each in files),
    )


def _aware(start: datetime | None, zone: tzinfo | None) -> datetime | None:
    if start is None or start.tzinfo is not None:
        return start
    return start.astimezone() if zone is None else start.replace(tzinfo=zone)


def _joined(name: str, pairs: Sequence[tuple[RecordedFile, float]]) -> Series:
    parts = sorted(
        (
            (file.series[name].times_s + shift, file.series[name].values, file)
            for file, shift in pairs
            if name in file.series
        ),
        key=lambda part: float(part[0][0]),
    )
    for before, after in pairwise(parts):
        if before[0][-1] >= after[0][0]:
            raise RecordingFileError(
                f"{before[2].path} and {after[2].path} both contain {name.replace('_', ' ')} at "
                "the same time; give only one of them"
            )
    return Series(
        np.concatenate([times_s for times_s, _, _ in parts]),
        np.concatenate([values for _, values, _ in parts]),
    )
