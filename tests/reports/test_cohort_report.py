"""The report of a cohort and the tables of a study."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from monitor.analysis.study_features import dictionary
from tests.reports.full_session import full, save, without_readings
from tests.reports.test_session_report import Content
from tests.system.command import facts, physiomon, refusal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions of one participant and one without a dose."""
    place = tmp_path_factory.mktemp("study")
    first = save(full(), place / "a.journal")
    (place / "b.journal").write_bytes(first.read_bytes())
    save(full(dose=False), place / "c.journal")
    save(without_readings(), place / "d.journal")
    return place


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


@pytest.fixture(scope="module")
def tables(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tables") / "new"
    found = facts("study", str(folder), "--output", str(out), "--dose-window", "20-60", "--json")
    assert (found["sessions"], found["participants"], found["missing"]) == (4, 1, [])
    return out


@pytest.mark.extended
def test_one_row_for_each_session_with_all_features(tables: Path) -> None:
    found = rows(tables / "sessions.csv")
    assert [(row["participant"], row["visit"]) for row in found] == [
        ("P01", str(n)) for n in range(1, 5)
    ]
    assert list(found[0])[5:] == [feature.name for feature in dictionary()]
    dosed = [row for row in found if row["dose_amount"]]
    assert len(dosed) == 2
    for row in dosed:
        assert float(row["hr_baseline"]) == 70.5
        assert float(row["hr_peak"]) == 71
        assert float(row["dose_min"]) == pytest.approx(15, abs=0.01)
        assert float(row["sys_before"]) == 121
        assert (row["sys_max"], row["sys_count"]) == ("", "2")
        assert (row["ae_count"], row["ae_severity"], row["ae_kinds"]) == ("1", "2", "nausea")
        assert (row["rating_count"], row["rating_mean"]) == ("1", "7")
        assert (row["alarms_useful"], row["alarms_judged"]) == ("1", "1")
        assert float(row["hr_coverage"]) == pytest.approx(1 - 91 / 3600, abs=0.002)
    (empty,) = (row for row in found if row["duration_h"] == "0.0166666667")
    assert (empty["hr_coverage"], empty["hr_peak"], empty["rating_mean"]) == ("", "", "")


@pytest.mark.extended
def test_participants_side_by_side(tables: Path) -> None:
    (row,) = rows(tables / "participants.csv")
    assert (row["participant"], row["sessions"]) == ("P01", "4")
    assert sorted(row[f"hr_peak_{n}"] for n in range(1, 5)) == ["", "", "71", "71"]


@pytest.mark.extended
def test_deviations_of_the_doses(tables: Path) -> None:
    found = rows(tables / "deviations.csv")
    early = [float(row["minutes"]) for row in found if row["kind"] == "dose-early"]
    assert early == pytest.approx([5, 5], abs=0.01)


@pytest.mark.extended
def test_redcap_reads_the_columns_that_its_dictionary_has(tables: Path) -> None:
    fields = rows(tables / "redcap_dictionary.csv")
    names = [row["Variable / Field Name"] for row in fields]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 26 and name[0].isalpha() and name == name.lower() for name in names)
    assert {row["Text Validation Type OR Show Slider Number"] for row in fields} == {
        *("", "integer", "number"),
    }
    found = rows(tables / "redcap.csv")
    own = ["redcap_repeat_instrument", "redcap_repeat_instance", "session_complete"]
    assert [name for name in found[0] if name not in own] == names
    assert [row["redcap_repeat_instance"] for row in found] == ["1", "2", "3", "4"]
    validation = {
        row["Variable / Field Name"]: row["Text Validation Type OR Show Slider Number"]
        for row in fields
    }
    for row in found:
        for name, value in row.items():
            if value and validation.get(name) == "integer":
                int(value)
            elif value and validation.get(name) == "number":
                float(value)


@pytest.mark.extended
def test_the_dictionary_has_every_column(tables: Path) -> None:
    names = [row["name"] for row in rows(tables / "dictionary.csv")]
    assert names == list(rows(tables / "sessions.csv")[0])


@pytest.mark.extended
def test_the_page_of_the_cohort(folder: Path, tmp_path: Path) -> None:
    html, pdf = tmp_path / "c.html", tmp_path / "c.pdf"
    words = ("report", str(folder), "--html", str(html), "--pdf", str(pdf), "--json")
    assert facts(*words) == {"written": [str(html), str(pdf)], "missing": []}
    page = html.read_text("utf-8")
    found = Content(page)
    assert "Report of 4 sessions" in found.text
    assert "4, 2 of them with a dose" in found.text
    assert found.tags.count("svg") == 3  # courses, alarms by rule, completeness
    assert len(page) < 1_000_000
    again = tmp_path / "again.html"
    facts("report", str(folder), "--html", str(again), "--json", "--jobs", "1")
    assert again.read_text("utf-8") == page
    assert pdf.read_bytes().startswith(b"%PDF")


def test_what_is_missing_is_on_the_page_and_in_the_status(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.journal").write_text("no journal\n" * 9)
    html = tmp_path / "c.html"
    done = physiomon("report", str(folder), str(tmp_path), "--html", str(html), "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["missing"]) == 1
    assert "INCOMPLETE: 1 of 5 sessions are missing" in html.read_text("utf-8")


@pytest.mark.parametrize("window", ["x", "60", "60-20", "-5-10", "nan-5"])
def test_a_window_that_is_none(folder: Path, tmp_path: Path, window: str) -> None:
    words: tuple[Any, ...] = ("study", str(folder), "--output", str(tmp_path))
    assert "not a range of minutes" in refusal(*words, f"--dose-window={window}")


def test_a_folder_that_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = physiomon("study", str(folder / "d.journal"), "--output", str(tmp_path / "file"))
    assert done.returncode == 1
    assert "choose another folder" in done.stderr
