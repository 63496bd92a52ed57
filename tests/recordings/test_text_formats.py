"""Text files of other programs give the samples that they contain, and their times."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from devices.recordings.heart_packets import heart_packets
from devices.recordings.reader import read_file, read_folder
from devices.recordings.recorded_file import RecordedFile, Series, UnknownFormatError
from tests.recordings import files

DATA = Path(__file__).parents[1] / "data"
LOCAL = datetime(2026, 3, 1, 15, 0)  # noqa: DTZ001 - the files have no zone


def samples(file: RecordedFile, name: str) -> list[tuple[float, float]]:
    series = file.series[name]
    return [
        (round(at, 6), round(v, 6)) for at, v in zip(series.times_s, series.values, strict=True)
    ]


def test_polar_sensor_logger(tmp_path: Path) -> None:
    rates = read_file(files.write(tmp_path, files.POLAR_HR))
    assert rates.format == "Polar Sensor Logger"
    assert rates.start == LOCAL.replace(microsecond=120_000)
    assert samples(rates, "heart_rate") == [(0, 72), (1.01, 73), (2.005, 74)]
    beats = read_file(files.write(tmp_path, files.POLAR_RR))
    assert samples(beats, "rr_interval") == [(0, 838), (1.01, 868), (1.01, 870)]


def test_polar_columns_are_found_by_their_headers(tmp_path: Path) -> None:
    both = read_file(files.write(tmp_path, files.POLAR_NEW_ORDER))
    assert samples(both, "heart_rate") == [(0, 72), (1.01, 73), (2.005, 74)]
    assert samples(both, "rr_interval") == [(0, 838), (1.01, 868), (1.01, 870)]


@pytest.mark.parametrize("text", [files.POLAR_PPI, files.POLAR_PPI_OLD])
def test_pulse_intervals_without_blocked_ones(tmp_path: Path, text: str) -> None:
    file = read_file(files.write(tmp_path, text))
    assert samples(file, "rr_interval") == [(0, 800), (0, 820)]
    assert "heart_rate" not in file.series  # 0 throughout: no value
    assert file.notes == ("1 intervals that the sensor marked as unusable were left out",)


def test_polar_markers(tmp_path: Path) -> None:
    text = "Phone timestamp;Marker start/stop\n2026-03-01T15:00:05.000;MARKER_START\n"
    (event,) = read_file(files.write(tmp_path, text)).events
    assert event.text == "MARKER_START"


def test_polar_flow(tmp_path: Path) -> None:
    file = read_file(files.write(tmp_path, files.POLAR_FLOW))
    assert file.start == LOCAL
    assert samples(file, "heart_rate") == [(0, 72), (1, 73), (3, 74)]
    assert samples(file, "ambient_temperature") == [(0, 21.5), (2, 21.6)]


def test_hrv_logger(tmp_path: Path) -> None:
    file = read_file(files.write(tmp_path, files.HRV_LOGGER))
    assert (file.format, file.start) == ("HRV Logger", LOCAL)
    assert samples(file, "rr_interval") == [(0, 838), (0.868, 868)]


INTERVALS_MS = [838.0, 868.0, 870.0, 803.0]
TIMES_S = [0.838, 1.706, 2.576, 3.379]


@pytest.mark.parametrize(
    "text",
    [
        "838\n868\n870\n803\n",
        "\ufeff838\r\n868\r\n870\r\n803\r\n",
        "RR (ms)\n838\n868\n870\n803\n",
        "# Kubios\n\n838.0\n868.0\n870.0\n803.0",
        "0.838\n0.868\n0.870\n0.803\n",
        "838,0\n868,0\n870,0\n803,0\n",
        "0,838\n0,868\n0,870\n0,803\n",
        "0.838\t0.838\n1.706\t0.868\n2.576\t0.870\n3.379\t0.803\n",
        "838 838\n1706 868\n2576 870\n3379 803\n",
        "Time (s);RR (ms)\n0.838;838\n1.706;868\n2.576;870\n3.379;803\n",
        "0 838\n0.868 868\n1.738 870\n2.541 803\n",  # the first interval begins before time 0
    ],
)
def test_intervals_in_any_layout_and_unit(tmp_path: Path, text: str) -> None:
    file = read_file(files.write(tmp_path, text))
    series = file.series["rr_interval"]
    assert series.values == pytest.approx(INTERVALS_MS)
    assert series.times_s == pytest.approx(TIMES_S)
    assert file.start is None


def test_intervals_in_utf_16(tmp_path: Path) -> None:
    path = files.write(tmp_path, "838\n868\n870\n803\n".encode("utf-16"))
    assert read_file(path).series["rr_interval"].values == pytest.approx(INTERVALS_MS)


def test_e4_files_are_recognised_by_content(tmp_path: Path) -> None:
    """Their names are swapped and have no effect."""
    for source, name, signal in (
        ("e4_HR.csv", "TEMP.csv", "heart_rate"),
        ("e4_TEMP.csv", "HR.csv", "skin_temperature"),
        ("e4_IBI.csv", "CHR_TEMP.csv", "rr_interval"),
    ):
        file = read_file(files.write(tmp_path, (DATA / source).read_bytes(), name))
        assert list(file.series) == [signal]
        lines = (DATA / source).read_text().split()
        assert file.start == datetime.fromtimestamp(float(lines[0].strip(",")), UTC)
        head = 1 if signal == "rr_interval" else 2
        assert len(file.series[signal]) == (DATA / source).read_text().count("\n") - head
    rates = read_file(DATA / "e4_HR.csv").series["heart_rate"]
    expected = np.loadtxt(DATA / "e4_HR.csv")
    assert (rates.values == expected[2:]).all()
    assert (rates.times_s == np.arange(len(expected) - 2)).all()
    beats = read_file(DATA / "e4_IBI.csv").series["rr_interval"]
    table = np.loadtxt(DATA / "e4_IBI.csv", delimiter=",", skiprows=1)
    assert (beats.times_s == table[:, 0]).all()
    assert beats.values == pytest.approx(table[:, 1] * 1000)


def test_e4_temperature_of_a_missing_sensor_is_omitted(tmp_path: Path) -> None:
    text = "1560279825.000000\n4.000000\n382.21\n382.21\n32.13\n32.15\n32.15\n"
    file = read_file(files.write(tmp_path, text))
    assert samples(file, "skin_temperature") == [(0.5, 32.13), (0.75, 32.15), (1.0, 32.15)]
    assert file.notes == ("2 temperatures above 100 Cel were left out",)


def test_e4_tags(tmp_path: Path) -> None:
    file = read_file(files.write(tmp_path, "1560279830.50\n1560279840.00\n"))
    assert [event.at_s for event in file.events] == [0, 9.5]
    assert file.start == datetime.fromtimestamp(1560279830.5, UTC)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("1560279825.0, 1560279825.0, 1560279825.0\n32.0, 32.0, 32.0\n1,2,63\n", "acceleration"),
        ("1560279825.0\n4.0\n0.218000\n0.220000\n", "median 0.219"),
        ("1560279825.0\n4.0\n21.218000\n22.220000\n", "median 21.719"),
        ("1560279825.0\n64.0\n-12.5\n13.1\n", "64 values per second"),
        ("1560279825.0\n1.0\n8.0\n9.0\n", "1 values per second with median 8.5"),
    ],
)
def test_other_e4_signals_are_refused_with_their_content(
    tmp_path: Path, text: str, seen: str
) -> None:
    with pytest.raises(UnknownFormatError, match=seen):
        read_file(files.write(tmp_path, text, "HR.csv"))


def test_embraceplus_tables(tmp_path: Path) -> None:
    head = "timestamp_unix,timestamp_iso,participant_full_id,"
    rates = f"{head}pulse_rate_bpm,missing_value_reason\n"
    rates += "1772373600000,2026-03-01T14:00:00Z,1-1-P07,70,\n"
    rates += "1772373660000,2026-03-01T14:01:00Z,1-1-P07,,device_not_worn_correctly\n"
    rates += "1772373720000,2026-03-01T14:02:00Z,1-1-P07,72,\n"
    file = read_file(files.write(tmp_path, rates))
    assert file.start == files.START
    assert samples(file, "pulse_rate") == [(0, 70), (120, 72)]
    warm = f"{head}temperature_celsius,missing_value_reason\n1772373600000,x,1-1-P07,32.10,\n"
    assert samples(read_file(files.write(tmp_path, warm)), "skin_temperature") == [(0, 32.1)]
    with pytest.raises(UnknownFormatError, match="met"):
        read_file(files.write(tmp_path, f"{head}met,missing_value_reason\n1772373600000,x,P,1,\n"))


def test_folder_yields_its_recordings_and_names_skipped_files(tmp_path: Path) -> None:
    for name in ("HR", "IBI", "TEMP"):
        files.write(tmp_path, (DATA / f"e4_{name}.csv").read_bytes(), f"{name}.csv")
    files.write(tmp_path, "1560279825.0\n4.0\n0.218000\n", "EDA.csv")
    files.write(tmp_path, ".csv files in this archive are in the following format:\n", "info.txt")
    found, skipped = read_folder(tmp_path)
    assert [each.path.name for each in found] == ["HR.csv", "IBI.csv", "TEMP.csv"]
    assert ["EDA.csv" in skipped[0], "info.txt" in skipped[1]] == [True, True]


def test_intervals_stamped_just_after_their_rate_are_of_the_same_packet() -> None:
    rates = Series.of([(0.120, 72.0), (1.130, 73.0)])
    beats = Series.of([(0.123, 838.0), (1.131, 868.0), (1.132, 870.0)])
    assert [(each.at_s, each.rr) for each in heart_packets(rates, beats)] == [
        (0.120, (858,)),
        (1.130, (889, 891)),
    ]


def test_intervals_without_a_rate_nearby_have_packets_of_their_own() -> None:
    rates = Series.of([(0.0, 60.0), (20.0, 61.0)])
    beats = Series.of([(1.0, 1000.0), (2.0, 900.0), (19.0, 800.0), (21.0, 700.0)])
    assert [(each.at_s, each.rate, each.rr) for each in heart_packets(rates, beats)] == [
        (0.0, 60, ()),
        (1.0, 60, (1024,)),
        (2.0, 63, (922,)),
        (20.0, 61, (819,)),
        (21.0, 71, (717,)),
    ]


def test_many_intervals_of_one_time_are_split_into_packets() -> None:
    beats = Series.of([(5.0, 500.0 + n) for n in range(20)])
    rates = Series.of([(5.0, 60.0)])
    for found in (list(heart_packets(None, beats)), list(heart_packets(rates, beats))):
        steps = [step for each in found for step in each.rr]
        assert steps == [round((500 + n) * 1.024) for n in range(20)]
        assert max(len(each.rr) for each in found) <= 8
