"""Malformed files of each format give one sentence that names the file, or a correct result."""

import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.errors import PhysiomonError
from devices.recordings.reader import read_file
from devices.recordings.recorded_file import RecordedFile, RecordingFileError
from devices.signals import SIGNALS
from tests.durations import examples
from tests.recordings import files

DATA = Path(__file__).parents[1] / "data"
WHOLE: dict[str, bytes] = {
    "polar hr": files.POLAR_HR.encode(),
    "polar rr": files.POLAR_RR.encode(),
    "polar ppi": files.POLAR_PPI.encode(),
    "polar flow": files.POLAR_FLOW.encode(),
    "hrv logger": files.HRV_LOGGER.encode(),
    "tcx": files.TCX.encode(),
    "kubios": b"0.838\t0.838\n1.706\t0.868\n2.576\t0.870\n",
    "elite hrv": b"838\n868\n870\n",
    "e4 hr": b"1560279835.000000\n1.000000\n93.00\n101.00\n100.00\n",
    "e4 ibi": b"1560279825.000000, IBI\n1.5,0.609403\n2.3,0.843789\n",
    "e4 temp": b"1560279825.000000\n4.000000\n32.13\n32.13\n",
    "avro": files.avro([0.5, 1.3, 2.15], [32.1, 32.2], [1.0]),
    "edf": files.edf([("HR", "bpm", 1, [60.0, 61, 62, 63])], {1.0: "dose"}),
    "xdf": files.xdf([("HR", "HR", [], [1.0, 2.0], [[60.0], [61.0]])], [(1.5, "dose")]),
    "fit": files.fit([(0, 70), (2, 72)], {1: [0.838, 0.868]}),
}


def refusal(folder: Path, data: bytes) -> str:
    path = files.write(folder, data)
    with pytest.raises(RecordingFileError) as caught:
        read_file(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    assert sentence.isprintable()
    return sentence


@pytest.mark.parametrize("name", WHOLE)
def test_complete_files_are_read(tmp_path: Path, name: str) -> None:
    assert read_file(files.write(tmp_path, WHOLE[name])).series


@pytest.mark.parametrize("name", ["avro", "edf", "fit", "tcx", "xdf"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.97])
def test_truncated_files_are_refused_except_interrupted_xdf(
    tmp_path: Path, name: str, part: float
) -> None:
    """An XDF file may be truncated, as when LabRecorder was killed."""
    data = WHOLE[name][: round(len(WHOLE[name]) * part)]
    if name == "xdf" and part > 0.9:
        assert "interrupted" in read_file(files.write(tmp_path, data)).notes[-1]
    else:
        refusal(tmp_path, data)


def test_truncated_ride_is_refused(tmp_path: Path) -> None:
    data = (DATA / "ride_indoor.fit").read_bytes()
    assert "not a complete FIT file" in refusal(tmp_path, data[: len(data) // 2])


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b"\x00" * 100, b"\xff\xfe\x00"])
def test_empty_and_blank_files_are_refused(tmp_path: Path, data: bytes) -> None:
    refusal(tmp_path, data)


@pytest.mark.parametrize(
    "name", ["polar hr", "polar rr", "polar ppi", "hrv logger", "e4 hr", "e4 ibi", "e4 temp"]
)
def test_header_without_samples_is_refused(tmp_path: Path, name: str) -> None:
    lines = WHOLE[name].split(b"\n")
    head = lines[: 2 if name in ("e4 hr", "e4 temp") else 1]
    assert "no samples" in refusal(tmp_path, b"\n".join(head) + b"\n")


@pytest.mark.parametrize(
    "name", [name for name in WHOLE if name not in ("avro", "edf", "xdf", "fit")]
)
@pytest.mark.parametrize("bad", [b"NaN", b"inf", b"-5", b"1e400", b"0x10", b"12:00", b"\xb5", b"'"])
def test_invalid_value_is_refused(tmp_path: Path, name: str, bad: bytes) -> None:
    """The last number of the last line, whatever the format."""
    lines = WHOLE[name].rstrip().split(b"\n")
    if name == "tcx":
        data = WHOLE[name].replace(b"<Value>74", b"<Value>" + bad)
    elif name == "polar flow":
        data = WHOLE[name].replace(b"00:00:03,74", b"00:00:03," + bad)
    elif name == "polar hr":
        data = WHOLE[name].replace(b";74;", b";" + bad + b";")
    elif name == "polar ppi":
        data = WHOLE[name].replace(b";820;", b";" + bad + b";")
    elif name == "hrv logger":
        data = WHOLE[name].replace(b";868;", b";" + bad + b";")
    else:
        cut = max(lines[-1].rfind(mark) for mark in b",;\t ")
        data = b"\n".join([*lines[:-1], lines[-1][: cut + 1] + bad]) + b"\n"
    refusal(tmp_path, data)


@pytest.mark.parametrize(
    "data",
    [
        files.POLAR_RR.replace("15:00:01.130;870", "14:00:01.130;870").encode(),
        files.POLAR_FLOW.replace("00:00:02", "00:00:09").encode(),
        files.TCX.replace("14:00:02.500Z", "13:00:02.500Z").encode(),
        b"1560279825.000000, IBI\n1.5,0.609403\n0.3,0.843789\n",
        b"0.838 0.838\n1.706 0.868\n1.0 0.870\n2.5 0.870\n3.4 0.870\n",
        files.xdf([("HR", "HR", [], [2.0, 1.0], [[60.0], [61.0]])], []),
        files.fit([(5, 70), (2, 72)], {}),
        files.HRV_LOGGER.replace("15:00:00.868", "14:00:00.868").encode(),
    ],
)
def test_decreasing_times_are_refused(tmp_path: Path, data: bytes) -> None:
    sentence = refusal(tmp_path, data).replace(str(tmp_path), "")
    assert re.search("earlier|backwards", sentence)


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (files.edf([("Temp core", "", 1, [98.6] * 10)], {}), "median 98.6"),  # Fahrenheit
        (b"12.5\n13.5\n13.1\n", "median 13.1"),
        (b"5\n5\n6\n", "median 5"),
        (files.xdf([("HR", "HR", [], [1.0, 2.0], [[1.0], [1.1]])], []), "median 1.05"),
        (files.xdf([("HR", "HR", [], [1.0, 2.0], [[60.0], [4000.0]])], []), "4000"),
        (files.avro([0, 0.8], [305.25, 305.3], []), "305"),  # Kelvin
        (files.POLAR_RR.replace(";8", ";0.8").encode(), "median 0.8"),
        (b"t_s,heart_rate_bpm,ambient_temperature_c\n0,1.2,\n1,1.3,\n", "median 1.25"),
    ],
)
def test_wrong_units_are_refused_with_their_values(tmp_path: Path, data: bytes, seen: str) -> None:
    assert seen in refusal(tmp_path, data)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04rest",
        b"\x1f\x8brest",
        b"SQLite format 3\x00rest",
        b"\xffBIOSEMI",
        b"\x89PNG\r\n\x1a\n\x00",
        b"<gpx></gpx>",
        b"[Params]\nVersion=106\nInterval=238\n",
        '{"hr": 70}'.encode("utf-16-be"),
        "Frequenz für 70/min".encode("latin-1"),
        b"lorem ipsum\n" * 10,
        b"1,2,3,4\n5,6,7,8\n",
    ],
)
def test_unknown_formats_are_refused(tmp_path: Path, data: bytes) -> None:
    refusal(tmp_path, data)


