"""Recordings as sources of virtual sensors: one packet for each recorded sample.

Formats: Empatica E4 `..HR.csv`, `..TEMP.csv` and `..IBI.csv`; rides with the columns t_s,
heart_rate_bpm and ambient_temperature_c; RR intervals in ms, one per line.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devices.errors import PhysiomonError
from devices.virtual.sample_sources import HeartSample, TemperatureSample

_RIDE = "t_s,heart_rate_bpm,ambient_temperature_c"
_KNOWN = (
    "Empatica HR.csv, TEMP.csv or IBI.csv, a CSV with the columns "
    f"{_RIDE}, or RR intervals in ms, one per line"
)
_HIGHEST_RATE = 65535  # of 0x2A37
_LARGEST_BYTES = 100 << 20


class RecordingFileError(PhysiomonError):
    """A file that cannot be played; the message names file, line and problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording, with times in seconds since its start.

    Attributes:
        hearts: heart rate samples in order of time; integers, as in 0x2A37.
        temperatures: temperature samples in order of time.
        temperature_signal: ``skin_temperature`` or ``ambient_temperature``.
    """

    hearts: tuple[HeartSample, ...] = ()
    temperatures: tuple[TemperatureSample, ...] = ()
    temperature_signal: str = "ambient_temperature"

    @property
    def duration_s(self) -> float:
        """Return the time of the last sample."""
        ends = [series[-1].at_s for series in (self.hearts, self.temperatures) if series]
        return max(ends)

    def heart(self) -> Iterator[HeartSample]:
        """Yield the recorded heart rate samples with their times."""
        yield from self.hearts

    def temperature(self, every_s: float) -> Iterator[TemperatureSample]:  # noqa: ARG002
        """Yield the recorded temperatures with their times."""
        yield from self.temperatures


def read_recording(path: Path) -> Recording:
    """Read a recording.

    Raises:
        RecordingFileError: unreadable file, unknown format or invalid line.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise RecordingFileError(f"{path} is larger than 100 MB; split it")
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RecordingFileError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RecordingFileError(f"{path} is not a text file; use {_KNOWN}") from None
    file = _File(path, lines)
    first = lines[0].strip() if lines else ""
    if first == _RIDE:
        recording = _ride(file)
    elif first.endswith(", IBI"):
        recording = _ibi(file)
    elif "." in first and len(lines) > 1:
        recording = _empatica(file)
    elif first.isdigit():
        recording = _rr(file)
    else:
        raise RecordingFileError(f"{path} has an unknown format; use {_KNOWN}")
    if not recording.hearts and not recording.temperatures:
        raise RecordingFileError(f"{path} contains no samples; choose another file")
    return recording


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    lines: list[str]

    def wrong(self, number: int, what: str) -> RecordingFileError:
        return RecordingFileError(f"{self.path}, line {number}: {what}; correct or remove the line")

    def number(self, number: int, text: str, lowest: float, highest: float) -> float:
        """Parse a number.

        Raises:
            RecordingFileError: not a number, or out of range.
        """
        try:
            value = float(text)
        except ValueError:
            raise self.wrong(number, f"'{text.strip()[:40]}' is not a number") from None
        if not (math.isfinite(value) and lowest <= value <= highest):
            raise self.wrong(number, f"{value:g} is not between {lowest:g} and {highest:g}")
        return value

    def filled(self, start: int) -> Iterator[tuple[int, str]]:
        """Yield number and text of each non-empty line from `start`."""
        for number, line in enumerate(self.lines[start - 1 :], start):
            if line.strip():
                yield number, line


def _ride(file: _File) -> Recording:
    hearts: list[HeartSample] = []
    temperatures: list[TemperatureSample] = []
    last_s = -1.0
    for number, line in file.filled(2):
        fields = line.split(",")
        if len(fields) != len(_RIDE.split(",")):
            raise file.wrong(number, f"there are {len(fields)} columns instead of 3")
        at_s = file.number(number, fields[0], 0, 1e7)
        if at_s < last_s:  # two values in one second are valid
            raise file.wrong(number, f"time {at_s:g} s is earlier than on the line before")
        last_s = at_s
        if fields[1].strip():
            rate = round(file.number(number, fields[1], 0, _HIGHEST_RATE))
            hearts.append(HeartSample(at_s=at_s, rate=rate))
        if fields[2].strip():
            celsius = file.number(number, fields[2], -100, 100)
            temperatures.append(TemperatureSample(at_s=at_s, celsius=celsius))
    return Recording(hearts=tuple(hearts), temperatures=tuple(temperatures))


def _empatica(file: _File) -> Recording:
    file.number(1, file.lines[0], 0, 1e11)
    per_second = file.number(2, file.lines[1], 0.001, 1000)
    name = file.path.name.upper()
    values = list(file.filled(3))
    if "HR" in name:
        return Recording(
            hearts=tuple(
                HeartSample(
                    at_s=index / per_second, rate=round(file.number(n, line, 0, _HIGHEST_RATE))
                )
                for index, (n, line) in enumerate(values)
            )
        )
    if "TEMP" in name:
        return Recording(
            temperatures=tuple(
                TemperatureSample(at_s=index / per_second, celsius=file.number(n, line, -100, 100))
                for index, (n, line) in enumerate(values)
            ),
            temperature_signal="skin_temperature",
        )
    raise RecordingFileError(
        f"{file.path} looks like an Empatica file, but its name contains neither HR nor TEMP; "
        "restore its original name"
    )


def _ibi(file: _File) -> Recording:
    hearts: list[HeartSample] = []
    last_s = -1.0
    for number, line in file.filled(2):
        fields = line.split(",")
        if len(fields) != 2:  # noqa: PLR2004 - time and interval
            raise file.wrong(number, f"there are {len(fields)} columns instead of 2")
        at_s = file.number(number, fields[0], 0, 1e7)
        if at_s < last_s:  # two values in one second are valid
            raise file.wrong(number, f"time {at_s:g} s is earlier than on the line before")
        last_s = at_s
        hearts.append(_beat(at_s, file.number(number, fields[1], 0.1, 60)))
    return Recording(hearts=tuple(hearts))


def _rr(file: _File) -> Recording:
    hearts: list[HeartSample] = []
    at_s = 0.0
    for number, line in file.filled(1):
        interval_s = file.number(number, line, 100, 60_000) / 1000
        at_s += interval_s
        hearts.append(_beat(at_s, interval_s))
    return Recording(hearts=tuple(hearts))


def _beat(at_s: float, interval_s: float) -> HeartSample:
    return HeartSample(at_s=at_s, rate=round(60 / interval_s), rr=(round(interval_s * 1024),))
