"""The page of benchmarks shows the recorded results, each of a benchmark that exists."""

import asyncio
from importlib.util import find_spec

import aiohttp
import pytest

from benchmarks.__main__ import BENCHMARKS
from benchmarks.console import watch_console
from benchmarks.results import PAGE, Result, page, ratio, recorded
from benchmarks.watched import child
from tests.durations import PATIENCE_S

RESULT = Result(name="engine", measured="a reading", value=1.4, goal=2, figures="20 us", load=1.5)


def test_page_shows_the_recorded_results() -> None:
    """After a change of results.json: ``python -m benchmarks --page``."""
    text = PAGE.read_text("utf-8")
    assert page(text, recorded().values()) == text


def test_recorded_results_are_of_benchmarks_that_exist() -> None:
    assert {name.split()[0] for name in recorded()} == set(BENCHMARKS)
    assert all(find_spec(f"benchmarks.{name}") for name in BENCHMARKS)


def test_page_with_another_result_differs_in_its_row_only() -> None:
    text = PAGE.read_text("utf-8")
    lines = page(text, [RESULT]).splitlines()
    assert "| **engine**: a reading |  | 1.4 times | at most 2 | 20 us | 1.5 |" in lines
    assert [line for line in lines if not line.startswith("|")] == [
        line for line in text.splitlines() if not line.startswith("|")
    ]


def test_ratio_is_the_median_of_the_rounds() -> None:
    assert ratio([1, 30, 3], [2, 10, 2]) == pytest.approx(1.5)


@pytest.mark.extended
async def test_viewer_of_the_console_gets_pictures() -> None:
    came = asyncio.Event()
    async with (
        asyncio.timeout(PATIENCE_S),
        child("benchmarks.console", "--serve", "console") as (_, url),
        aiohttp.ClientSession() as http,
        asyncio.TaskGroup() as tasks,
    ):
        watching = tasks.create_task(watch_console(http, url, 0, lambda *_: came.set()))
        await came.wait()
        watching.cancel()
