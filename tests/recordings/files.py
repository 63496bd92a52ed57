"""Files in the formats of other programs, written here from their specifications."""

import io
import struct
from datetime import UTC, datetime
from pathlib import Path

import edfio
import fastavro
import numpy as np

START = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)

POLAR_HR = """Phone timestamp;HR [bpm];HRV [ms];Breathing interval [rpm];
2026-03-01T15:00:00.120;72;32.1;;
2026-03-01T15:00:01.130;73;32.1;;
2026-03-01T15:00:02.125;74;32.1;;
"""
POLAR_RR = """Phone timestamp;RR-interval [ms]
2026-03-01T15:00:00.120;838
2026-03-01T15:00:01.130;868
2026-03-01T15:00:01.130;870
"""
POLAR_NEW_ORDER = """Phone timestamp;sensor timestamp [ns];HR [bpm];RR-interval [ms]
2026-03-01T15:00:00.120;0;72;838
2026-03-01T15:00:01.130;0;73;868
2026-03-01T15:00:01.130;0;73;870
2026-03-01T15:00:02.125;0;74;
"""
POLAR_PPI = """Phone Data RX timestamp;PP-interval [ms];error estimate [ms];blocker;contact;contact\
;hr [bpm]
2026-03-01T15:00:05.000;800;30;0;1;1;0
2026-03-01T15:00:05.000;810;30;1;1;1;0
2026-03-01T15:00:05.000;820;30;0;1;1;0
"""
POLAR_PPI_OLD = """Phone timestamp;sensor timestamp [ns];HR [bpm];PP-interval [ms];\
error estimate [ms];blocker;skin contact;skin contact supported
2026-03-01T15:00:05.000;0;0;800;30;0;1;1
2026-03-01T15:00:05.000;0;0;810;30;1;1;1
2026-03-01T15:00:05.000;0;0;820;30;0;1;1
"""
POLAR_FLOW = """Name,Sport,Date,Start time,Duration,Total distance (km),Average heart rate (bpm)
P07,OTHER,01-03-2026,15:00:00,00:00:03,,73

Sample rate,Time,HR (bpm),Speed (km/h),Pace (min/km),Cadence,Altitude (m),Stride length (m),\
Distances (m),Temperatures (C),Power (W)
1,00:00:00,72,,,,,,,21.5,
,00:00:01,73,,,,,,,,
,00:00:02,,,,,,,,21.6,
,00:00:03,74,,,,,,,,
"""
HRV_LOGGER = """timestamp;rr;since start
2026-03-01 15:00:00.000;838;0
2026-03-01 15:00:00.868;868;868
"""
TCX = """<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Activities><Activity Sport="Biking">
<Id>2026-03-01T14:00:00Z</Id><Lap StartTime="2026-03-01T14:00:00Z"><Track>
<Trackpoint><Time>2026-03-01T14:00:00.000Z</Time><HeartRateBpm><Value>72</Value></HeartRateBpm></Trackpoint>
<Trackpoint><Time>2026-03-01T14:00:01.000Z</Time></Trackpoint>
<Trackpoint><Time>2026-03-01T14:00:02.500Z</Time><HeartRateBpm><Value>74</Value></HeartRateBpm></Trackpoint>
</Track></Lap><Creator xsi:type="Device_t"><Name>Edge 530</Name></Creator></Activity></Activities>
</TrainingCenterDatabase>
"""

_AVRO_SERIES = {
    "type": "record",
    "name": "Series",
    "fields": [
        {"name": "timestampStart", "type": "long"},
        {"name": "samplingFrequency", "type": "float"},
        {"name": "values", "type": {"type": "array", "items": "float"}},
    ],
}
_AVRO_SESSION = fastavro.parse_schema(
    {
        "type": "record",
        "name": "empatica.format.avro.Session",
        "fields": [
            {"name": "timezone", "type": "int"},
            {"name": "deviceSn", "type": "string"},
            {"name": "deviceModel", "type": "string"},
            {
                "name": "rawData",
                "type": {
                    "type": "record",
                    "name": "RawData",
                    "fields": [
                        {"name": "temperature", "type": _AVRO_SERIES},
                        {
                            "name": "tags",
                            "type": {
                                "type": "record",
                                "name": "Tags",
                                "fields": [
                                    {
                                        "name": "tagsTimeMicros",
                                        "type": {"type": "array", "items": "long"},
                                    }
                                ],
                            },
                        },
                        {
                            "name": "systolicPeaks",
                            "type": {
                                "type": "record",
                                "name": "Peaks",
                                "fields": [
                                    {
                                        "name": "peaksTimeNanos",
                                        "type": {"type": "array", "items": "long"},
                                    }
                                ],
                            },
                        },
                    ],
                },
            },
        ],
    }
)


