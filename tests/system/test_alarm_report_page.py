"""docs/alarm-report.md equals the output of its commands; recordings are played completely."""

import csv
import re
import shlex
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from tests.durations import LONG
from tests.system.command import facts, physiomon

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "alarm-report.md").read_text("utf-8")
COMMANDS = [
    shlex.split(line)[1:]
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
# As the shell sorts their folders. The first takes a quarter of the time of all.
PLACES = {"indoor": "ride_indoor.csv", "outdoor": "ride_outdoor.csv", "wrist": "e4_HR.csv"}
PLAYED = [place for place in PLACES if LONG or place == "indoor"]
ROWS = [*PLAYED, "all"] if LONG else PLAYED
all_of_them = pytest.mark.skipif(not LONG, reason="of all recordings: in CI and in make soak")
DATA = REPOSITORY / "tests" / "data"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play the recordings as the page says, only faster."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "tests").symlink_to(REPOSITORY / "tests")
    played = [
        ["100000" if word == "600" else word for word in command]
        for command in COMMANDS
        if command[0] == "demo" and command[-1].rpartition("/")[2] in PLAYED
    ]
    assert len(played) == len(PLAYED)
    with ThreadPoolExecutor(2) as pool:
        for done in pool.map(lambda command: physiomon(*command, cwd=folder), played):
            assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def reports(folder: Path) -> dict[str, str]:
    """Return what the commands print, by policy; each ends with all sessions together."""
    journals = sorted(str(path.relative_to(folder)) for path in folder.glob("recordings/*/*"))
    assert [Path(path).parent.name for path in journals] == PLAYED
    ran = [
        [part for word in command for part in (journals if "*" in word else [word])]
        for command in COMMANDS
        if command[0] == "report"
    ]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda command: physiomon(*command, cwd=folder), ran))
    texts = ["\n".join(map(str.rstrip, one.stdout.splitlines())) for one in done]
    return {text.split()[2]: text.strip() for text in texts}


def parts(report: str) -> list[str]:
    """Return the reports of each session and of all together."""
    return re.split(r"\n\n(?=demo-|All )", report)


def row(part: str) -> str:
    """Return the numbers of a report as the table of the page has them."""
    (person,) = re.findall(
        r"^physiological alarms +(\d+) +(\d+) +(\d+) +(\d+)$", part, re.MULTILINE
    )
    (equipment,) = re.findall(r"^technical alarms +(\d+) +(\d+) +(\d+) +(\d+)$", part, re.MULTILINE)
    (share,) = re.findall(r"^physiological alarms .* in alarm ([0-9.]+%)", part, re.MULTILINE)
    return " | ".join((*person, share, *equipment))


@pytest.mark.extended
def test_table_of_the_page_is_current(reports: dict[str, str]) -> None:
    assert list(reports) == ["resting-adult", "mdma-session", "exercise"]
    made = [
        f"| {policy} | {place} | {row(part)} |"
        for policy, report in reports.items()
        for place, part in zip(ROWS, parts(report), strict=True)
    ]
    on_page = [line for line in PAGE.splitlines() if re.match(r"\| [a-z-]+ \| [a-z]+ \| \d", line)]
    assert len(on_page) == len(reports) * (len(PLACES) + 1)
    assert [line for line in on_page if line.split()[3] in ROWS] == made


@all_of_them
def test_quoted_reports_are_current(reports: dict[str, str]) -> None:
    quoted = re.findall(r"```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert quoted == [parts(reports[name])[-1] for name in ("resting-adult", "mdma-session")]


@all_of_them
def test_proposed_changes_have_current_numbers(reports: dict[str, str]) -> None:
    rows = re.findall(
        r"^\| ([a-z-]+) \| ([a-z]+-[a-z0-9-]+) \| .+? \| (.+?) \| ", PAGE, re.MULTILINE
    )
    assert len(rows) > 10
    for policy, rule, now in rows:
        together = parts(reports[policy])[-1]
        by_rule = rf"^{rule} +\w+ +\w+ +(\d+) +(\d+) +([\d:]+) +[\d.]+%$"
        ((alarms, inside, time),) = re.findall(by_rule, together, re.MULTILINE)
        count = alarms if inside == "0" else f"{alarms} + {inside}"
        assert now == f"{count}, {time}", (policy, rule)


def test_statements_about_the_recordings_are_true() -> None:
    with (REPOSITORY / "tests" / "data" / "ride_outdoor.csv").open() as file:
        times = [float(row["t_s"]) for row in csv.DictReader(file) if row["heart_rate_bpm"]]
    gaps = [after - before for before, after in pairwise(times)]
    long = [gap for gap in gaps if gap >= 10]
    assert f"{len(long)} gaps of 10 s or more, the longest {max(long):.0f} s" in PAGE
    wrist = (REPOSITORY / "tests" / "data" / "e4_HR.csv").read_text().split()[2:]
    low = [second for second, rate in enumerate(wrist) if round(float(rate)) <= 50]
    assert low == list(range(len(wrist) - len(low), len(wrist)))
    assert f"the last {len(low)} seconds" in PAGE


def journal_of(folder: Path, place: str) -> Path:
    [journal] = (folder / "recordings" / place).iterdir()
    return journal


@pytest.mark.extended
@pytest.mark.parametrize("place", PLAYED)
def test_journal_has_every_value_of_a_real_recording(folder: Path, place: str) -> None:
    """End to end: real values, packets, bleak, engine and journal."""
    name = PLACES[place]
    connection = sqlite3.connect(journal_of(folder, place))
    query = "SELECT value FROM readings WHERE channel = 'strap/heart_rate' ORDER BY id"
    got = [value for (value,) in connection.execute(query)]
    connection.close()
    lines = (DATA / name).read_text().split()
    if name.startswith("ride"):
        fields = [line.split(",")[1] for line in lines[1:]]
        recorded = [float(field) for field in fields if field]
    else:
        recorded = [float(round(float(line))) for line in lines[2:]]
    assert got == recorded


@pytest.mark.extended
def test_end_of_a_recording_is_not_a_lost_sensor(folder: Path, tmp_path: Path) -> None:
    """The ride lasts 38 minutes; what follows its last value must not look like a fault."""
    cut = facts(
        *("demo", "--headless", "--speed", "100000", "--minutes", "5", "--json"),
        *("--recording", str(DATA / "ride_indoor.csv"), "--policy", "exercise"),
        *("--journal-dir", str(tmp_path)),
    )
    for journal, lasted in ((journal_of(folder, "indoor"), 37.8), (cut["journal"], 5.0)):
        report = ("report", "--policy", "exercise", "--sustain", "", str(journal), "--json")
        found = facts(*report)["sum"]
        assert found["technical"] == 0
        assert found["hours"] * 60 == pytest.approx(lasted, abs=0.2)
