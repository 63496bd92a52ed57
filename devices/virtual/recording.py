"""Recordings as sources of virtual sensors: one packet for each recorded sample."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devices.recordings.heart_packets import heart_packets
from devices.recordings.merge import merge
from devices.recordings.reader import read_file, read_folder
from devices.recordings.recorded_file import RecordedFile, RecordingFileError
from devices.virtual.sample_sources import HeartSample, TemperatureSample

THERMOMETERS = ("core_temperature", "skin_temperature", "ambient_temperature")


@dataclass(frozen=True, slots=True)
class RecordedTemperatures:
    """Recorded samples of one thermometer, with their times."""

    samples: tuple[TemperatureSample, ...]

    def temperature(self, every_s: float) -> Iterator[TemperatureSample]:  # noqa: ARG002
        """Yield the recorded temperatures with their times."""
        yield from self.samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording, with times in seconds since its start.

    Attributes:
        hearts: heart rate samples in order of time; integers, as in 0x2A37.
        temperatures: samples by signal, one of `THERMOMETERS`.
    """

    hearts: tuple[HeartSample, ...] = ()
    temperatures: Mapping[str, RecordedTemperatures] = field(default_factory=dict)

    @property
    def duration_s(self) -> float:
        """Return the time of the last sample."""
        ends = [each.samples[-1].at_s for each in self.temperatures.values()]
        return max([*ends, *(each.at_s for each in self.hearts[-1:])])

    def heart(self) -> Iterator[HeartSample]:
        """Yield the recorded heart rate samples with their times."""
        yield from self.hearts


def read_recording(path: Path) -> Recording:
    """Read a file, or a folder with the files of one recording, of any known format.

    Raises:
        RecordingFileError: the file cannot be read, or contains nothing that can be played.
    """
    files = read_folder(path)[0] if path.is_dir() else [read_file(path)]
    recording = playable(merge(files, datetime.UTC))
    if not recording.hearts and not recording.temperatures:
        raise RecordingFileError(
            f"{path} contains neither a heart rate nor a temperature; choose another file"
        )
    return recording


def playable(file: RecordedFile) -> Recording:
    """Return the samples of a file as virtual sensors send them."""
    return Recording(
        hearts=tuple(heart_packets(file.series.get("heart_rate"), file.series.get("rr_interval"))),
        temperatures={
            name: RecordedTemperatures(
                tuple(
                    TemperatureSample(at_s=at_s, celsius=celsius)
                    for at_s, celsius in zip(
                        file.series[name].times_s.tolist(),
                        file.series[name].values.tolist(),
                        strict=True,
                    )
                )
            )
            for name in THERMOMETERS
            if name in file.series
        },
    )
