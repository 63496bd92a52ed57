"""XDF: a stream per channel, per ECG and for events, with exact time stamps.

Source: the specification of the Extensible Data Format, version 1.0 (sccn/xdf). Stamps are seconds
since zero, or with absolute times seconds of Unix time.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from devices.ecg import MOVESENSE_HZ, POLAR_HZ
from monitor.analysis.recorded_beats import RR_INTERVAL
from monitor.analysis.recorded_tables import Times, Values
from monitor.exports.event_text import annotations, origin_text
from monitor.exports.session_export import SessionExport
from monitor.exports.utc import iso_utc

_FILE_HEADER, _STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET, _STREAM_FOOTER = 1, 2, 3, 4, 6
_CHUNK = 4096  # samples


@dataclass(frozen=True, slots=True)
class _Stream:
    name: str
    type: str
    rate_hz: float
    channels: Sequence[tuple[str, str]]  # label and unit
    stamps: Values
    samples: Values | list[str]  # shape (n, channels); or texts


def write_xdf(export: SessionExport) -> Iterator[tuple[str, bytes]]:
    """Yield ``session.xdf``.

    Streams of signals have a channel with the name of the signal and one of its `quality` (a number
    of `devices.packets.Quality`), those of RR intervals `follows` as well (0: beats are missing
    before this one). The stream `events` has texts of events and alarms.
    """
    clock = f"<datetime>{iso_utc(export.zero_ns)}</datetime>" if export.options.absolute else ""
    parts = [
        b"XDF:",
        _chunk(_FILE_HEADER, f'<?xml version="1.0"?><info><version>1.0</version>{clock}</info>'),
    ]
    for number, stream in enumerate(_streams(export), 1):
        parts += _stream(export, number, stream)
    yield "session.xdf", b"".join(parts)


def _streams(export: SessionExport) -> Iterator[_Stream]:
    for channel, series in export.readings.items():
        signal = series.signal
        if signal.name == RR_INTERVAL:
            continue
        values = np.column_stack([series.values, series.quality.astype(np.float64)])
        yield _Stream(
            channel,
            signal.name,
            0.0,
            ((signal.name, signal.unit), ("quality", "")),
            _stamps(export, series.at_ns),
            values,
        )
    for channel, beats in export.beats.items():
        columns = [beats.rr_ms, beats.quality.astype(np.float64), beats.follows.astype(np.float64)]
        yield _Stream(
            channel,
            RR_INTERVAL,
            0.0,
            ((RR_INTERVAL, "ms"), ("quality", ""), ("follows", "")),
            _stamps(export, beats.at_ns),
            np.column_stack(columns),
        )
    for label, ecg in export.ecg.items():
        rate_hz = min((POLAR_HZ, MOVESENSE_HZ), key=lambda hz: abs(hz - ecg.rate_hz))
        stamps = _stamps(export, ecg.at_ns)
        yield _Stream(f"{label}/ecg", "ECG", rate_hz, (("ecg", "uV"),), stamps, ecg.uv[:, None])
    notes = annotations(export)
    yield _Stream(
        "events",
        "Markers",
        0.0,
        (("text", ""),),
        _stamps(export, np.array([each.at_ns for each in notes], dtype=np.int64)),
        [each.text for each in notes],
    )


def _stamps(export: SessionExport, at_ns: Times) -> Values:
    return at_ns / 1e9 if export.options.absolute else export.seconds(at_ns)


def _stream(export: SessionExport, number: int, stream: _Stream) -> Iterator[bytes]:
    identity, count = struct.pack("<I", number), len(stream.stamps)
    ends = stream.stamps[[0, -1]] if count else np.zeros(2)
    first, last = ends.tolist()
    texts = isinstance(stream.samples, list)
    channels = "".join(
        f"<channel><label>{label}</label><unit>{escape(unit)}</unit></channel>"
        for label, unit in stream.channels
    )
    origin = "".join(
        f"<{name}>{escape(str(value))}</{name}>" for name, value in export.provenance().items()
    )
    yield _chunk(
        _STREAM_HEADER,
        f'<?xml version="1.0"?><info><name>{escape(stream.name)}</name>'
        f"<type>{escape(stream.type)}</type><channel_count>{len(stream.channels)}</channel_count>"
        f"<nominal_srate>{stream.rate_hz:g}</nominal_srate>"
        f"<channel_format>{'string' if texts else 'double64'}</channel_format>"
        f"<source_id>{export.session.key}/{escape(stream.name)}</source_id>"
        f"<desc><channels>{channels}</channels><provenance>{origin}</provenance>"
        f"<origin>{escape(origin_text(export))}</origin></desc></info>",
        identity,
    )
    # Stamps are those of the session already: without an offset, readers warn.
    yield _chunk(_CLOCK_OFFSET, struct.pack("<dd", first, 0.0), identity)
    for start in range(0, count, _CHUNK):
        stamps = stream.stamps[start : start + _CHUNK]
        samples = stream.samples[start : start + _CHUNK]
        content = _texts(stamps, samples) if isinstance(samples, list) else _values(stamps, samples)
        yield _chunk(_SAMPLES, _length(len(stamps)) + content, identity)
    yield _chunk(
        _STREAM_FOOTER,
        f'<?xml version="1.0"?><info><first_timestamp>{first!r}</first_timestamp>'
        f"<last_timestamp>{last!r}</last_timestamp><sample_count>{count}</sample_count></info>",
        identity,
    )


def _values(stamps: Values, samples: Values) -> bytes:
    record = np.dtype([("bytes", "u1"), ("stamp", "<f8"), ("values", "<f8", (samples.shape[1],))])
    rows: NDArray[np.void] = np.empty(len(stamps), dtype=record)
    rows["bytes"], rows["stamp"], rows["values"] = 8, stamps, samples
    return rows.tobytes()


def _texts(stamps: Values, samples: list[str]) -> bytes:
    parts = []
    for stamp, text in zip(stamps.tolist(), samples, strict=True):
        content = text.encode()
        parts += [b"\x08", struct.pack("<d", stamp), _length(len(content)), content]
    return b"".join(parts)


def _chunk(tag: int, content: str | bytes, identity: bytes = b"") -> bytes:
    data = content.encode() if isinstance(content, str) else content
    body = struct.pack("<H", tag) + identity + data
    return _length(len(body)) + body


def _length(count: int) -> bytes:
    """Return a length of variable size: the number of its bytes (1, 4 or 8), then the length."""
    if count < 1 << 8:
        return struct.pack("<BB", 1, count)
    return struct.pack("<BI", 4, count) if count < 1 << 32 else struct.pack("<BQ", 8, count)