def sound(file: RecordedFile) -> bool:
    """Return whether a result could be a recording."""
    for name, series in file.series.items():
        assert len(series)
        assert len(series.times_s) == len(series.values)
        assert (np.diff(series.times_s) >= 0).all()
        assert all(map(math.isfinite, series.values.tolist()))
        assert all(map(SIGNALS[name].measurable, series.values.tolist()))
    return bool(file.series or file.events)


def survives(read: Callable[[], RecordedFile]) -> None:
    try:
        file = read()
    except PhysiomonError as error:
        sentence = str(error)
    else:
        sentence = ""
        assert sound(file)
    assert sentence.isprintable()


FUZZ = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZ
@given(data=st.binary(max_size=400), magic=st.sampled_from([b"", b"XDF:", b"Obj\x01", b"0       "]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, magic: bytes) -> None:
    survives(lambda: read_file(files.write(tmp_path, magic + data)))


@FUZZ
@given(
    name=st.sampled_from(sorted(WHOLE)),
    at=st.floats(0, 1),
    put=st.binary(max_size=8),
    gone=st.integers(0, 12),
)
def test_damaged_files_are_read_or_refused(
    tmp_path: Path, name: str, at: float, put: bytes, gone: int
) -> None:
    data = WHOLE[name]
    where = round(at * len(data))
    survives(lambda: read_file(files.write(tmp_path, data[:where] + put + data[where + gone :])))


NUMBERS = st.one_of(
    st.floats().map(str),
    st.integers(-10, 10**13).map(str),
    st.sampled_from(["", "NaN", "a", "1e9"]),
)


@FUZZ
@given(
    head=st.sampled_from(
        [
            "",
            "1560279835.000000\n1.000000\n",
            "1560279825.000000, IBI\n",
            "Phone timestamp;RR-interval [ms]\n",
            "Phone timestamp;HR [bpm]\n2026-03-01T15:00:00;60\n",
            "t_s,heart_rate_bpm,ambient_temperature_c\n",
            "timestamp_unix,participant_full_id,pulse_rate_bpm\n",
            files.POLAR_FLOW,
        ]
    ),
    separator=st.sampled_from([",", ";", "\t"]),
    rows=st.lists(st.lists(NUMBERS, min_size=1, max_size=4), max_size=6),
)
def test_any_table_is_read_or_refused(
    tmp_path: Path, head: str, separator: str, rows: list[list[str]]
) -> None:
    text = head + "\n".join(separator.join(row) for row in rows)
    survives(lambda: read_file(files.write(tmp_path, text)))
