"""XDF files of LabRecorder: vital signs by the names of streams and channels, and markers.

Clock offsets are applied, so all streams have the clock of the recording computer. Time 0 is the
first sample; the start is the time in the file's header, unless stamps are seconds of Unix time.
Source: sccn/xdf, Specifications (version 1.0).
"""

import io
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from devices.packets import Quality
from devices.recordings.channel_names import converted, signal_of
from devices.recordings.foreign_errors import foreign_errors, needs
from devices.recordings.recorded_file import (
    SIMULATED,
    Event,
    RecordedFile,
    Series,
    UnknownFormatError,
)

MAGIC = b"XDF:"
_FORMAT = "XDF"
_TYPES = {"hr": "heart_rate", "rr": "rr_interval"}
# Channels of physiomon's streams, whose names are signals: only good values are imported.
_VALUE, _QUALITY = "value", "quality"
_UNIX_S = 1e9  # clocks of LSL count from the start of a computer
_ABOUT_VALUES = (_QUALITY, "follows")


def read(path: Path, data: bytes) -> RecordedFile:
    """Read a file that begins with `MAGIC`.

    Raises:
        RecordingFileError: the file is damaged, or the reader is not installed.
        UnknownFormatError: no channel has a signal that physiomon reads.
    """
    with needs("pyxdf", path):
        import pyxdf  # noqa: PLC0415 - of the extra `import`
    logger = logging.getLogger("pyxdf")  # the notes contain what matters of what it logs
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    with foreign_errors(path, _FORMAT):
        streams, header = pyxdf.load_xdf(io.BytesIO(data))
        return _recorded(path, streams, header)


def _recorded(
    path: Path, streams: list[Mapping[str, Any]], header: Mapping[str, Any]
) -> RecordedFile:
    filled = [each for each in streams if len(each["time_stamps"])]
    start_s = min((float(each["time_stamps"][0]) for each in filled), default=0.0)
    series: dict[str, Series] = {}
    events: list[Event] = []
    left_out: list[str] = []
    cut = False
    for stream in filled:
        info = stream["info"]
        cut |= not stream.get("footer")
        times_s = np.asarray(stream["time_stamps"], dtype=np.float64) - start_s
        if _one(info, "channel_format") == "string":
            events += [
                Event(float(at_s), " ".join(map(str, row)).strip())
                for at_s, row in zip(times_s, stream["time_series"], strict=True)
            ]
            continue
        table = np.asarray(stream["time_series"], dtype=np.float64).reshape(len(times_s), -1)
        channels = _channels(info, table.shape[1])
        good = np.ones(len(times_s), dtype=np.bool_)
        for channel, (label, _) in enumerate(channels):
            if label == _QUALITY:
                good = table[:, channel] == Quality.GOOD
        for channel, (label, unit) in enumerate(channels):
            if label in _ABOUT_VALUES:
                continue
            name = signal_of(label)
            values = None if name is None else converted(name, unit, table[:, channel])
            if name is None or values is None or name in series:
                left_out.append(f"{_one(info, 'name')}: {label}")
                continue
            known = np.isfinite(values) & good
            series[name] = Series(times_s[known], values[known])
    if not series and not events:
        raise UnknownFormatError(
            f"{path} is an {_FORMAT} file with {', '.join(left_out) or 'no samples'}; physiomon "
            "reads heart rate, RR intervals, oxygen saturation, temperatures and markers"
        )
    notes = [f"not imported: {', '.join(left_out)}"] if left_out else []
    notes += ["the recording was interrupted: its end is missing"] if cut else []
    return RecordedFile(
        path=path,
        format=_FORMAT,
        device=", ".join(str(_one(each["info"], "name")) for each in filled),
        start=_start(header) if start_s < _UNIX_S else datetime.fromtimestamp(start_s, UTC),
        series=series,
        events=tuple(events),
        notes=tuple(notes),
        simulated=any(_origin(each["info"]).startswith(SIMULATED) for each in filled),
    )


def _origin(info: Mapping[str, Any]) -> str:
    return _one((info.get("desc") or [None])[0] or {}, "origin")


def _one(info: Mapping[str, Any], key: str) -> str:
    found = info.get(key) or [""]
    return str(found[0] or "")


def _channels(info: Mapping[str, Any], count: int) -> list[tuple[str, str]]:
    """Return label and unit of each channel; the stream's type or name where it has no label."""
    described = info.get("desc") or [None]
    listed = (described[0] or {}).get("channels") or [None]
    channels = (listed[0] or {}).get("channel") or []
    name = next((each for each in ("name", "type") if signal_of(_one(info, each))), "name")
    of_stream = _TYPES.get(_one(info, "type").lower(), _one(info, name))
    if len(channels) != count:
        label = of_stream if count == 1 else _one(info, "name")
        return [(label if count == 1 else f"{label} {n}", "") for n in range(count)]
    named = [(_one(each, "label"), _one(each, "unit")) for each in channels]
    return [(of_stream if label == _VALUE else label, unit) for label, unit in named]


def _start(header: Mapping[str, Any]) -> datetime | None:
    text = _one(header.get("info", {}), "datetime")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
