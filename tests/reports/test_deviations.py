"""Each deviation from the protocol in the tables of a study, and none without one."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.entries import EntryKind, body_bytes
from monitor.storage.journal import Journal
from tests.scenarios.play import Play
from tests.system.command import facts

MINUTE_S = 60
DOSE_MIN, SUPPLEMENT_MIN = 30, 30 + 120  # within the windows of the study
PRESSURE = {"systolic": 120, "diastolic": 80, "body_temperature": 36.6}
Row = tuple[str, float | None, float | None, str]  # kind, at_min, minutes, what


def dose(play: Play, at_min: float, amount: float = 100, unit: str = "mg", **more: object) -> None:
    give(play, "dose", at_min, amount, unit, **more)


def supplement(play: Play, at_min: float, amount: float = 50, unit: str = "mg") -> None:
    give(play, "supplement", at_min, amount, unit)


def give(play: Play, kind: str, at_min: float, amount: float, unit: str, **more: object) -> None:
    """Enter a dose at its time, or `late_min` after it."""
    late_min = float(str(more.pop("late_min", 0)))
    play.until((at_min + late_min) * MINUTE_S)
    body = {"text": "MDMA", "amount": amount, "unit": unit, "by": "Ada"}
    dated = {"at_ns": play.engine.started_ns + round(at_min * 60e9)} if late_min else {}
    play.tell(EntryKind.MARKER, kind, **body, **dated, **more)


def as_planned(play: Play) -> None:
    for at_min in (10, 20):
        play.until(at_min * MINUTE_S)
        play.tell(EntryKind.VITALS, "manual", values=PRESSURE, by="Ada", role="nurse")
    dose(play, DOSE_MIN)


def only_dose(play: Play) -> None:
    dose(play, DOSE_MIN)
    play.until(60 * MINUTE_S + 600)
    play.tell(EntryKind.VITALS, "manual", values=PRESSURE, by="Ada", role="nurse")


def with_supplement(at_min: float, amount: float = 50, unit: str = "mg") -> Callable[[Play], None]:
    def played(play: Play) -> None:
        dose(play, DOSE_MIN)
        supplement(play, at_min, amount, unit)

    return played


def late_supplement(play: Play) -> None:
    dose(play, DOSE_MIN)
    give(play, "supplement", SUPPLEMENT_MIN, 50, "mg", late_min=6)


CASES: Mapping[str, tuple[Callable[[Play], None], list[Row]]] = {
    "planned": (as_planned, []),
    "early": (
        lambda play: dose(play, 15),
        [("dose-early", 15, 5, "15 min instead of 20 to 60 min")],
    ),
    "late": (
        lambda play: dose(play, 75),
        [("dose-late", 75, 15, "75 min instead of 20 to 60 min")],
    ),
    "high": (
        lambda play: dose(play, DOSE_MIN, 0.2, "g"),
        [("dose-amount", 30, None, "200 mg is outside the 75 to 125 mg of this study")],
    ),
    "low": (
        lambda play: dose(play, DOSE_MIN, 500, "ug"),
        [("dose-amount", 30, None, "0.5 mg is outside the 75 to 125 mg of this study")],
    ),
    "liquid": (lambda play: dose(play, DOSE_MIN, 5, "mL"), []),
    "unready": (
        lambda play: dose(play, DOSE_MIN, missing=["no baseline", "no strap"], reason="r"),
        [("dose-not-ready", 30, None, "no baseline; no strap")],
    ),
    "entered": (
        lambda play: dose(play, DOSE_MIN, late_min=6),
        [("dose-entered-late", 30, 6, "marked after it was given")],
    ),
    "soon": (lambda play: dose(play, DOSE_MIN, late_min=4), []),
    "second": (with_supplement(SUPPLEMENT_MIN), []),
    "second_early": (
        with_supplement(30 + 80),
        [("supplement-early", 110, 10, "80 min instead of 90 to 150 min")],
    ),
    "second_late": (
        with_supplement(30 + 160),
        [("supplement-late", 190, 10, "160 min instead of 90 to 150 min")],
    ),
    "second_high": (
        with_supplement(SUPPLEMENT_MIN, 0.1, "g"),
        [("supplement-amount", 150, None, "100 mg is outside the 37.5 to 62.5 mg of this study")],
    ),
    "second_entered": (
        late_supplement,
        [("supplement-entered-late", 150, 6, "marked after it was given")],
    ),
    "measured_late": (only_dose, []),
}


def write(play: Play, path: Path, participant: str) -> None:
    first, *others = play.entries
    body = first.body() | {"participant": participant, "id": participant}
    with Journal.write(path) as journal:
        for entry in (replace(first, payload=body_bytes(body)), *others):
            journal.append(entry)
        journal.add_facts(play.facts)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tables of a study with one session for each case."""
    folder = tmp_path_factory.mktemp("journals")
    for name, (played, _) in CASES.items():
        play = Play()
        played(play)
        play.until(200 * MINUTE_S)
        play.tell(EntryKind.END, "session", by="Ada", reason="planned", open=[])
        write(play, folder / f"{name}.journal", name)
    tables = folder / "tables"
    windows = ("--dose-window", "20-60", "--supplement-window", "90-150")
    facts("study", str(folder), "--output", str(tables), *windows, "--json")
    return tables


def of(out: Path, participant: str) -> list[Row]:
    with (out / "deviations.csv").open(newline="") as file:
        return [
            (row["kind"], _number(row["at_min"]), _number(row["minutes"]), row["what"])
            for row in csv.DictReader(file)
            if row["participant"] == participant
        ]


def _number(text: str) -> float | None:
    return round(float(text), 2) if text else None


@pytest.mark.parametrize("name", CASES)
def test_deviations_of_doses(out: Path, name: str) -> None:
    found = [row for row in of(out, name) if not row[0].startswith("measurement")]
    assert found == CASES[name][1]


def test_missed_measurements(out: Path) -> None:
    missed = {
        name: {
            (what.rpartition("(")[2], minutes)
            for kind, _, minutes, what in of(out, name)
            if kind == "measurement-missed"
        }
        for name in ("planned", "measured_late")
    }
    # Two measurements before the dose were in time, so only later ones are missing.
    assert not any("bp-due-dose" in what for what, _ in missed["planned"])
    assert ("bp-due-30): never measured", 135) in missed["planned"]
    assert ("bp-due-30): measured late", 5) in missed["measured_late"]


def test_amount_of_a_supplement_is_in_the_unit_of_the_dose(out: Path) -> None:
    with (out / "sessions.csv").open(newline="") as file:
        amounts = {
            row["participant"]: (row["dose_amount"], row["dose_unit"], row["supplement_amount"])
            for row in csv.DictReader(file)
        }
    assert amounts["second_high"] == ("100", "mg", "100")
    assert amounts["second"] == ("100", "mg", "50")
    assert amounts["high"] == ("0.2", "g", "")
