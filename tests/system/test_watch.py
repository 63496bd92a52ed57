"""A second physiomon calls people when the first one is killed, hangs, or reports a problem."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from monitor.calls.setup import recipient_channels
from monitor.config.file import load
from monitor.config.merge import load_merged
from monitor.config.watch import WatcherConfig
from monitor.errors import ConfigError
from monitor.service.outputs import Outputs
from monitor.service.watch import ANSWER_WITHIN_S, Watcher
from monitor.service.watch_part import watch_part
from monitor.service.watch_state import Answer, WatchCall, WatchState
from monitor.sessions.session import Session
from monitor.supervisor import supervise
from tests.engine.scripted_session import spec
from tests.mqtt.served_session import until
from tests.servers.process import wait_until
from tests.servers.sinks import Webhook
from tests.sessions.manual_clocks import Hands
from tests.system.command import refusal, running

CONFIG = """
[watch]
url = "{url}"
name = "monitor of room 2"
every_s = 1
after_s = 3

[[recipient]]
id = "anna"
name = "Anna Amsler"
channels = [{{url_file = "hook"}}]
"""


SESSION = """
[session]
site = "here"
participant = "P01"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
"""
TIER = """
[[tier]]
recipients = ["anna"]
accept_within = "2min"
"""


@pytest.fixture
def hook() -> Iterator[Webhook]:
    hook = Webhook()
    hook.start()
    yield hook
    hook.stop()


def watch_file(folder: Path, url: str, hook: Webhook) -> Path:
    (folder / "hook").write_text(hook.url)
    (folder / "hook").chmod(0o600)
    file = folder / "watch.toml"
    file.write_text(CONFIG.format(url=url))
    return file


def titles(hook: Webhook) -> list[str]:
    return [post["title"] for post in hook.posts]


def test_watcher_calls_when_the_monitor_hangs_or_is_killed(hook: Webhook, tmp_path: Path) -> None:
    arguments = ("--port", "0", "--journal-dir", str(tmp_path))
    with running("demo", *arguments) as monitor:
        url = monitor.wait_for_url()
        file = watch_file(tmp_path, url, hook)
        wait_until(lambda: httpx.get(f"{url}healthz").json()["well"], "it is well")
        with running("watch", str(file)) as watcher:
            watcher.wait_for_url()
            monitor.process.send_signal(signal.SIGSTOP)
            wait_until(lambda: bool(hook.posts), "a call about the hang")
            monitor.process.send_signal(signal.SIGCONT)
            wait_until(lambda: len(hook.posts) > 1, "a message that it is over")
            monitor.process.send_signal(signal.SIGKILL)
            wait_until(lambda: len(hook.posts) > 2, "a call about its death")
            watcher.interrupt()
    stopped, over, killed = titles(hook)[:3]
    assert stopped == "HIGH monitor of room 2 does not answer"
    assert over == "OVER monitor of room 2 is well again"
    assert killed.startswith("HIGH monitor of room 2 cannot be reached")
    assert "look at the people first" in hook.texts()[0]


_WELL = {"well": True, "reason": "", "running": 1}


class Other:
    """The health of another monitor, set by a test."""

    def __init__(self) -> None:
        self.asked = 0
        self.body: object = None
        self.recover()

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        body = self.body
        if isinstance(body, dict):
            body = body | {"advanced_ns": self.asked if self.advances else 7, "ok": True}
        return web.json_response(body, status=self.status)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get("/healthz", self.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    def recover(self) -> None:
        self.body, self.status, self.advances = dict(_WELL), 200, True

    def fail(self, kind: str) -> None:
        match kind:
            case "reason":
                self.body = {"well": False, "reason": "nobody can be called", "running": 1}
            case "still":
                self.advances = False
            case "status":
                self.status = 500
            case _:
                self.body = ["a login page"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("reason", "monitor of room 2 reports that nobody can be called"),
        ("still", "monitor of room 2 answers, but does not advance"),
        ("status", "monitor of room 2 answers with HTTP 500"),
        ("foreign", "monitor of room 2 gives an answer that is not that of a physiomon"),
    ],
)
async def test_each_problem_causes_a_call_and_is_reported(
    hook: Webhook, tmp_path: Path, kind: str, words: str
) -> None:
    other, reports = Other(), list[str | None]()
    async with other.listening() as url, asyncio.TaskGroup() as tasks:
        config = load(watch_file(tmp_path, url, hook), WatcherConfig)
        channels = recipient_channels(config.recipient, config.calls, tmp_path)
        watch = config.watch.model_copy(update={"every_s": 0.02, "after_s": 0.05})
        tls = watch.tls(tmp_path)
        # Nobody is on duty: then everybody is called.
        watcher = Watcher(watch, tls, channels, list, None, reports.append)
        task = tasks.create_task(watcher.run())
        await until(lambda: other.asked > 3)
        assert reports == []
        other.fail(kind)
        await until(lambda: bool(hook.posts))
        assert titles(hook)[0] == f"HIGH {words}"
        assert reports == [f"{words}: look at the people there"]
        other.recover()
        await until(lambda: len(hook.posts) > 1)
        assert titles(hook)[1] == "OVER monitor of room 2 is well again"
        assert reports[1] is None
        task.cancel()


async def test_service_watches_another_and_shows_its_problem(hook: Webhook, tmp_path: Path) -> None:
    other = Other()
    async with other.listening() as url, asyncio.TaskGroup() as tasks:
        text = watch_file(tmp_path, url, hook).read_text().replace("after_s = 3", "after_s = 2")
        file = tmp_path / "s.toml"
        file.write_text(SESSION + text + TIER)
        (planned,) = load_merged([file])
        hands = Hands()
        session = Session.open(spec(), tmp_path / "s.journal", hands.clock())
        outputs = Outputs.of(planned, hands.clock().now_ns)
        watch = watch_part(outputs, lambda: [session])
        task = tasks.create_task(supervise("watch", watch, lambda _: None, random.Random(1)))
        other.fail("reason")
        await until(lambda: bool(hook.posts))
        (notice,) = session.view().notices
        assert notice.startswith("monitor of room 2 reports that nobody can be called")
        other.recover()
        await until(lambda: not session.view().notices)
        task.cancel()
        session.close()


def played(state: WatchState, problems: Sequence[str | None], every_s: float) -> list[float]:
    """Return the times of the calls about problems, one of which is seen at each request."""
    called = []
    for number, problem in enumerate(problems):
        now_s = number * every_s
        if problem is None:
            answer = Answer(reason=None, running=1, advanced_ns=number)
            call = state.answer(now_s, answer)
        else:
            call = state.silent(now_s, problem)
        if call is not None and call.problem is not None:
            called.append(now_s)
    return called


def test_dead_monitor_causes_a_call_within_45_s() -> None:
    """The last good answer is at 0 s; a hang is detected 5 s after a request."""
    assert played(WatchState(30), [None, *["away"] * 5], 10) == [40.0]
    assert ANSWER_WITHIN_S == 5


def test_restart_causes_no_call() -> None:
    assert played(WatchState(30), [None, "away", "away", "away", None, None, None], 10) == []


def test_intermittent_problem_causes_a_call() -> None:
    assert played(WatchState(30), [None, *["away", None] * 3], 10) == [50.0]


def test_reminders_are_bounded() -> None:
    called = played(WatchState(30), ["away"] * 8640, 10)  # a day
    assert called[:5] == [30, 210, 810, 2610, 6210]
    assert len(called) == 4 + (86_390 - 2610) // 3600


def test_stopped_monitor_without_sessions_causes_no_call() -> None:
    state = WatchState(30)
    state.answer(0, Answer(reason=None, running=0, advanced_ns=1))
    assert [state.silent(now_s, "away") for now_s in range(10, 200, 10)] == [None] * 19
    assert state.answer(200, Answer(reason=None, running=1, advanced_ns=2)) is None
    assert [state.silent(now_s, "away") for now_s in (210, 220, 230)] == [None] * 3
    assert state.silent(240, "away") == WatchCall("away", 30)


def test_end_of_a_problem_without_a_call_sends_no_message() -> None:
    state = WatchState(30)
    assert state.silent(0, "away") is None
    good = [Answer(reason=None, running=1, advanced_ns=number) for number in range(3)]
    assert [state.answer(10 + each.advanced_ns, each) for each in good] == [None] * 3


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("after_s = 3", "after_s = 1.5", "after_s"),
        ("every_s = 1", "every_s = 2", "use at least twice every_s"),
        ("https://x", "https://user@x", "'url' must be"),
        ("[[recipient]]", "[[nobody]]", "'nobody' is not a known key"),
    ],
)
def test_invalid_file_is_refused(
    tmp_path: Path, hook: Webhook, old: str, new: str, sentence: str
) -> None:
    file = watch_file(tmp_path, "https://x", hook)
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=sentence):
        load(file, WatcherConfig)


def test_unreadable_certificates_are_named(tmp_path: Path, hook: Webhook) -> None:
    file = watch_file(tmp_path, "https://x", hook)
    file.write_text(CONFIG.format(url="https://x").replace("[[rec", 'ca_file = "none.pem"\n[[rec'))
    assert "cannot use" in refusal("watch", str(file))
