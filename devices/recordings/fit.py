"""FIT files of sports watches and bicycle computers: heart rate, RR intervals, temperatures.

``record`` messages have the time in UTC and the rate; ``hrv`` messages have the intervals since
the last record, in seconds, without times. The temperature is that of the device.
Source: Garmin, FIT SDK, Profile.xlsx (messages record and hrv).
"""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devices.recordings.foreign_errors import foreign_errors, needs
from devices.recordings.recorded_file import RecordedFile, Series

MAGIC = b".FIT"
MAGIC_AT = 8
_FORMAT = "FIT"
_SIGNALS = {
    "heart_rate": "heart_rate",
    "temperature": "ambient_temperature",
    "core_temperature": "core_temperature",
    "skin_temperature": "skin_temperature",
}
_LONGEST_S = 65.0  # 65.535 s is the code for no interval


def read(path: Path, data: bytes) -> RecordedFile:
    """Read a file with `MAGIC` at byte `MAGIC_AT`.

    Raises:
        RecordingFileError: the file is damaged, or the reader is not installed.
    """
    with needs("fitdecode", path):
        import fitdecode  # noqa: PLC0415 - of the extra `import`
    messages = _Messages()
    with foreign_errors(path, _FORMAT), fitdecode.FitReader(io.BytesIO(data)) as reader:
        for frame in reader:
            if isinstance(frame, fitdecode.FitDataMessage):
                messages.add(frame)
    return RecordedFile(
        path=path,
        format=_FORMAT,
        device=messages.device,
        start=messages.start,
        series={name: Series.of(samples) for name, samples in messages.samples.items()},
    )


class _Messages:
    def __init__(self) -> None:
        self.device = ""
        self.start: datetime | None = None
        self.samples: dict[str, list[tuple[float, float]]] = {}
        self._last_s = 0.0
        self._waiting: list[float] = []

    def add(self, message: Any) -> None:
        """Add the samples of a message."""
        match message.name:
            case "file_id":
                keys = ("manufacturer", "product", "garmin_product")
                names = [message.get_value(key, fallback=None) for key in keys]
                self.device = " ".join(dict.fromkeys(str(name) for name in names if name))
            case "record":
                self._record(message)
            case "hrv":
                times = message.get_value("time", fallback=None) or ()
                values = times if isinstance(times, (tuple, list)) else (times,)
                self._waiting += [each for each in values if each and each < _LONGEST_S]
                if self.start is not None:
                    self._place_beats()

    def _record(self, message: Any) -> None:
        at = message.get_value("timestamp", fallback=None)
        if not isinstance(at, datetime):
            return
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        self.start = self.start or at
        self._last_s = (at - self.start).total_seconds()
        for field, signal in _SIGNALS.items():
            value = message.get_value(field, fallback=None)
            if isinstance(value, int | float):
                self.samples.setdefault(signal, []).append((self._last_s, float(value)))
        self._place_beats()

    def _place_beats(self) -> None:
        """Place the intervals since the last record at its time; the engine aligns the beats."""
        beats = self.samples.setdefault("rr_interval", [])
        beats += [(self._last_s, 1000 * interval_s) for interval_s in self._waiting]
        self._waiting.clear()
