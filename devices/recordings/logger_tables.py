"""Text exports of Polar Sensor Logger and HRV Logger: a header, then one row per value.

Columns are found by their headers: their order has changed between versions. Rows are separated by
semicolons or commas; the time is the phone's local time without a zone.
Source: headers of exported files in public repositories; RRational, "Data Formats" (HRV Logger).
"""

from datetime import datetime

from devices.recordings.recorded_file import Event, RecordedFile, Series, UnknownFormatError
from devices.recordings.text_file import TextFile, quoted

_POLAR_TIMES = ("phone timestamp", "phone data rx timestamp")
_HRV_LOGGER_TIMES = ("date", "timestamp")
_RATE = ("hr [bpm]",)
_INTERVAL = ("rr-interval [ms]", "pp-interval [ms]")
_MARK = ("marker start/stop",)


def read(file: TextFile) -> RecordedFile | None:
    """Read such a table; return None if the file has another format.

    Raises:
        RecordingFileError: a row is invalid.
        UnknownFormatError: the table has other signals, such as an ECG.
    """
    first = file.line(1)
    separator = ";" if ";" in first else ","
    header = [name.strip().lower() for name in first.split(separator)]
    rates: tuple[str, ...]
    intervals: tuple[str, ...]
    marks: tuple[str, ...]
    if header[0] in _POLAR_TIMES:
        name, rates, intervals, marks = "Polar Sensor Logger", _RATE, _INTERVAL, _MARK
    elif header[0] in _HRV_LOGGER_TIMES and "rr" in header:
        name, rates, intervals, marks = "HRV Logger", (), ("rr",), ()
    else:
        return None
    columns = [_column(header, names) for names in (rates, intervals, marks)]
    if columns == [None, None, None]:
        raise UnknownFormatError(
            f"{file.path} is a {name} file with {quoted(', '.join(header[1:]))}; physiomon reads "
            "heart rate, RR and pulse intervals, and markers"
        )
    return _rows(file, name, separator, len(header), columns, _column(header, ("blocker",)))


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _rows(
    file: TextFile,
    name: str,
    separator: str,
    width: int,
    columns: list[int | None],
    blocker: int | None,
) -> RecordedFile:
    rate_at, interval_at, mark_at = columns
    start: datetime | None = None
    rates: list[tuple[float, float]] = []
    intervals: list[tuple[float, float]] = []
    events: list[Event] = []
    blocked = 0
    last_s = 0.0
    for number, line in file.filled(2):
        fields = [field.strip() for field in line.split(separator)]
        if len(fields) < width - 1:  # some headers end with a separator, and rows do not
            raise file.wrong(number, f"there are {len(fields)} columns instead of {width}")
        fields += [""] * (width - len(fields))
        at = file.time(number, fields[0])
        start = start or at
        at_s = file.elapsed_s(number, at, start)
        if at_s < last_s:
            raise file.wrong(number, f"time {fields[0]} is earlier than on the line before")
        last_s = at_s
        if mark_at is not None and fields[mark_at]:
            events.append(Event(at_s, fields[mark_at]))
        if rate_at is not None and fields[rate_at] and (not rates or rates[-1][0] < at_s):
            rates.append((at_s, file.number(number, fields[rate_at], 0, 1000)))
        if interval_at is not None and fields[interval_at]:
            interval_ms = file.number(number, fields[interval_at], 0, 60_000)
            if interval_ms == 0 or (blocker is not None and fields[blocker] == "1"):
                blocked += 1
            else:
                intervals.append((at_s, interval_ms))
    if rate_at is not None and not any(rate for _, rate in rates):
        rates = []  # optical sensors send 0 while they send intervals
    notes = (f"{blocked} intervals that the sensor marked as unusable were left out",)
    return RecordedFile(
        path=file.path,
        format=name,
        start=start,
        series={"heart_rate": Series.of(rates), "rr_interval": Series.of(intervals)},
        events=tuple(events),
        notes=notes if blocked else (),
    )
