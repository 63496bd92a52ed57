"""RR intervals as text: one per line, or time and interval, in milliseconds or seconds.

Elite HRV exports milliseconds, one per line; Kubios reads and writes seconds or milliseconds, with
or without times. The unit is that in which most intervals are those of a heart. There is no time
of day. Lines that begin with '#' and headers are skipped.
Source: Kubios HRV User's Guide 3.4, 2 (ASCII text files with RR intervals in one or two columns).
"""

import re
from itertools import pairwise

import numpy as np

from devices.recordings.recorded_file import (
    SIMULATED,
    FloatArray,
    RecordedFile,
    RecordingFileError,
    Series,
)
from devices.recordings.text_file import TextFile, is_number

_SEPARATORS = re.compile(r"[;,\s]+")
_DECIMAL_COMMA = re.compile(r"(\d{1,9}),\d{1,9}")
_HEADER_LINES = 5
_MOST_COLUMNS = 2
_PLAUSIBLE_S = (0.25, 2.5)
_MS = 1000.0
_AGREE_S = 0.5


def read(file: TextFile) -> RecordedFile | None:
    """Read intervals; return None if the file has another format.

    Raises:
        RecordingFileError: a line is invalid, or the unit is not recognisable.
    """
    file = _with_decimal_points(file)
    first = next((n for n, line in file.filled() if _is_row(line)), None)
    head = [line for n, line in file.filled() if first is None or n < first]
    skipped = [line for line in head if not line.startswith("#")]
    if first is None or len(skipped) > _HEADER_LINES:
        return None
    width = len(_fields(file.line(first)))
    if width > _MOST_COLUMNS:
        return None
    rows: list[list[float]] = []
    for number, line in file.filled(first):
        if line.startswith("#"):
            continue
        fields = _fields(line)
        if len(fields) != width:
            raise file.wrong(number, f"there are {len(fields)} columns instead of {width}")
        times = [file.number(number, field, -1e9, 1e9) for field in fields[:-1]]
        rows.append([*times, file.number(number, fields[-1], 0, 1e9)])
    table = np.array(rows, dtype=np.float64)
    factor = _to_seconds(file, table[:, -1])
    intervals_s = table[:, -1] * factor
    times_s = np.cumsum(intervals_s) if width == 1 else _times_s(file, table[:, 0], intervals_s)
    zero = int((intervals_s == 0).sum())
    kept = intervals_s > 0
    return RecordedFile(
        path=file.path,
        format="RR intervals",
        series={"rr_interval": Series(times_s[kept], intervals_s[kept] * _MS)},
        notes=(f"{zero} intervals of 0 were left out",) if zero else (),
        simulated=any(line.startswith(f"# {SIMULATED}") for line in head),
    )


def _with_decimal_points(file: TextFile) -> TextFile:
    """Replace decimal commas of a single column; a comma may also separate time and interval."""
    pairs = [_DECIMAL_COMMA.fullmatch(line) for _, line in file.filled()]
    if not pairs or None in pairs:
        return file
    whole = [int(pair[1]) for pair in pairs if pair]
    if len(whole) > 1 and all(a < b for a, b in pairwise(whole)):
        return file
    return TextFile(file.path, [line.replace(",", ".") for line in file.lines])


def _fields(line: str) -> list[str]:
    return [] if line.startswith("#") else _SEPARATORS.split(line.strip(" ;,\t"))


def _is_row(line: str) -> bool:
    fields = _fields(line)
    return bool(fields) and all(map(is_number, fields))


def _to_seconds(file: TextFile, intervals: FloatArray) -> float:
    """Return the factor that converts intervals to seconds."""
    median = float(np.median(intervals))
    for factor in (1 / _MS, 1.0):
        if _PLAUSIBLE_S[0] <= median * factor <= _PLAUSIBLE_S[1]:
            return factor
    raise RecordingFileError(
        f"{file.path} contains numbers with median {median:g}, which are RR intervals neither in "
        "milliseconds (250 to 2500) nor in seconds (0.25 to 2.5); convert them"
    )


def _times_s(
    file: TextFile,
    times: FloatArray,
    intervals_s: FloatArray,
) -> FloatArray:
    """Return times in seconds, of which the unit is the one that agrees with the intervals."""
    if times.size == 1:
        return intervals_s.copy()
    steps = np.diff(times)
    for factor in (1.0, 1 / _MS):
        if abs(np.median(steps) * factor / np.median(intervals_s) - 1) < _AGREE_S:
            # The first beat ends its interval, which begins at or after time 0.
            shift_s = max(0.0, intervals_s[0] - times[0] * factor)
            return np.asarray(times * factor + shift_s, dtype=np.float64)
    raise RecordingFileError(
        f"{file.path} has two columns, but the first is not the time of the beats in seconds or "
        "milliseconds; remove it"
    )
