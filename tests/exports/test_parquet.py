"""Parquet and CSV: read back by pyarrow, DuckDB, pandas and the standard library, equal values."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.exports.exporter import export_recording
from monitor.exports.formats import FORMATS
from monitor.exports.options import ExportOptions
from monitor.exports.parquet import arrow_table
from monitor.exports.tables import Data, Table, Texts, flag, number, text, time
from tests.analysis.rich_recording import GAP_S, NOTE, record
from tests.exports.conftest import Select

ALL = ExportOptions(all_qualities=True, notes=True, absolute=True)


@pytest.fixture(scope="module")
def parquet(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_recording(rich, FORMATS["parquet"], tmp_path_factory.mktemp("p"), ALL).folder


@pytest.fixture(scope="module")
def csvs(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_recording(rich, FORMATS["csv"], tmp_path_factory.mktemp("c"), ALL).folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_readings_are_equal_in_pyarrow(parquet: Path, selected: Select) -> None:
    table = pyarrow.parquet.read_table(parquet / "readings.parquet")
    export = selected(all_qualities=True)
    series = [*export.readings.values()]
    at_ns = np.concatenate([each.at_ns for each in series])
    values = np.concatenate([each.values for each in series])
    assert table["time"].to_numpy().astype("int64").tolist() == at_ns.tolist()
    np.testing.assert_array_equal(table["value"].to_numpy(), values)
    np.testing.assert_array_equal(table["time_s"].to_numpy(), (at_ns - export.zero_ns) / 1e9)
    assert table["value"].null_count == int(np.isnan(values).sum()) > 0
    assert table.schema.field("time").type == pyarrow.timestamp("ns", "UTC")
    assert table.schema.field("time_s").metadata[b"unit"] == b"s"
    provenance = json.loads(table.schema.metadata[b"provenance"])
    assert provenance == export.provenance()


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(), st.booleans(), st.text())))
def test_columns_are_those_of_pyarrow(rows: list[tuple[int, float, bool, str]]) -> None:
    columns = (time("t", ""), number("x", ""), flag("f", ""), text("s", ""))
    at_ns, flags, texts = (
        [row[0] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
    )
    values = np.array([row[1] for row in rows], np.float64)
    data: dict[str, Data] = {
        "t": np.array(at_ns, np.int64),
        "x": values,
        "f": np.array(flags, np.bool_),
        "s": Texts.of(texts),
    }
    found = arrow_table(Table("table", columns, data), {})
    found.validate(full=True)
    assert found["t"].equals(
        pyarrow.chunked_array([pyarrow.array(at_ns, pyarrow.timestamp("ns", "UTC"))])
    )
    assert found["x"].equals(
        pyarrow.chunked_array([pyarrow.array(values, pyarrow.float64(), from_pandas=True)])
    )
    assert found["f"].equals(pyarrow.chunked_array([pyarrow.array(flags, pyarrow.bool_())]))
    assert found["s"].to_pylist() == texts


def test_export_loads_no_pandas(rich: Path, tmp_path: Path) -> None:
    """It would be a third of the time of an export."""
    code = (
        "import sys; from monitor.cli import app; app(sys.argv[1:], standalone_mode=False); "
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", code, "export", str(rich), "--to", "parquet", "--output"]
    done = subprocess.run(
        [*command, str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    assert "pyarrow" in done.stdout.split()
    assert "pandas" not in done.stdout.split()


def test_duckdb_query_matches_the_recording(parquet: Path, selected: Select) -> None:
    import duckdb  # noqa: PLC0415 - takes a second

    export = selected(all_qualities=True)
    found = duckdb.execute(
        "SELECT channel, count(*), avg(value) FILTER (quality = 'good'), min(unit) "
        "FROM read_parquet(?) GROUP BY ALL",
        [str(parquet / "readings.parquet")],
    ).fetchall()
    expected = {
        channel: (len(series.at_ns), pytest.approx(series.good().values.mean(), rel=1e-12))
        for channel, series in export.readings.items()
        if len(series.good().at_ns)
    }
    assert {name: (count, mean) for name, count, mean, _ in found if mean is not None} == expected


def test_export_contains_events_and_alarms(parquet: Path) -> None:
    events = pd.read_parquet(parquet / "events.parquet")
    dose = events[events.name == "dose"].iloc[0]
    assert (dose.value, dose.unit, dose.status) == (120.0, "mg", "valid")
    assert set(events.status) == {"valid", "undone", "corrected", "voided", "withdrawn"}
    assert NOTE in set(events.text)
    alarms = pd.read_parquet(parquet / "alarms.parquet")
    reviewed = alarms[alarms.verdict == "useful"].iloc[0]
    assert reviewed.raised_s < reviewed.acknowledged_s < reviewed.over_s


def test_csv_has_the_same_values(csvs: Path, parquet: Path) -> None:
    for name in ("readings", "beats", "events", "alarms", "sensors"):
        table = pyarrow.parquet.read_table(parquet / f"{name}.parquet").to_pylist()
        read = rows(csvs / f"{name}.csv")
        assert len(read) == len(table)
        for row, expected in zip(read, table, strict=True):
            for column, value in expected.items():
                match value:
                    case None:
                        assert row[column] == ""
                    case bool():
                        assert row[column] == str(value).lower()
                    case float():
                        assert float(row[column]) == value
                    case str():
                        assert row[column] == value
                    case _:
                        assert pd.Timestamp(row[column]) == value


def test_csv_rows_state_their_origin(csvs: Path, selected: Select) -> None:
    provenance = selected().provenance()
    for path in csvs.glob("*.csv"):
        for row in rows(path):
            assert row["journal_hash"] == provenance["journal_hash"]
            assert (row["software"], row["policy"], row["simulated"]) == (
                provenance["software"],
                provenance["policy"],
                "false",
            )


def test_row_per_second_has_only_current_values(csvs: Path) -> None:
    wide = pd.read_csv(csvs / "seconds.csv").set_index("time_s")
    assert wide.index.tolist() == list(range(901))
    assert wide.strap_heart_rate[200] == 68 + 200 % 3
    silent = wide.strap_heart_rate[GAP_S[0] : GAP_S[1] - 1]
    assert silent.notna().sum() == 9  # the last value before the gap is current for 10 s
    assert wide.strap2_heart_rate[GAP_S[0] : GAP_S[1] - 1].notna().all()
    assert wide.manual_body_temperature.dropna().to_dict() == {51: 36.8}
    assert wide.manual_systolic.dropna().tolist() == [132]
    assert "manual_diastolic" not in wide  # voided
    assert "strap_rr_interval" not in wide


def test_simulated_session_is_marked(tmp_path: Path) -> None:
    path = record(tmp_path / "virtual.journal", virtual=True)
    for name in ("parquet", "csv"):
        folder = export_recording(path, FORMATS[name], tmp_path / name, ALL).folder
        if name == "csv":
            assert all(row["simulated"] == "true" for row in rows(folder / "readings.csv"))
        else:
            table = pyarrow.parquet.read_table(folder / "readings.parquet")
            assert set(table["simulated"].to_pylist()) == {True}
