"""Pages are built one at a time, and limited in number per login."""

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from dashboards.access.page_queue import PAGES, PageQueue
from dashboards.access.roles import Role
from tests.access.console_with_accounts import HTML, Clock, house


class Builder:
    """An application that counts the pages being built at the same time."""

    def __init__(self) -> None:
        self.building = self.most = self.done = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.building += 1
        self.most = max(self.most, self.building)
        await asyncio.sleep(0)
        self.building -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        self.done += 1


async def nothing() -> Message:
    raise AssertionError


async def taken(_: Message) -> None:
    pass


async def never_taken(_: Message) -> None:
    await asyncio.Event().wait()


async def ask(queue: PageQueue, path: str, send: Send = taken) -> None:
    await queue({"type": "http", "path": path, "headers": []}, nothing, send)


async def test_one_page_is_built_at_a_time() -> None:
    builder = Builder()
    queue = PageQueue(builder, Clock())
    async with asyncio.TaskGroup() as tasks:
        for number in range(40):
            tasks.create_task(ask(queue, f"/session/S-{number}"))
    assert (builder.most, builder.done) == (1, 40)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(40):
            tasks.create_task(ask(queue, "/healthz"))
    assert builder.most == 40


async def test_browser_that_does_not_read_blocks_no_other_page() -> None:
    builder = Builder()
    queue = PageQueue(builder, Clock())
    async with asyncio.TaskGroup() as tasks:
        stuck = tasks.create_task(ask(queue, "/", never_taken))
        await tasks.create_task(ask(queue, "/"))
        assert builder.done == 1
        stuck.cancel()


async def test_failed_page_blocks_no_other_page() -> None:
    async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError

    queue = PageQueue(fails, Clock())
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await ask(queue, "/")


async def test_page_requests_per_login_are_limited(tmp_path: Path) -> None:
    async with (
        house(tmp_path) as here,
        here.visitor(Role.RESEARCHER) as researcher,
        here.visitor(Role.MEDICAL) as medical,
    ):
        pages = [await researcher.get("session/x", headers=HTML) for _ in range(PAGES.burst + 1)]
        assert [each.status_code for each in pages] == [404] * PAGES.burst + [429]
        assert pages[-1].headers["retry-after"] == "1"
        assert (await medical.get("session/S-1", headers=HTML)).status_code == 200
        here.clock.now_s += PAGES.refill_s
        assert (await researcher.get("session/S-1", headers=HTML)).status_code == 200
