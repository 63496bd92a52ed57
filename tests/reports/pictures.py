"""Generator of a picture of docs: ``python -m tests.reports.pictures FOLDER``."""

import asyncio
import sys
import tempfile
from pathlib import Path

from monitor.analysis.session_data import read_session_data
from monitor.reports.html import to_html
from monitor.reports.session_page import session_document
from monitor.reports.texts import Disclosure
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.servers.chromium import chromium
from tests.servers.forked import PHYSIOMON, run

_WIDTH, _HEIGHT = 860, 1010


def report(place: Path) -> Path:
    """Simulate a session of four hours; return the page of its report."""
    words = ("demo", "--headless", "--minutes", "240", "--speed", "100000", "--seed", "1")
    run([PHYSIOMON, *words, "--journal-dir", str(place)])
    (path,) = place.glob("*.journal")
    with Journal.read(path) as journal:
        data = read_session_data(read_recording(journal))
    page = place / "report.html"
    page.write_text(to_html(session_document(data, Disclosure())), encoding="utf-8")
    return page


async def picture(page_file: Path, target: Path) -> None:
    """Take a picture of the top of a report."""
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        await page.goto(page_file.as_uri())
        await page.screenshot(path=target)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(picture(report(Path(folder)), Path(sys.argv[1]) / "session-report.png"))
