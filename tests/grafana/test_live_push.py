"""Push of readings to a real HTTP server that stands in for Grafana."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from monitor.config.databases import GrafanaLiveSettings
from monitor.errors import ConfigError
from monitor.service.grafana_live import GrafanaLivePush, grafana_live_config
from tests.durations import PATIENCE_S
from tests.grafana.recorded_sessions import PLAIN, Hand, described
from tests.servers.process import free_port

STREAM = "/api/live/push/ward-2"


class Grafana:
    """A handler that keeps posts; `status` is its response."""

    def __init__(self) -> None:
        self.port = free_port()
        self.status = 200
        self.posts: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        application = web.Application()
        application.router.add_post("/{path:.*}", self._take)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        text = (await request.read()).decode()
        await self.posts.put((request.path, request.headers["Authorization"], text))
        if self.status == 302:
            raise web.HTTPFound("/login")
        return web.Response(status=self.status)

    async def got(self) -> list[str]:
        """Return the lines of the next post."""
        async with asyncio.timeout(PATIENCE_S):
            path, token, text = await self.posts.get()
        assert (path, token) == (STREAM, "Bearer s3cret")
        return text.split("\n")


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    hand = Hand(tmp_path / "s.journal", described(PLAIN))
    hand.session.notices = notices = Notices()
    notices.changed = asyncio.Event()
    yield hand
    hand.session.end("done")
    hand.session.close()


@asynccontextmanager
async def pushing(hand: Hand, grafana: Grafana, folder: Path) -> AsyncIterator[None]:
    (folder / "token").write_text("s3cret\n")
    settings = GrafanaLiveSettings(
        url=f"http://127.0.0.1:{grafana.port}/", token_file=str(folder / "token"), stream="ward-2"
    )
    part = GrafanaLivePush(hand.session, lambda: grafana_live_config(settings, Path()))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(part.run())
        yield
        running.cancel()


class Notices(dict[str, str]):
    """A session's notices, which wake waiting tasks."""

    changed: asyncio.Event

    def __setitem__(self, name: str, reason: str) -> None:
        super().__setitem__(name, reason)
        self.changed.set()

    def pop(self, name: str, *default: str | None) -> str | None:  # type: ignore[override]
        self.changed.set()
        return super().pop(name, *default)


async def noticed(hand: Hand, *, away: bool) -> str:
    notices = hand.session.notices
    assert isinstance(notices, Notices)
    async with asyncio.timeout(PATIENCE_S):
        while ("grafana-live" in notices) is not away:
            notices.changed.clear()
            await notices.changed.wait()
    return notices.get("grafana-live", "")


async def test_only_the_newest_of_each_channel_is_pushed(hand: Hand, tmp_path: Path) -> None:
    grafana = Grafana()
    async with grafana.up(), pushing(hand, grafana, tmp_path):
        hand.go_on(60, 70)
        lines = await grafana.got()
        series = sorted(line.partition(",")[0] for line in lines)
        assert series == [
            *("ambient_temperature", "core_temperature", "heart_rate", "rr_interval"),
            "skin_temperature",
        ]
        (heart,) = [line for line in lines if line.startswith("heart_rate,")]
        (want,) = [
            row
            for row in hand.session.journal.facts()
            if row.subject == "strap/heart_rate" and row.at_ns == hand.hands.wall_ns
        ]
        tags = "site=north,session=P01-20231114,participant=P01,sensor=strap"
        assert heart == f"heart_rate,{tags} value=70.0,quality=0i {want.at_ns}"
        hand.go_on(1, 90)
        (second,) = [line for line in await grafana.got() if line.startswith("heart_rate,")]
        assert "value=91.0" in second
        assert grafana.posts.empty()


async def test_only_readings_without_names_are_pushed(hand: Hand, tmp_path: Path) -> None:
    grafana = Grafana()
    async with grafana.up(), pushing(hand, grafana, tmp_path):
        hand.session.actions.mark("note", "Anna Amsler rang", "Anna Amsler")
        hand.session.actions.measure({"systolic": 131.0}, "Anna Amsler", "monitor")
        hand.settle()
        assert [line.partition(",")[0] for line in await grafana.got()] == ["systolic"]


@pytest.mark.parametrize("status", [302, 401, 500])
async def test_refused_push_is_reported_and_dropped(
    hand: Hand, tmp_path: Path, status: int
) -> None:
    grafana = Grafana()
    grafana.status = status
    async with grafana.up(), pushing(hand, grafana, tmp_path):
        hand.go_on(1, 70)
        await grafana.got()
        reason = await noticed(hand, away=True)
        assert f"answers HTTP {status}" in reason
        assert ("check the token" in reason) is (status == 401)
        grafana.status = 200
        hand.go_on(1, 80)
        lines = await grafana.got()
        assert sum(line.startswith("heart_rate,") for line in lines) == 1, "nothing is kept"
        await noticed(hand, away=False)


async def test_missing_grafana_blocks_nothing(hand: Hand, tmp_path: Path) -> None:
    grafana = Grafana()
    async with pushing(hand, grafana, tmp_path):
        hand.go_on(1, 70)
        assert "cannot be reached" in await noticed(hand, away=True)
        async with grafana.up():
            hand.go_on(1, 70)
            await grafana.got()
            await noticed(hand, away=False)
    assert hand.session.engine.channels["strap/heart_rate"].value is not None


def test_missing_token_is_reported_before_the_session_starts(tmp_path: Path) -> None:
    settings = GrafanaLiveSettings(url="http://127.0.0.1:3000", token_file=str(tmp_path / "no"))
    with pytest.raises(ConfigError, match=r"\[grafana_live\] token_file: cannot read"):
        grafana_live_config(settings, Path())
