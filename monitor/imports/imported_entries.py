"""Entries of a session that was recorded elsewhere: packets of standard sensors, and markers. Pure.

The samples become packets of Bluetooth's standard characteristics, so that the same decoders and
the same engine derive the facts as in a live session. What the characteristics cannot hold is
rounded: heart rates, pulse rates and saturations to whole numbers, RR intervals to 1/1024 s,
temperatures to 0.01 Cel.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from devices.radio import LinkState
from devices.recordings.heart_packets import heart_packets
from devices.recordings.recorded_file import RecordedFile, Series
from devices.sensor import SensorSpec
from devices.virtual import packets
from devices.virtual.encoders import oximeter
from monitor.core.session_spec import SessionSpec
from monitor.entries import Entry, EntryKind, body_bytes

BY = "import"
_END_NS = 10**9  # after the last sample


@dataclass(frozen=True, slots=True)
class _Stand:
    """A generic sensor that represents some signals of a recording."""

    label: str
    kind: str
    signals: tuple[str, ...]
    characteristic: str
    encode: Callable[[Mapping[str, Series]], Iterator[tuple[float, bytes]]]


class _Timed(NamedTuple):
    at_ns: int
    kind: str
    source: str
    payload: bytes


def sensors_of(file: RecordedFile) -> tuple[SensorSpec, ...]:
    """Return a sensor of a generic kind for each group of signals in a recording."""
    return tuple(SensorSpec(label=each.label, kind=each.kind) for each in _stands(file))


def entries_of(
    spec: SessionSpec, file: RecordedFile, start_ns: int, marker: str
) -> Iterator[Entry]:
    """Yield all entries of the session, from its specification to its end.

    Args:
        spec: of the session, with the sensors of `sensors_of`.
        file: the recording.
        start_ns: time 0 of the recording.
        marker: kind of the markers that its events become.
    """
    first = [
        _Timed(start_ns, EntryKind.SESSION, spec.id, body_bytes(spec.body())),
        _Timed(start_ns, EntryKind.RUN, "", body_bytes({"version": spec.software, "offset_ns": 0})),
    ]
    link = body_bytes({"state": LinkState.CONNECTED.value, "reason": "", "rssi": None})
    first += [_Timed(start_ns, EntryKind.LINK, sensor.label, link) for sensor in spec.sensors]
    parts: list[Iterable[_Timed]] = [_packets(each, file, start_ns) for each in _stands(file)]
    parts.append(_markers(file, start_ns, marker))
    end = body_bytes({"reason": "end of the imported recording", "by": BY, "open": []})
    last_ns = 0
    timeline = _with_end(first, heapq.merge(*parts, key=_at_ns), end)
    for seq, timed in enumerate(timeline, 1):
        last_ns = max(timed.at_ns, last_ns + 1)
        yield Entry(
            seq=seq,
            received_ns=last_ns,
            kind=timed.kind,
            source=timed.source,
            payload=timed.payload,
        )


def count_entries(file: RecordedFile) -> int:
    """Return approximately how many entries a recording gives."""
    return sum(len(each) for each in file.series.values()) + len(file.events)


def _with_end(first: list[_Timed], parts: Iterable[_Timed], end: bytes) -> Iterator[_Timed]:
    yield from first
    last_ns = first[-1].at_ns
    for timed in parts:
        last_ns = timed.at_ns
        yield timed
    yield _Timed(last_ns + _END_NS, EntryKind.END, "", end)


def _at_ns(timed: _Timed) -> int:
    return timed.at_ns


def _markers(file: RecordedFile, start_ns: int, kind: str) -> Iterator[_Timed]:
    for event in file.events:
        body = body_bytes({"text": event.text, "by": BY})
        yield _Timed(start_ns + round(event.at_s * 1e9), EntryKind.MARKER, kind, body)


def _packets(stand: _Stand, file: RecordedFile, start_ns: int) -> Iterator[_Timed]:
    source = f"{stand.label}/{stand.characteristic}"
    for at_s, payload in stand.encode(file.series):
        yield _Timed(start_ns + round(at_s * 1e9), EntryKind.PACKET, source, payload)


def _stands(file: RecordedFile) -> list[_Stand]:
    return [each for each in _STANDS if not file.series.keys().isdisjoint(each.signals)]


def _hearts(series: Mapping[str, Series]) -> Iterator[tuple[float, bytes]]:
    for sample in heart_packets(series.get("heart_rate"), series.get("rr_interval")):
        yield sample.at_s, packets.heart_rate(sample.rate, sample.rr, contact=None)


def _oximeter(series: Mapping[str, Series]) -> Iterator[tuple[float, bytes]]:
    samples: dict[float, dict[str, float]] = {}
    for name in ("spo2", "pulse_rate"):
        if (each := series.get(name)) is not None:
            for at_s, value in zip(each.times_s.tolist(), each.values.tolist(), strict=True):
                samples.setdefault(at_s, {})[name] = value
    for at_s, values in sorted(samples.items()):
        yield at_s, oximeter.continuous((values.get("spo2"), values.get("pulse_rate")))


def _temperatures(
    name: str, encode: Callable[[float], bytes]
) -> Callable[[Mapping[str, Series]], Iterator[tuple[float, bytes]]]:
    def encoded(series: Mapping[str, Series]) -> Iterator[tuple[float, bytes]]:
        times_s, values = series[name].times_s.tolist(), series[name].values.tolist()
        for at_s, celsius in zip(times_s, values, strict=True):
            yield at_s, encode(celsius)

    return encoded


def _body(celsius: float) -> bytes:
    return packets.temperature(celsius, site=None)


_STANDS = (
    _Stand("heart", "heart-rate-strap", ("heart_rate", "rr_interval"), "2A37", _hearts),
    _Stand("oximeter", "pulse-oximeter", ("spo2", "pulse_rate"), "2A5F", _oximeter),
    _Stand(
        "core",
        "core-patch",
        ("core_temperature",),
        "2A1C",
        _temperatures("core_temperature", _body),
    ),
    _Stand(
        "skin",
        "skin-thermometer",
        ("skin_temperature",),
        "2A1C",
        _temperatures("skin_temperature", _body),
    ),
    _Stand(
        "room",
        "room-thermometer",
        ("ambient_temperature",),
        "2A6E",
        _temperatures("ambient_temperature", packets.ambient),
    ),
)
