"""ECG of a recorded session as NumPy columns, and on an even grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.decoders import KINDS
from devices.ecg import EcgBlock, has_ecg
from monitor.analysis.recorded_tables import Times, Values
from monitor.core.session_ecg import SessionEcg
from monitor.entries import EntryKind
from monitor.sessions.recording import Recording

_SECOND_NS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class EcgSeries:
    """The ECG of one sensor; all columns have shape (n,).

    Attributes:
        sensor: label of the sensor.
        at_ns: time of each sample, UTC of the session's clock; strictly increasing.
        uv: microvolts.
        follows: False for the first sample and for each one before which samples are missing.
    """

    sensor: str
    at_ns: Times
    uv: Values
    follows: NDArray[np.bool_]

    @property
    def rate_hz(self) -> float:
        """Return the mean rate between adjacent samples; it includes the drift of the sensor."""
        steps = np.diff(self.at_ns)[self.follows[1:]]
        return _SECOND_NS / float(steps.mean()) if len(steps) else 1.0

    def even(self) -> tuple[float, Values]:
        """Return a rate in Hz, and the samples at that rate from the first one on; NaN in gaps.

        Every sample is kept unchanged and in its order. A sample is within half an interval of its
        time after a gap; between gaps the sensor's clock may move it by some milliseconds.
        """
        rate_hz = self.rate_hz
        starts = np.flatnonzero(~self.follows)
        lengths = np.diff(starts, append=len(self.at_ns))
        wanted = np.rint((self.at_ns[starts] - self.at_ns[:1]) * (rate_hz / _SECOND_NS))
        places, free = np.empty(len(self.at_ns), dtype=np.int64), 0
        for start, length, place in zip(starts, lengths, wanted.astype(np.int64), strict=True):
            first = max(free, int(place))
            places[start : start + length] = np.arange(first, first + length)
            free = first + length
        values = np.full(free, np.nan)
        values[places] = self.uv
        return rate_hz, values


def read_ecg(recording: Recording) -> dict[str, EcgSeries]:
    """Return the ECG of each sensor that sent one, by its label.

    Raises:
        JournalError: the file is damaged.
    """
    kinds = {sensor.kind for sensor in recording.spec.sensors}
    kinds |= {entry.body()["kind"] for entry in recording.entries(EntryKind.SENSOR)}
    if not any(has_ecg(KINDS[kind]) for kind in kinds if kind in KINDS):
        return {}
    session, blocks = SessionEcg(), dict[str, list[EcgBlock]]()
    for entry in recording.journal.entries():
        found = session.apply(entry)
        if found is not None:
            blocks.setdefault(found[0], []).append(found[1])
    return {label: _series(label, found) for label, found in blocks.items()}


def _series(label: str, blocks: list[EcgBlock]) -> EcgSeries:
    lengths = np.array([len(block.uv) for block in blocks])
    first_ns = np.repeat(np.array([block.first_ns for block in blocks], dtype=np.int64), lengths)
    interval_ns = np.repeat(np.array([block.interval_ns for block in blocks]), lengths)
    starts = np.cumsum(lengths) - lengths
    index = np.arange(lengths.sum()) - np.repeat(starts, lengths)
    follows = np.ones(len(index), dtype=np.bool_)
    missing = np.array([block.missing != 0 for block in blocks])
    follows[starts[missing]] = False
    follows[:1] = False
    at_ns = first_ns + np.rint(index * interval_ns).astype(np.int64)
    uv = np.concatenate([np.asarray(block.uv, dtype=np.float64) for block in blocks])
    later = np.append(np.True_, np.diff(np.maximum.accumulate(at_ns)) > 0)
    return EcgSeries(sensor=label, at_ns=at_ns[later], uv=uv[later], follows=follows[later])
