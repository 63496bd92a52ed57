"""Raw data of Empatica EmbracePlus in Avro: skin temperature, systolic peaks and tags.

Intervals are the differences of systolic peaks; a difference of more than 2.5 s is a gap.
Source: schema of the files, empatica.format.avro.Session 6: rawData.temperature (timestampStart in
microseconds, samplingFrequency, values), systolicPeaks.peaksTimeNanos, tags.tagsTimeMicros.
"""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from devices.recordings.foreign_errors import foreign_errors, needs
from devices.recordings.recorded_file import Event, RecordedFile, Series, UnknownFormatError

MAGIC = b"Obj\x01"
_FORMAT = "EmbracePlus Avro"
_LONGEST_MS = 2500.0


def read(path: Path, data: bytes) -> RecordedFile:
    """Read a file that begins with `MAGIC`.

    Raises:
        RecordingFileError: the file is damaged, or the reader is not installed.
        UnknownFormatError: the records are not those of an EmbracePlus.
    """
    with needs("fastavro", path):
        import fastavro  # noqa: PLC0415 - of the extra `import`
    with foreign_errors(path, _FORMAT):
        records = list(fastavro.reader(io.BytesIO(data)))
    record = records[0] if records else None
    if not isinstance(record, dict) or not isinstance(record.get("rawData"), dict):
        raise UnknownFormatError(
            f"{path} is an Avro file, but not raw data of an EmbracePlus (no 'rawData')"
        )
    with foreign_errors(path, _FORMAT):
        return _recorded(path, record, record["rawData"])


def _recorded(path: Path, record: Mapping[str, Any], raw: Mapping[str, Any]) -> RecordedFile:
    temperature = raw.get("temperature") or {}
    values = np.asarray(temperature.get("values") or [], dtype=np.float64)
    warm_s = temperature.get("timestampStart", 0) / 1e6
    peaks_ns = np.asarray((raw.get("systolicPeaks") or {}).get("peaksTimeNanos") or [], np.int64)
    tags_us = (raw.get("tags") or {}).get("tagsTimeMicros") or []
    starts = [
        *([warm_s] if values.size else []),
        *([int(peaks_ns[0]) / 1e9] if peaks_ns.size else []),
        *(tag / 1e6 for tag in tags_us),
    ]
    start_s = min(starts, default=0.0)
    start_ns = round(start_s * 1e9)
    series = {}
    if values.size:
        hertz = float(temperature["samplingFrequency"])
        series["skin_temperature"] = Series.regular(warm_s - start_s, hertz, values)
    intervals_ms = np.diff(peaks_ns) / 1e6
    kept = intervals_ms <= _LONGEST_MS
    if intervals_ms.size:
        series["rr_interval"] = Series(
            ((peaks_ns[1:] - start_ns) / 1e9)[kept], intervals_ms[kept].astype(np.float64)
        )
    return RecordedFile(
        path=path,
        format=_FORMAT,
        device=" ".join(str(record[key]) for key in ("deviceModel", "deviceSn") if record.get(key)),
        start=datetime.fromtimestamp(start_s, UTC) if starts else None,
        series=series,
        events=tuple(Event(tag / 1e6 - start_s, "tag") for tag in tags_us),
    )