def avro(
    peaks_s: list[float], celsius: list[float], tags_s: list[float], at: datetime = START
) -> bytes:
    """Return raw data of an EmbracePlus; times in seconds since `at`."""
    start_us = round(at.timestamp() * 1e6)
    record = {
        "timezone": 3600,
        "deviceSn": "3YK00000",
        "deviceModel": "EmbracePlus",
        "rawData": {
            "temperature": {
                "timestampStart": start_us,
                "samplingFrequency": 1.0,
                "values": celsius,
            },
            "tags": {"tagsTimeMicros": [start_us + round(each * 1e6) for each in tags_s]},
            "systolicPeaks": {
                "peaksTimeNanos": [start_us * 1000 + round(each * 1e9) for each in peaks_s]
            },
        },
    }
    out = io.BytesIO()
    fastavro.writer(out, _AVRO_SESSION, [record])
    return out.getvalue()


def edf(signals: list[tuple[str, str, float, list[float]]], events: dict[float, str]) -> bytes:
    """Return an EDF+ file with signals of label, unit, rate in Hz and values."""
    made = edfio.Edf(
        [
            edfio.EdfSignal(
                np.array(values, dtype=np.float64),
                hertz,
                label=label,
                physical_dimension=unit,
                physical_range=(0, 250),
            )
            for label, unit, hertz, values in signals
        ],
        starttime=START.time(),
        recording=edfio.Recording(startdate=START.date()),
        annotations=[edfio.EdfAnnotation(at_s, None, text) for at_s, text in events.items()],
    )
    out = io.BytesIO()
    made.write(out)
    return out.getvalue()


def xdf(
    streams: list[tuple[str, str, list[tuple[str, str]], list[float], list[list[float]]]],
    markers: list[tuple[float, str]],
    *,
    footers: bool = True,
) -> bytes:
    """Return an XDF file with streams of name, type, channels (label, unit), times and rows.

    Source: sccn/xdf, Specifications: chunks of length, tag and content.
    """
    out = io.BytesIO()
    out.write(b"XDF:")
    _chunk(out, 1, f"<info><version>1.0</version><datetime>{START.isoformat()}</datetime></info>")
    for number, (name, kind, channels, _, _) in enumerate(streams, 1):
        described = "".join(
            f"<channel><label>{label}</label><unit>{unit}</unit></channel>"
            for label, unit in channels
        )
        _chunk(out, 2, _info(name, kind, max(len(channels), 1), "double64", described), number)
    if markers:
        _chunk(out, 2, _info("Markers", "Markers", 1, "string", ""), 99)
    for number, (_, _, _, times_s, rows) in enumerate(streams, 1):
        content = b"".join(
            b"\x08" + struct.pack("<d", at_s) + struct.pack(f"<{len(row)}d", *row)
            for at_s, row in zip(times_s, rows, strict=True)
        )
        _chunk(out, 3, b"\x04" + struct.pack("<I", len(times_s)) + content, number)
    if markers:
        content = b"".join(
            b"\x08" + struct.pack("<d", at_s) + b"\x01" + bytes([len(text)]) + text.encode()
            for at_s, text in markers
        )
        _chunk(out, 3, b"\x04" + struct.pack("<I", len(markers)) + content, 99)
    for number in [*range(1, len(streams) + 1), *([99] if markers else [])]:
        if footers:
            _chunk(out, 6, "<info><sample_count>1</sample_count></info>", number)
    return out.getvalue()


def _info(name: str, kind: str, channels: int, form: str, described: str) -> str:
    return (
        f"<info><name>{name}</name><type>{kind}</type><channel_count>{channels}</channel_count>"
        f"<nominal_srate>0</nominal_srate><channel_format>{form}</channel_format>"
        f"<desc><channels>{described}</channels></desc></info>"
    )


def _chunk(out: io.BytesIO, tag: int, content: str | bytes, stream: int | None = None) -> None:
    body = content.encode() if isinstance(content, str) else content
    if stream is not None:
        body = struct.pack("<I", stream) + body
    out.write(b"\x04" + struct.pack("<I", len(body) + 2) + struct.pack("<H", tag) + body)


def write(folder: Path, content: str | bytes, name: str = "file") -> Path:
    """Write a file whose name does not show its format."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def fit(records: list[tuple[int, int]], hrv: dict[int, list[float]]) -> bytes:
    """Return a FIT file with (second, rate) records, and intervals after the n-th record.

    Source: Garmin, FIT protocol: definition messages, field definitions, CRC-16.
    """
    base = round((START - datetime(1989, 12, 31, tzinfo=UTC)).total_seconds())
    out = bytearray()
    out += struct.pack("<BBBHB", 0x40, 0, 0, 20, 2) + bytes([253, 4, 0x86, 3, 1, 2])
    out += struct.pack("<BBBHB", 0x41, 0, 0, 78, 1) + bytes([0, 10, 0x84])
    for number, (second, rate) in enumerate(records):
        if number in hrv:
            times = [round(each * 1000) for each in hrv[number]] + [0xFFFF] * 5
            out += struct.pack("<B5H", 1, *times[:5])
        out += struct.pack("<BIB", 0, base + second, rate)
    head = struct.pack("<BBHI4s", 14, 0x20, 2100, len(out), b".FIT")
    head += struct.pack("<H", _crc(head))
    return head + bytes(out) + struct.pack("<H", _crc(head + bytes(out)))


def _crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
