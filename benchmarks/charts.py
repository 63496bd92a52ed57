"""Charts of an eight-hour session of five sensors at 1 Hz, displayed in Chromium.

The session runs about 250 times as fast as real time with an open page: memory of the page
(JavaScript heap after a collection) and of the service at each hour. Then the page of the whole
session is opened again and zoomed: time until its charts are drawn, time between two frames while
the wheel turns, and time until the exact picture has arrived. The alternative is uPlot's: all
28,800 points of a chart as JSON, without thinning; only its bytes and the time to parse them.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import CDPSession, Page, async_playwright

from benchmarks.results import Result
from benchmarks.watched import beat, child, memory_mb, opened
from dashboards.console.server import serve
from monitor.sessions.console_backend import ConsoleBackend
from tests.servers.chromium import installed

HOURS = 8
_STEP_S = 5  # session seconds per step of the loop
_LOOKS = 0.2  # fraction of the console's normal update interval
_OPENED = "document.querySelector('.plot .trace')?.getAttribute('d').length > 1000"
_ZOOM = """async () => {
  const frames = [], exact = [];
  const chart = document.querySelector(".chart-frame");
  const {left, width, top} = chart.querySelector(".plot").getBoundingClientRect();
  const next = () => new Promise(requestAnimationFrame);
  for (let turn = 0; turn < 12; turn += 1) {
    const deltaY = turn % 4 < 2 ? -60 : 60;
    const at = {deltaY, clientX: left + width * 0.4, clientY: top + 9, bubbles: true};
    let before = await next();
    for (let n = 0; n < 20; n += 1) {
      chart.dispatchEvent(new WheelEvent("wheel", at));
      const now = await next();
      frames.push(now - before);
      before = now;
    }
    const began = performance.now();
    const stretch = () => document.querySelector(".plot").style.getPropertyValue("--stretch");
    while (stretch() !== "1.00000") await next();
    exact.push(performance.now() - began);
  }
  return [frames, exact];
}"""


def run(hours: int = HOURS) -> list[Result]:
    """Return the ratio of sizes; print memory use at each hour, and times to open and zoom."""
    return asyncio.run(_measure(hours))


async def _measure(hours: int) -> list[Result]:
    async with (
        child("benchmarks.charts", "--serve", str(hours)) as (service, url),
        async_playwright() as playwright,
    ):
        flags = ["--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc"]
        browser = await playwright.chromium.launch(executable_path=installed(), args=flags)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(f"{url}session/S")
        await page.get_by_role("button", name="Session", exact=True).click()
        devtools = await page.context.new_cdp_session(page)
        print(f"charts: {hours} h of five sensors at 1 Hz, accelerated")
        assert service.stdout is not None
        while (line := (await service.stdout.readline()).decode().strip()) != "done":
            heap_mb, nodes = await _heap(devtools)
            memory = memory_mb(service.pid)
            print(f"  hour {line}: page {heap_mb:.1f} MB, {nodes} nodes; service {memory:.0f} MB")
        await page.close()
        opened_s = [await _open(browser_page, url, hours) for browser_page in await _pages(browser)]
        page = browser.contexts[-1].pages[-1]
        frames, exact = await page.evaluate(_ZOOM)
        print(
            f"  opens, charts of the whole session drawn: {statistics.median(opened_s):.2f} s "
            f"(worst of {len(opened_s)}: {max(opened_s):.2f} s)\n"
            f"  zoom: a frame each {statistics.median(frames):.1f} ms, p99 "
            f"{statistics.quantiles(frames, n=100)[98]:.1f} ms; exact picture after "
            f"{statistics.median(exact):.0f} ms, worst {max(exact):.0f} ms"
        )
        ours, all_points, parsing_ms = await _sizes(page, hours)
        await browser.close()
    return [
        Result(
            name="charts",
            measured=f"size of the charts of {hours} h of five sensors at 1 Hz",
            alternative="all points as JSON",
            value=ours / all_points,
            figures=f"{ours / 1e3:.0f} kB against {all_points / 1e3:,.0f} kB, which take "
            f"{parsing_ms:.0f} ms to parse",
        )
    ]


async def _heap(devtools: CDPSession) -> tuple[float, int]:
    await devtools.send("HeapProfiler.collectGarbage")
    used = await devtools.send("Runtime.getHeapUsage")
    counters = await devtools.send("Memory.getDOMCounters")
    return used["usedSize"] / 1e6, counters["nodes"]


async def _pages(browser: object) -> list[Page]:
    return [await (await browser.new_context()).new_page() for _ in range(5)]  # type: ignore[attr-defined]


async def _open(page: Page, url: str, hours: int) -> float:
    began_s = time.perf_counter()
    await page.goto(f"{url}session/S", wait_until="commit")
    await page.wait_for_function(_OPENED, polling=20)
    await page.get_by_role("button", name="Session", exact=True).click()
    await page.wait_for_function(
        "(ms) => physiomonChart.drawn().until - physiomonChart.drawn().since >= ms",
        arg=hours * 3_600_000,
        polling=20,
    )
    return time.perf_counter() - began_s


async def _sizes(page: Page, hours: int) -> tuple[int, int, float]:
    """Return the bytes of the charts, those of all points of as many charts, and their parsing."""
    ours, charts = await page.evaluate(
        "() => { const all = [...document.querySelectorAll('.chart')];"
        " return [all.reduce((sum, one) => sum + one.innerHTML.length, 0), all.length]; }"
    )
    points = [[1_700_000_000_000 + 1000 * n, 70 + n % 37] for n in range(hours * 3600)]
    text = json.dumps([points] * charts, separators=(",", ":"))
    parsing_ms = await page.evaluate(
        "(text) => { const began = performance.now(); JSON.parse(text);"
        " return performance.now() - began; }",
        text,
    )
    return ours, len(text), parsing_ms


async def _serve(hours: int) -> None:
    began_ns = time.time_ns() - hours * 3600 * 10**9
    passed_s = 0
    over_ns: int | None = None  # end of the accelerated hours; real time from then on

    def now_ns() -> int:
        if over_ns is None:
            return began_ns + passed_s * 10**9
        return began_ns + passed_s * 10**9 + time.monotonic_ns() - over_ns

    with tempfile.TemporaryDirectory() as folder:
        session = opened(Path(folder), "S", now_ns)
        session.derive()
        async with (
            asyncio.TaskGroup() as tasks,
            serve(ConsoleBackend([session]), port=0, speed=_LOOKS) as url,
        ):
            tasks.create_task(session.run())
            print(url, flush=True)
            await asyncio.sleep(5.0)  # until the page is open
            for _ in range(hours * 3600 // _STEP_S):
                for _ in range(_STEP_S):
                    passed_s += 1
                    beat(session, passed_s)
                    session.derive()
                if passed_s == 600:
                    session.actions.mark("dose", "", "benchmark", reason="no baseline", amount=100)
                if passed_s % 3600 == 0:
                    print(passed_s // 3600, flush=True)
                await asyncio.sleep(0.01)
            over_ns = time.monotonic_ns()
            print("done", flush=True)
            while True:
                beat(session, passed_s)
                session.derive()
                await asyncio.sleep(1.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=HOURS)
    parser.add_argument("--serve", type=int, help="the service alone, for so many hours")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve(given.serve))
    else:
        run(given.hours)
    sys.exit()
