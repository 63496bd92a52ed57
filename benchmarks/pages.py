"""The first visit of a page with an empty cache: a new session, and one of eight hours.

Chromium, five sensors at 1 Hz: requests, bytes as they came over the network, the first paint with
content, and the time until the charts are drawn. Each visit has a separate browser context.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from benchmarks.results import Result
from benchmarks.watched import beat, child, opened
from dashboards.console.server import serve
from monitor.sessions.console_backend import ConsoleBackend
from tests.servers.chromium import chromium

VISITS = 7
_AGES_S = {"new": 5, "eight-hours": 8 * 3600}
_PAINT_S = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime / 1000"
_DRAWN = "document.querySelector('.plot .trace') && performance.now() / 1000"


@dataclass(frozen=True)
class _Visit:
    requests: int
    kilobytes: float
    paint_s: float
    drawn_s: float


def run(visits: int = VISITS) -> list[Result]:
    """Return the times of the first paint of both pages."""
    return asyncio.run(_measure(visits))


async def _measure(visits: int) -> list[Result]:
    found = []
    async with child("benchmarks.pages", "--serve") as (_, url), chromium() as browser:
        for name in _AGES_S:
            seen = [await _visit(browser, f"{url}session/{name}") for _ in range(visits)]
            paints, drawn = ([getattr(each, it) for each in seen] for it in ("paint_s", "drawn_s"))
            found.append(
                Result(
                    name=f"pages {name}",
                    measured=f"first paint of a session's page with an empty cache ({name})",
                    value=statistics.median(paints),
                    unit="s",
                    figures=f"best {min(paints):.2f} s; charts drawn "
                    f"{statistics.median(drawn):.2f} s (best {min(drawn):.2f} s); "
                    f"{seen[-1].requests} requests, "
                    f"{seen[-1].kilobytes:.0f} kB",
                )
            )
    return found


async def _visit(browser: Browser, url: str) -> _Visit:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    sizes: list[float] = []

    def count(event: dict[str, Any]) -> None:
        sizes.append(event["encodedDataLength"])

    devtools.on("Network.loadingFinished", count)
    await devtools.send("Network.enable")
    await page.goto(url)
    drawn = await page.wait_for_function(_DRAWN)
    visit = _Visit(
        len(sizes), sum(sizes) / 1000, await page.evaluate(_PAINT_S), await drawn.json_value()
    )
    await context.close()
    return visit


async def _serve() -> None:
    with tempfile.TemporaryDirectory() as folder:
        now = {name: time.time_ns() - age_s * 10**9 for name, age_s in _AGES_S.items()}
        sessions = {
            name: opened(Path(folder), name, lambda name=name: now[name])  # type: ignore[misc]
            for name in now
        }
        for name, age_s in _AGES_S.items():
            for at_s in range(1, age_s):
                now[name] += 10**9
                beat(sessions[name], at_s)
        async with serve(ConsoleBackend(list(sessions.values())), port=0) as url:
            print(url, flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=VISITS)
    parser.add_argument("--serve", action="store_true", help="the service only")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve())
    else:
        run(given.visits)
    sys.exit()
