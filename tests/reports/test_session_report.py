"""The report of one session, as HTML and as PDF."""

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from monitor.analysis.session_data import SessionData, read_session_data
from monitor.reports import page_layout
from monitor.reports.document import Document, Table
from monitor.reports.html import to_html
from monitor.reports.pdf import measure, to_pdf
from monitor.reports.session_page import session_document
from monitor.reports.texts import Disclosure
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.durations import LONG, rest_extended
from tests.engine.scripted_session import Script
from tests.reports.full_session import (
    DOCTOR,
    NURSE,
    full,
    restless,
    save,
    short,
    without_readings,
)
from tests.servers.chromium import chromium
from tests.servers.forked import PHYSIOMON
from tests.system.command import facts, physiomon, refusal

KINDS: dict[str, Callable[[], Script]] = {
    "full": full,
    "without dose": lambda: full(dose=False),
    "without readings": without_readings,
    "short": short,
    "many alarms": restless,
}
OPEN = Disclosure(names=True, notes=True)


class Journals(dict[str, Path]):
    """Journals of `KINDS`, each recorded when a test needs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __missing__(self, kind: str) -> Path:
        self[kind] = save(KINDS[kind](), self._folder / f"{kind}.journal")
        return self[kind]


@pytest.fixture(scope="module")
def journals(tmp_path_factory: pytest.TempPathFactory) -> Journals:
    return Journals(tmp_path_factory.mktemp("journals"))


def data(path: Path) -> SessionData:
    with Journal.read(path) as journal:
        return read_session_data(read_recording(journal))


@cache
def document(path: Path, disclosure: Disclosure = Disclosure()) -> Document:  # noqa: B008
    return session_document(data(path), disclosure)


@dataclass(frozen=True, slots=True)
class Printed:
    """The report of a session in both formats."""

    content: Document
    html: str
    pdf: bytes


@pytest.fixture(scope="module", params=rest_extended(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def printed(journals: Journals, kind: str) -> Printed:
    """Print each report once: a PDF of many pages takes seconds."""
    content = document(journals[kind], OPEN)
    return Printed(content, to_html(content), to_pdf(content))


class Content(HTMLParser):
    """Texts of the cells of a page by heading, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags and self.tags[-1] in ("td", "th") and self.rows:
            self.rows[-1][-1] += data.strip()


def table(found: Document, start: str) -> list[dict[str, str]]:
    """Return the rows of the table whose caption begins so."""
    (one,) = (b for b in found.blocks if isinstance(b, Table) and b.caption.startswith(start))
    return [dict(zip(one.headings, row, strict=True)) for row in one.rows]


class TestContent:
    def test_alarms_with_their_answers_and_verdicts(self, journals: Journals) -> None:
        found = document(journals["full"], OPEN)
        rows = [r for r in table(found, "Each alarm") if "(hr-high)" in r["alarm"]]
        (row,) = rows
        assert (row["priority"], row["value"], row["limit"]) == ("medium", "131 /min", "110 /min")
        assert (row["after dose"], row["by"], row["verdict"]) == ("0:15", DOCTOR, "useful")
        (rule,) = (r for r in table(found, "Alarm burden by rule") if r["rule"] == "hr-high")
        assert (rule["alarms"], rule["useful / judged"]) == ("1", "1 / 1")
        assert "100.0% of 1 judged alarms" in to_html(found)

    def test_measurements_and_what_was_corrected(self, journals: Journals) -> None:
        found = document(journals["full"])
        rows = table(found, "Valid measurements")
        pressures = [row["blood pressure (mmHg)"] for row in rows]
        assert pressures == ["120/80", "122/90"]
        assert rows[0]["body temperature (°C)"] == "36.6"
        assert rows[0]["by"] == "person 1 (nurse)"
        (wrong,) = table(found, "Measurements that were corrected or voided")
        assert (wrong["value"], wrong["state"]) == ("220 mmHg", "corrected")

    def test_the_change_after_the_dose(self, journals: Journals) -> None:
        found = document(journals["full"])
        heart, core = table(found, "Baseline: median")
        # The fast heart lasted less than half of five minutes.
        assert (heart["baseline"], heart["peak"], heart["change"]) == (
            "70.5 /min",
            "71 /min",
            "+0.50",
        )
        assert (core["peak"], core["after"]) == ("37.41 °C", "16 min")

    def test_gaps_are_listed_as_not_judged(self, journals: Journals) -> None:
        rows = table(document(journals["full"]), "Gaps of 60 s and more")
        (gap,) = (row for row in rows if row["signal"].startswith("Heart rate"))
        assert gap["lasted"] == "1:31"  # the last value is current for 10 s
        assert gap["after dose"] == "0:25"

    def test_faulty_packets_are_counted_by_sensor(self, tmp_path: Path) -> None:
        script = short()
        for second, payload in enumerate(("2648", "2648AA", "06", "0649"), 3):
            script.at(second).raw("strap/2A37", payload)
        (strap,) = table(document(save(script, tmp_path / "faulty.journal")), "Sensors")
        assert (strap["sensor"], strap["packets"], strap["faulty"]) == ("strap", "6", "3")

    def test_signals_that_were_never_measured_are_named(self, journals: Journals) -> None:
        page = to_html(document(journals["without readings"]))
        assert "Never measured in this session: heart rate, core temperature." in page
        assert "No sensor sent values." in page

    def test_a_session_that_nobody_ended_is_marked(self, journals: Journals) -> None:
        assert [m.partition(":")[0] for m in document(journals["short"]).marks] == [
            "SIMULATED",
            "NOT ENDED",
        ]
        assert [m.partition(":")[0] for m in document(journals["full"]).marks] == ["SIMULATED"]

    def test_every_page_says_that_it_is_no_medical_device(self, journals: Journals) -> None:
        assert "physiomon is not a medical device" in document(journals["full"]).footer


