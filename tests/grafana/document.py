"""Makes docs/grafana-panels.md and its picture: ``python -m tests.grafana.document FOLDER``.

One afternoon is recorded, written to a real InfluxDB, and asked everything that the dashboards
ask; its first journal is replayed into a console, which a real Chromium looks at.
"""

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboards.console.server import serve
from dashboards.grafana.influxql import CHOSEN
from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.grafana.dashboards import DASHBOARDS, Query, asked, chosen_on, dashboard, queries
from tests.grafana.expected_results import SESSION, Row
from tests.grafana.recorded_sessions import PLAIN, Afternoon, afternoon
from tests.servers.chromium import chromium
from tests.servers.influx import DATABASE, Influx

PAGE, PICTURE = "grafana-panels.md", "grafana-session.png"
BUCKET_S = 10
HEAD = f"""\
# Every panel, its query and its result

Made by `make screenshots`; a test makes it anew and fails when this page is stale. Two sessions of
one afternoon were recorded by a script (`tests/grafana/recorded_sessions.py`), written to a real
InfluxDB 1.6.7, and asked what each dashboard asks when it is opened one second after the last
entry, at 10 seconds to a point. Below is the console with the journal of `P01-20231114`, replayed
to the same moment. `tests/grafana/test_queries.py` checks each answer against the journal; how
Grafana draws it was not tried.

![The console with the same session]({PICTURE})

`CHOSEN` stands for `{CHOSEN}`.
Times are UTC. A level is ten times the priority plus the state: 43 is an active alarm of high
priority (see [grafana.md](grafana.md)).
"""


async def main(folder: Path) -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as temporary:
        play = afternoon(Path(temporary), PLAIN, ())
        journal = Path(temporary) / "copy.journal"
        _copy(Path(temporary) / "first.journal", journal)
        play.close()
        (folder / PAGE).write_text(await _page(play, Path(temporary)), encoding="utf-8")
        await _picture(play, journal, folder / PICTURE)


async def _page(play: Afternoon, folder: Path) -> str:
    (folder / "influx").mkdir()
    influx = Influx(folder / "influx")
    try:
        influx.start()
        async with influx_writer(InfluxConfig(url=influx.url, org="-", bucket=DATABASE)) as write:
            for start in range(0, len(play.lines), 2000):
                await write(b"\n".join(play.lines[start : start + 2000]))
        return "\n".join([HEAD, *_tables(play, influx)])
    finally:
        influx.close()


def _tables(play: Afternoon, influx: Influx) -> Iterator[str]:
    known = {name: sorted({point.tags[name] for point in play.points}) for name in SESSION}
    now_ms = play.now_ns // 10**6
    for name in DASHBOARDS:
        board = dashboard(name)
        yield f"## {board['title']}\n\n{board['description']}\n"
        yield "| panel | query | result |\n|---|---|---|"
        for query in queries(board):
            chosen = chosen_on(board, PLAIN, known)
            since_ms = now_ms - 1000 * query.span_s
            series = influx.query(asked(query.text, since_ms, now_ms, BUCKET_S, chosen))
            text = query.text.replace(CHOSEN, "CHOSEN").replace("|", r"\|")
            yield f"| {query.name} | `{text}` | {'; '.join(_told(series, query)) or 'nothing'} |"
        yield ""


def _told(found: list[dict[str, Any]], query: Query) -> Iterator[str]:
    """Yield what is to be seen of an answer: a series in numbers, a table by its first row."""
    for series in found:
        told = (dict(zip(series["columns"], values, strict=True)) for values in series["values"])
        rows = [row for row in told if any(row[name] is not None for name in row if name != "time")]
        tags = " ".join(value for value in series.get("tags", {}).values())
        if not rows:
            continue
        if query.table:
            text = f"{_count(rows, 'row')}, {_row(rows[0])}"
        else:
            values = [next(value for key, value in row.items() if key != "time") for row in rows]
            text = f"{_count(rows, 'point')}, {_values(values)}"
        yield f"{tags}: {text}" if tags else text


def _count(rows: list[Row], what: str) -> str:
    return f"{len(rows)} {what}{'s' if len(rows) > 1 else ''}"


def _values(values: list[Any]) -> str:
    if isinstance(values[0], str) or len(values) == 1:
        return f"last {_value(values[-1])}"
    return f"{_value(min(values))} to {_value(max(values))}, last {_value(values[-1])}"


def _row(row: Row) -> str:
    shown = [
        datetime.fromtimestamp(value / 1e9, UTC).strftime("%H:%M:%S")
        if key == "time"
        else f"{key} {_value(value)}"
        for key, value in row.items()
        # InfluxQL gives an aggregate the beginning of all time.
        if value is not None and not (key == "time" and value == 0)
    ]
    return "first: " + ", ".join(shown)


def _value(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _copy(journal: Path, to: Path) -> None:
    """Copy a journal as it is at this moment, before its session ends."""
    with closing(sqlite3.connect(journal)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)


async def _picture(play: Afternoon, journal: Path, picture: Path) -> None:
    session = Session(play.first.session.spec, Journal.write(journal), play.first.hands.clock())
    session._recover()  # replays it, and unlike `open` begins no new run
    try:
        async with serve(ConsoleBackend([session]), port=0) as url, chromium() as browser:
            page = await browser.new_page(viewport={"width": 1440, "height": 1540})
            await page.goto(f"{url}session/{session.spec.id}")
            await page.get_by_role("img", name="Heart rate").wait_for()
            await page.screenshot(path=picture)
    finally:
        session.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
