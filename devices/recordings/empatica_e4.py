"""Files of an Empatica E4 session: heart rate, skin temperature, beat intervals and tags.

HR.csv, TEMP.csv, EDA.csv and BVP.csv have the same layout: start in Unix seconds, samples per
second, then values. They are told apart by rate and values, because names do not survive export
and renaming: E4 writes the heart rate at 1 Hz and, at 4 Hz, temperatures with two decimals and
electrodermal activity with six. IBI.csv has a header with the start; tags.csv has only times.
Source: info.txt of an E4 session; Empatica, "E4 data - HR.csv explanation".
"""

from datetime import UTC, datetime

import numpy as np

from devices.recordings.recorded_file import (
    Event,
    RecordedFile,
    RecordingFileError,
    Series,
    UnknownFormatError,
)
from devices.recordings.text_file import TextFile, is_number
from devices.signals import SIGNALS

_FORMAT = "Empatica E4"
_UNIX_S = (1e9, 1e11)  # 2001 on; no interval, rate or temperature is as large
_INTERVAL_HEADER = 2
_SKIN_HZ = 4.0
_RATE_HZ = 1.0
_DECIMALS = 2
_NO_TEMPERATURE = 100.0
_LOWEST_MEDIAN_RATE, _HIGHEST_MEDIAN_RATE = 30, 220


def read(file: TextFile) -> RecordedFile | None:
    """Read one file of a session; return None if the file has another format.

    Raises:
        RecordingFileError: a line is invalid.
        UnknownFormatError: the file has other signals, such as acceleration.
    """
    first = [field.strip() for field in file.line(1).split(",")]
    if not (is_number(first[0]) and _UNIX_S[0] <= float(first[0]) < _UNIX_S[1]):
        return None
    if len(first) == _INTERVAL_HEADER and first[1].upper() == "IBI":
        return _intervals(file, float(first[0]))
    if len(first) > 1:
        raise UnknownFormatError(
            f"{file.path} is an {_FORMAT} file with {len(first)} columns (acceleration); physiomon "
            "reads heart rate, skin temperature, intervals and tags"
        )
    second = file.line(2)
    if not second or (is_number(second) and float(second) >= _UNIX_S[0]):
        return _tags(file, float(first[0]))
    return _regular(file, float(first[0]))


def _intervals(file: TextFile, start_s: float) -> RecordedFile:
    beats: list[tuple[float, float]] = []
    last_s = 0.0
    for number, line in file.filled(2):
        fields = line.split(",")
        if len(fields) != _INTERVAL_HEADER:
            raise file.wrong(number, f"there are {len(fields)} columns instead of 2")
        at_s = file.number(number, fields[0], 0, 1e7)
        if at_s < last_s:
            raise file.wrong(number, f"time {at_s:g} s is earlier than on the line before")
        last_s = at_s
        beats.append((at_s, 1000 * file.number(number, fields[1], 0.1, 60)))
    return _recorded(file, start_s, {"rr_interval": Series.of(beats)})


def _tags(file: TextFile, start_s: float) -> RecordedFile:
    times = [file.number(number, line, *_UNIX_S) for number, line in file.filled()]
    start_s = min(start_s, *times)
    events = tuple(Event(at_s - start_s, "tag") for at_s in times)
    return _recorded(file, start_s, {}, events)


def _regular(file: TextFile, start_s: float) -> RecordedFile:
    per_second = file.number(2, file.line(2).split(",")[0], 0.001, 1000)
    lines = list(file.filled(3))
    values = np.array([file.number(number, line, -1e6, 1e6) for number, line in lines])
    if not values.size:
        raise RecordingFileError(f"{file.path} ({_FORMAT}) contains no samples")
    median = float(np.median(values[values != 0])) if values.any() else 0.0
    notes: tuple[str, ...] = ()
    decimals = max(len(line.partition(".")[2]) for _, line in lines)
    skin = SIGNALS["skin_temperature"]
    if per_second == _RATE_HZ and _LOWEST_MEDIAN_RATE <= median <= _HIGHEST_MEDIAN_RATE:
        name = "heart_rate"
    elif per_second == _SKIN_HZ and skin.plausible(median) and decimals <= _DECIMALS:
        name = "skin_temperature"
        # Until its sensor works, an E4 writes 382.21, a code for no value.
        if unknown := int((values > _NO_TEMPERATURE).sum()):
            values[values > _NO_TEMPERATURE] = np.nan
            notes = (f"{unknown} temperatures above {_NO_TEMPERATURE:g} Cel were left out",)
    else:
        raise UnknownFormatError(
            f"{file.path} has the layout of {_FORMAT}, but {per_second:g} values per second with "
            f"median {median:g} are neither a heart rate (1 per second, 30 to 220 /min) nor a "
            f"skin temperature (4 per second, {skin.lowest:g} to {skin.highest:g} Cel with two "
            "decimals)"
        )
    return _recorded(file, start_s, {name: Series.regular(0.0, per_second, values)}, (), notes)


def _recorded(
    file: TextFile,
    start_s: float,
    series: dict[str, Series],
    events: tuple[Event, ...] = (),
    notes: tuple[str, ...] = (),
) -> RecordedFile:
    return RecordedFile(
        path=file.path,
        format=_FORMAT,
        device="Empatica E4",
        start=datetime.fromtimestamp(start_s, UTC),
        series=series,
        events=events,
        notes=notes,
    )
