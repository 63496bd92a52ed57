"""Per-minute tables of Empatica EmbracePlus: pulse rate and skin temperature.

A header names the columns; ``timestamp_unix`` is in milliseconds; a missing value has a reason.
Source: Empatica Care Portal, aggregated data (digital biomarkers) as CSV.
"""

from datetime import UTC, datetime

from devices.recordings.recorded_file import RecordedFile, Series, UnknownFormatError
from devices.recordings.text_file import TextFile, quoted

_TIME = "timestamp_unix"
_SIGNALS = {"pulse_rate_bpm": "pulse_rate", "temperature_celsius": "skin_temperature"}
_UNIX_MS = (1e12, 1e14)


def read(file: TextFile) -> RecordedFile | None:
    """Read such a table; return None if the file has another format.

    Raises:
        RecordingFileError: a row is invalid.
        UnknownFormatError: the table has other values, such as activity.
    """
    header = [name.strip().lower() for name in file.line(1).split(",")]
    if _TIME not in header or "participant_full_id" not in header:
        return None
    time_at = header.index(_TIME)
    columns = {name: header.index(column) for column, name in _SIGNALS.items() if column in header}
    if not columns:
        raise UnknownFormatError(
            f"{file.path} is an EmbracePlus table with {quoted(', '.join(header[3:]))}; physiomon "
            "reads pulse_rate_bpm and temperature_celsius"
        )
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in columns}
    start_ms: float | None = None
    for number, line in file.filled(2):
        fields = line.split(",")
        if len(fields) != len(header):
            raise file.wrong(number, f"there are {len(fields)} columns instead of {len(header)}")
        at_ms = file.number(number, fields[time_at], *_UNIX_MS)
        start_ms = at_ms if start_ms is None else start_ms
        for name, column in columns.items():
            if fields[column].strip():
                value = file.number(number, fields[column], -1000, 1000)
                samples[name].append(((at_ms - start_ms) / 1000, value))
    return RecordedFile(
        path=file.path,
        format="EmbracePlus table",
        device="Empatica EmbracePlus",
        start=None if start_ms is None else datetime.fromtimestamp(start_ms / 1000, UTC),
        series={name: Series.of(each) for name, each in samples.items()},
    )