class TestDisclosure:
    def test_names_and_notes_are_withheld_unless_asked_for(self, journals: Journals) -> None:
        closed, names = (
            Content(to_html(document(journals["full"], each))).text
            for each in (Disclosure(), Disclosure(names=True))
        )
        for name in (NURSE, DOCTOR):
            assert name not in closed
            assert name in names
        assert "Ada's" not in closed
        assert "Ada's" not in names
        assert "slip" not in closed
        assert "names of people are replaced; texts that people typed are withheld" in closed

    def test_text_of_people_is_never_markup(self, journals: Journals) -> None:
        page = to_html(document(journals["full"], OPEN))
        found = Content(page)
        assert "script" not in found.tags
        assert "<script>alert(1)</script> $x^2$" in found.text
        assert "\u202e" not in page
        assert "\x07" not in page
        assert not [name for name, _ in found.attributes if name.startswith("on")]


class TestEverySession:
    def test_the_same_content_gives_the_same_bytes(
        self, journals: Journals, kind: str, printed: Printed
    ) -> None:
        again = session_document(data(journals[kind]), OPEN)
        assert to_html(again) == printed.html
        if LONG or kind != "many alarms":  # only longer than the others
            assert to_pdf(again) == printed.pdf

    def test_it_is_one_small_page_that_fetches_nothing(self, printed: Printed) -> None:
        assert len(printed.html.encode()) < 1_000_000
        found = Content(printed.html)
        assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
        links = [v for n, v in found.attributes if n in ("src", "href", "xlink:href") and v]
        assert all(link.startswith("#") for link in links)
        assert not re.search(r"\bnan\b", found.text)

    def test_nothing_is_printed_beyond_the_margins(self, printed: Printed) -> None:
        width = measure()
        pages = page_layout.paginated(printed.content, width)
        right = page_layout.WIDTH_MM - page_layout.MARGIN_MM
        for page in pages:
            assert page
            for mark in page:
                if isinstance(mark, page_layout.Text):
                    end = width(mark.text, mark.size, bold=mark.bold)
                    low, high = (
                        (mark.x_mm - end, mark.x_mm)
                        if mark.right
                        else (
                            mark.x_mm,
                            mark.x_mm + end,
                        )
                    )
                    assert low >= page_layout.MARGIN_MM - 0.1, mark
                    assert high <= right + 0.1, mark
                    assert mark.y_mm < page_layout.HEIGHT_MM - page_layout.MARGIN_MM
        assert printed.pdf.startswith(b"%PDF")
        counted = re.search(rb"/Count (\d+)", printed.pdf)
        assert counted
        assert counted[1] == str(len(pages)).encode()


@pytest.mark.extended
async def test_a_browser_shows_and_prints_it_without_any_request(
    journals: Journals, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(to_html(document(journals["many alarms"], OPEN)), encoding="utf-8")
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text))
        await page.goto(file.as_uri())
        assert asked == [file.as_uri()]
        assert errors == []
        assert await page.locator("svg").count() == 1
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390  # wide tables scroll within the page
        printed = await page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")


class TestCommand:
    @pytest.mark.extended
    def test_both_files_at_once(self, journals: Journals, tmp_path: Path) -> None:
        html, pdf = tmp_path / "r.html", tmp_path / "r.pdf"
        words = ("report", str(journals["full"]), "--html", str(html), "--pdf", str(pdf))
        assert facts(*words, "--json") == {"written": [str(html), str(pdf)], "missing": []}
        assert html.read_text("utf-8") == to_html(document(journals["full"]))
        assert pdf.read_bytes() == to_pdf(document(journals["full"]))
        assert physiomon(*words, "--with-names").returncode == 0
        assert NURSE in html.read_text("utf-8")
        assert sorted(tmp_path.iterdir()) == [html, pdf]

    def test_what_cannot_be_written_is_refused(self, journals: Journals, tmp_path: Path) -> None:
        journal = str(journals["short"])
        assert "is a folder" in refusal("report", journal, "--html", str(tmp_path))
        assert "would replace a journal" in refusal("report", journal, "--pdf", journal)
        (tmp_path / "file").touch()
        target = tmp_path / "file" / "r.html"
        assert "choose another folder" in refusal("report", journal, "--html", str(target))

    @pytest.mark.extended
    def test_a_package_that_is_missing_is_named(self, journals: Journals, tmp_path: Path) -> None:
        (tmp_path / "matplotlib.py").write_text(
            "raise ModuleNotFoundError('none', name='matplotlib')\n"
        )
        paths = f"{tmp_path}:{Path(__file__).parents[2]}"
        target = tmp_path / "r.html"
        done = subprocess.run(
            [PHYSIOMON, "report", str(journals["short"]), "--html", str(target)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert done.returncode == 1
        assert "pip install 'physiomon[report]'" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not target.exists()
