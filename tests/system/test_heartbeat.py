"""The heartbeat, at a real HTTP server."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from monitor.config.merge import load_merged
from monitor.errors import ConfigError
from monitor.service.heartbeat import Heartbeat, Style
from monitor.sessions.session import Session
from tests.durations import PATIENCE_S
from tests.engine.scripted_session import spec
from tests.engine.test_unreadable_entries import POISON, let_fail
from tests.sessions.manual_clocks import Hands


class Check:
    """A server that keeps received requests."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []
        self.status = 200
        check = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                check.heard.append((self.command, self.path, body))
                self.send_response(check.status)
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - a name of the library

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/ID"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    async def until(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.heard) < number:  # noqa: ASYNC110 - another thread fills it
                await asyncio.sleep(0.01)


@pytest.fixture
def check() -> Iterator[Check]:
    check = Check()
    yield check
    check.server.shutdown()
    check.server.server_close()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def session(tmp_path: Path, hands: Hands) -> Iterator[Session]:
    session = Session.open(spec(), tmp_path / "s.journal", hands.clock())
    yield session
    session.close()


async def beats(
    check: Check, session: Session, style: Style, number: int, failures: Sequence[str] = ()
) -> None:
    heart = Heartbeat(lambda: check.url, style, lambda: [session], lambda: failures, every_s=0.02)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(heart.run())
        await check.until(number)
        task.cancel()


async def test_stalled_session_is_reported_as_failure(
    check: Check, session: Session, hands: Hands
) -> None:
    await beats(check, session, "healthchecks", 2)
    assert check.heard[:2] == [("POST", "/ping/ID/start", ""), ("POST", "/ping/ID", "")]
    check.heard.clear()
    hands.pass_s(11)  # nothing advances the engine
    await beats(check, session, "healthchecks", 2)
    assert check.heard[1] == ("POST", "/ping/ID/fail", "the engine stands still")


async def test_heartbeat_passes_the_proxy_of_the_environment(
    check: Check, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", check.url)
    check.url = "http://checks.example.org/ping/ID"
    await beats(check, session, "healthchecks", 1)
    assert check.heard[0] == ("POST", f"{check.url}/start", "")


async def test_room_without_its_session_is_reported_as_failure(
    check: Check, session: Session
) -> None:
    await beats(check, session, "healthchecks", 2, ["the session of room2.toml is not running"])
    assert check.heard[1] == ("POST", "/ping/ID/fail", "a room is not monitored")


async def test_failed_engine_is_reported_as_down(
    check: Check, session: Session, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_fail(monkeypatch)
    await beats(check, session, "uptime-kuma", 1)
    assert check.heard[0] == ("GET", "/ping/ID?status=up&msg=OK", "")
    check.heard.clear()
    hands.pass_s(1)
    session.packet("strap", "2A37", bytes([0x06, POISON]))
    session.derive()
    await beats(check, session, "uptime-kuma", 1)
    assert check.heard[0][1].startswith("/ping/ID?status=down&msg=the+engine+has+failed")
    check.heard.clear()
    session.actions.finish("MK", "over")  # nobody is watched any more
    await beats(check, session, "uptime-kuma", 1)
    assert check.heard[0][1] == "/ping/ID?status=up&msg=OK"


async def test_unreceived_heartbeat_is_shown_without_its_secret(
    check: Check, session: Session
) -> None:
    check.status = 404
    await beats(check, session, "healthchecks", 2)
    (notice,) = session.view().notices
    assert notice == (
        "the heartbeat is not heard: 127.0.0.1 answers HTTP 404; check the URL in [heartbeat]"
    )
    check.status = 200
    check.heard.clear()
    await beats(check, session, "healthchecks", 2)
    assert session.view().notices == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "give exactly one of"),
        ("url = 'https://a/b'\nurl_env = 'X'", "give exactly one of"),
        ("url = 'a/b'", "'url' must be"),
        ("url = 'https://a/b'\nstyle = 'x'", "style"),
    ],
)
def test_invalid_section_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "session.toml"
    file.write_text(
        "[session]\nsite = 'here'\nparticipant = 'P01'\n[[sensor]]\nlabel = 'strap'\n"
        f"kind = 'heart-rate-strap'\n[heartbeat]\n{text}\n"
    )
    with pytest.raises(ConfigError, match=sentence):
        load_merged([file])
