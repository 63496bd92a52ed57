"""Columns of recorded sessions: equal to the facts, fast, with clear errors for damaged facts."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from devices.packets import Quality
from monitor.analysis.recorded_beats import read_beats
from monitor.analysis.recorded_tables import read_limits, read_readings, read_statistics
from monitor.core.session_spec import DERIVATION
from monitor.entries import EntryKind
from monitor.errors import JournalError
from monitor.sessions.recording import Recording, read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import GAP_S, NO_VALUE_S, ns, record
from tests.engine.scripted_session import Script


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("rich") / "rich.journal")


@pytest.fixture
def recording(path: Path) -> Iterator[Recording]:
    with Journal.read(path) as journal:
        yield read_recording(journal)


def test_columns_equal_the_recorded_readings(recording: Recording) -> None:
    last: dict[tuple[str, int], tuple[float | None, int]] = {}
    for row in recording.journal.facts_of_kind("reading"):
        body = json.loads(row.payload)
        last[row.subject, row.at_ns] = body["value"], body["quality"]
    read = read_readings(recording)
    found = {
        (channel, int(at_ns)): (None if np.isnan(value) else float(value), int(quality))
        for channel, series in read.items()
        for at_ns, value, quality in zip(series.at_ns, series.values, series.quality, strict=True)
    }
    assert found == last
    assert {"strap/heart_rate", "strap2/heart_rate", "manual/systolic"} <= read.keys()
    for series in read.values():
        assert (np.diff(series.at_ns) > 0).all()
        assert series.values.dtype == np.float64
        assert series.at_ns.dtype == np.int64
        assert len(series.at_ns) == len(series.values) == len(series.quality)


def test_corrected_value_replaces_the_wrong_one_and_voided_is_invalid(
    recording: Recording,
) -> None:
    read = read_readings(recording)
    systolic, diastolic = read["manual/systolic"], read["manual/diastolic"]
    assert (list(systolic.values), list(systolic.quality)) == ([132.0], [Quality.GOOD])
    assert (list(diastolic.values), list(diastolic.quality)) == ([78.0], [Quality.INVALID])
    assert list(diastolic.good().values) == []
    assert list(read["manual/body_temperature"].at_ns) == [ns(50.5)]


def test_missing_value_is_nan(recording: Recording) -> None:
    core = read_readings(recording)["patch/core_temperature"]
    missing = np.isnan(core.values)
    assert list(core.at_ns[missing] // 1000) == [ns(NO_VALUE_S[0]) // 1000]
    assert list(core.quality[missing]) == [Quality.NO_VALUE]
    assert core.signal.unit == "Cel"
    assert core.sensor == "patch"


def test_statistics_and_limits_equal_the_recorded_ones(recording: Recording) -> None:
    statistics = read_statistics(recording)
    recorded = [
        (row.subject, body["window_s"], row.at_ns, statistic, value)
        for row in recording.journal.facts_of_kind("statistic")
        for body in [json.loads(row.payload)]
        for statistic, value in body["values"].items()
    ]
    assert sum(len(series.at_ns) for series in statistics) == len(recorded)
    of = {(each.channel, each.statistic, each.window_s): each for each in statistics}
    for channel, window_s, at_ns, statistic, value in recorded[::37]:
        series = of[channel, statistic, window_s]
        found = series.values[np.searchsorted(series.at_ns, at_ns)]
        assert found == value or (np.isnan(found) and value is None)
    limits = {(each.channel, each.rule): each for each in read_limits(recording)}
    first = next(recording.journal.facts_of_kind("limit"))
    body = json.loads(first.payload)
    series_of = limits[first.subject, body["rule"]]
    assert series_of.at_ns[0] == first.at_ns
    assert series_of.priority == body["priority"]
    assert np.isnan(series_of.lower[0]) == (body["lower"] is None)


def test_beats_are_adjacent_except_after_a_gap(recording: Recording) -> None:
    beats = read_beats(recording, read_readings(recording))["strap/rr_interval"]
    assert not beats.follows[0]
    between = np.diff(beats.at_ns) / 1e6
    jumps = np.flatnonzero(between > 30_000)
    assert len(jumps) == 1
    assert beats.at_ns[jumps[0]] < ns(GAP_S[0]) <= ns(GAP_S[1] - 2) < beats.at_ns[jumps[0] + 1]
    assert not beats.follows[jumps[0] + 1]
    adjacent = beats.follows[1:]
    assert np.abs(between - beats.rr_ms[1:])[adjacent].max() < 25


def test_beat_after_a_removed_one_is_not_adjacent(recording: Recording) -> None:
    beats = read_beats(recording, read_readings(recording))["strap/rr_interval"]
    beats.quality[5] = Quality.OUT_OF_RANGE
    good = beats.good()
    assert len(good.at_ns) == len(beats.at_ns) - 1
    assert good.at_ns[5] == beats.at_ns[6]
    assert not good.follows[5]


def test_session_without_readings_has_no_columns(tmp_path: Path) -> None:
    script = Script()
    script.at(5).tell(EntryKind.MARKER, "note", text="", by="MK")
    with Journal.write(tmp_path / "empty.journal") as journal:
        for entry in script.entries:
            journal.append(entry)
        recording = read_recording(journal)
        assert read_readings(recording) == {}
        assert read_statistics(recording) == []
        assert read_beats(recording, {}) == {}


def test_readings_of_an_older_derivation_are_derived_again(tmp_path: Path) -> None:
    older = tmp_path / "older.journal"
    script = Script(derivation=DERIVATION - 1)
    with Journal.write(older) as journal:
        for second in range(1, 20):
            script.at(second).heart(70 + second % 2)
        for entry in script.entries:
            journal.append(entry)
        series = read_readings(read_recording(journal))["strap/heart_rate"]
    assert list(series.values) == [70.0 + second % 2 for second in range(1, 20)]


@pytest.mark.parametrize("payload", ["{", "[]", '{"value":"x","quality":0}', '{"value":1.0}'])
def test_unreadable_reading_is_named_in_the_error(tmp_path: Path, path: Path, payload: str) -> None:
    damaged = tmp_path / "damaged.journal"
    damaged.write_bytes(path.read_bytes())
    database = sqlite3.connect(damaged)
    database.execute("DROP TRIGGER facts_no_update")
    (fact,) = database.execute("SELECT max(id) FROM facts WHERE kind = 'reading'").fetchone()
    database.execute("UPDATE facts SET payload = ? WHERE id = ?", (payload, fact))
    database.commit()
    database.close()
    with (
        Journal.read(damaged) as journal,
        pytest.raises(JournalError, match=f"fact {fact} cannot be read; restore it from a copy"),
    ):
        read_readings(read_recording(journal))


def test_all_readings_of_eight_hours_are_read(tmp_path: Path) -> None:
    long = tmp_path / "long.journal"
    script = Script()
    script.at(1).heart(70)
    with Journal.write(long) as journal:
        for entry in script.entries:
            journal.append(entry)
    with sqlite3.connect(long) as database:
        database.execute(
            """INSERT INTO facts WITH RECURSIVE
               numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 83000)
               SELECT n, 2, ? + n * 400000000, 'reading', printf('strap%d/heart_rate', n % 4),
               printf('{"value":%d.0,"quality":0}', 60 + n % 40) FROM numbers""",
            (ns(0),),
        )
    database.close()
    with Journal.read(long) as journal:
        recording = read_recording(journal)
        read = read_readings(recording)
    assert sum(len(series.at_ns) for series in read.values()) == 83_000
