"""Training sessions exported by Polar Flow as CSV: two lines about the session, then samples.

Source: exported files in public repositories: a header with Name, Sport, Date (dd-mm-yyyy) and
Start time (local), its values, and a second header with Sample rate, Time and HR (bpm).
"""

import csv
from datetime import datetime

from devices.recordings.recorded_file import RecordedFile, Series
from devices.recordings.text_file import TextFile, quoted

_SESSION = {"sport", "date", "start time"}
_TIME, _RATE, _TEMPERATURE = "time", "hr (bpm)", "temperatures (c)"


def read(file: TextFile) -> RecordedFile | None:
    """Read a session; return None if the file has another format.

    Raises:
        RecordingFileError: the start or a sample is invalid.
    """
    names = _row(file.line(1))
    if not set(map(str.lower, names)) >= _SESSION:
        return None
    about = dict(zip(map(str.lower, names), _row(file.line(2)), strict=False))
    start = _start(file, about)
    rows = file.filled(3)
    header_at, header = next(
        ((number, list(map(str.lower, _row(line)))) for number, line in rows), (3, [])
    )
    if _TIME not in header or _RATE not in header:
        raise file.wrong(header_at, "the columns 'Time' and 'HR (bpm)' are missing")
    time_at, rate_at = header.index(_TIME), header.index(_RATE)
    warm_at = header.index(_TEMPERATURE) if _TEMPERATURE in header else None
    rates: list[tuple[float, float]] = []
    warm: list[tuple[float, float]] = []
    last_s = 0.0
    for number, line in rows:
        fields = _row(line)
        if len(fields) <= max(time_at, rate_at):
            raise file.wrong(number, f"there are only {len(fields)} columns")
        at_s = _elapsed_s(file, number, fields[time_at])
        if at_s < last_s:
            raise file.wrong(number, f"time {fields[time_at]} is earlier than on the line before")
        last_s = at_s
        if fields[rate_at]:
            rates.append((at_s, file.number(number, fields[rate_at], 0, 1000)))
        if warm_at is not None and warm_at < len(fields) and fields[warm_at]:
            warm.append((at_s, file.number(number, fields[warm_at], -100, 100)))
    return RecordedFile(
        path=file.path,
        format="Polar Flow",
        start=start,
        series={"heart_rate": Series.of(rates), "ambient_temperature": Series.of(warm)},
    )


def _row(line: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([line]), [])]


def _start(file: TextFile, about: dict[str, str]) -> datetime:
    text = f"{about.get('date', '')} {about.get('start time', '')}"
    for layout in ("%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text, layout)  # noqa: DTZ007 - the file has no zone
        except ValueError:
            continue
    raise file.wrong(2, f"{quoted(text)} is not a date (dd-mm-yyyy) and start time")


def _elapsed_s(file: TextFile, number: int, text: str) -> float:
    parts = text.split(":")
    if len(parts) != 3:  # noqa: PLR2004 - hours, minutes, seconds
        raise file.wrong(number, f"{quoted(text)} is not a time hh:mm:ss")
    hours, minutes, seconds = (file.number(number, part, 0, 1000) for part in parts)
    return hours * 3600 + minutes * 60 + seconds
