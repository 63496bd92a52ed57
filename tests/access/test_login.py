"""Login and logout over HTTP: cookies, redirects and refusals."""

import asyncio
import os
import re
import threading
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.access import passwords
from dashboards.access.authenticator import AccessSettings
from dashboards.access.login_page import TOO_MANY, WRONG
from dashboards.access.proxies import Proxies
from dashboards.access.roles import Role
from dashboards.console.server import serve
from tests.access.console_with_accounts import (
    HTML,
    PASSWORDS,
    House,
    everybody,
    house,
    log_in,
    write_accounts,
)
from tests.access.page_socket import beat
from tests.console.fake_backend import SESSION, FakeBackend

RIGHT = PASSWORDS[Role.MONITOR]


def stream(served: House, client: httpx.AsyncClient, path: str = "state/beats") -> connect:
    """Return a WebSocket with the cookies of a client."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return connect(served.url.replace("http", "ws") + path, additional_headers={"Cookie": cookies})


async def ends(socket: connect) -> int | None:
    """Wait until the other side closes a WebSocket; return its code."""
    async with socket as open_socket:
        try:
            while True:
                await open_socket.recv()
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code


async def test_request_without_login_is_redirected(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor() as client:
        answer = await client.get("session/S-1", headers=HTML)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=/session/S-1"
        page = await client.get(answer.headers["location"], headers=HTML)
        assert '<label for="password">' in page.text
        assert "P-014" not in page.text
        assert (await client.get("healthz")).json() == {"ok": True, "sessions": []}


async def test_login_cookie_is_http_only_and_same_site(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor() as client:
        answer = await log_in(client, "monitor", RIGHT)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        for cookie in answer.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie
            assert "SameSite=strict" in cookie
            assert "Path=/" in cookie
        page = await client.get("session/S-1", headers=HTML)
        assert "P-014" in page.text
        assert "monitor (monitor)" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert served.book.of_kind("login") == [("monitor", "monitor")]


async def test_cookies_over_tls_are_secure(tmp_path: Path) -> None:
    accounts = write_accounts(tmp_path / "accounts.toml")
    settings = AccessSettings(accounts=accounts, proxies=Proxies(["127.0.0.1"]))
    async with house(tmp_path, settings) as served, served.visitor() as client:
        answer = await log_in(client, "monitor", RIGHT)
        for cookie in answer.headers.get_list("set-cookie"):
            assert cookie.startswith("__Host-physiomon-")
            assert "Secure" in cookie


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/x", "/session/a\r\nB"]
)
async def test_login_does_not_redirect_to_another_site(tmp_path: Path, wanted: str) -> None:
    async with house(tmp_path) as served, served.visitor() as client:
        fields = {"name": "monitor", "password": RIGHT, "next": wanted}
        answer = await client.post("login", data=fields)
        assert answer.headers["location"] == "/"


async def test_unknown_name_and_wrong_password_get_the_same_response(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor() as client:
        answers = [
            await log_in(client, "monitor", "wrong"),
            await log_in(client, "nobody", "wrong"),
            await log_in(client, "", ""),
        ]
        assert {answer.status_code for answer in answers} == {403}
        assert len({answer.text for answer in answers}) == 1
        assert WRONG in answers[0].text
        assert not client.cookies
        # An unknown name is not recorded: it may be a password.
        assert served.book.of_kind("refused-login") == [("monitor", "monitor"), ("", ""), ("", "")]


async def test_hash_is_checked_in_a_low_priority_thread_for_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[tuple[bool, int]] = []
    inner = passwords.verify

    def verify(password: str, known: str | None) -> bool:
        checked.append((known is None, os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
        return inner(password, known)

    monkeypatch.setattr(passwords, "verify", verify)
    async with house(tmp_path) as served, served.visitor() as client:
        await log_in(client, "nobody", "wrong")
        await log_in(client, "monitor", RIGHT)
    assert [unknown for unknown, _ in checked] == [True, False]
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert {priority for _, priority in checked} == {10} != {mine}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_cross_site_request_is_refused(tmp_path: Path, origin: str) -> None:
    async with house(tmp_path) as served, served.visitor(Role.MONITOR) as client:
        headers = {"Origin": origin}
        fields = {"name": "monitor", "password": RIGHT}
        for path in ("login", "logout"):
            answer = await client.post(path, data=fields, headers=headers)
            assert answer.status_code == 403
        assert (await client.get("state")).status_code == 200
        for path in ("state/beats", "updates/x", "_nicegui_ws/socket.io/?transport=websocket"):
            socket = stream(served, client, path)
            socket.additional_headers = {**dict(socket.additional_headers or {}), **headers}
            with pytest.raises(InvalidStatus):
                await socket


async def test_same_site_post_is_accepted(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.MONITOR) as client:
        answer = await client.post("logout", headers={"Origin": served.url.rstrip("/")})
        assert answer.headers["location"] == "/login?left"
        assert (await client.get("state")).status_code == 401
        assert served.book.of_kind("logout") == [("monitor", "monitor")]


@pytest.mark.parametrize("accounts", [True, False])
async def test_dns_rebinding_is_refused(tmp_path: Path, *, accounts: bool) -> None:
    path = write_accounts(tmp_path / "accounts.toml") if accounts else None
    settings = AccessSettings(accounts=path, names=frozenset({"monitor.example.org"}))
    async with house(tmp_path, settings) as served, served.visitor() as client:
        for host, status in {
            "evil.example": 421,
            "evil.example:8080": 421,
            "127.0.0.1.evil.example": 421,
            "[::1": 421,
            "": 421,
            "localhost:9": 200,
            "[::1]:9": 200,
            "192.0.2.1": 200,
            "monitor.example.org": 200,
        }.items():
            answer = await client.get("healthz", headers={"Host": host})
            assert answer.status_code == status, host


async def test_cross_site_request_is_refused_without_accounts() -> None:
    backend = FakeBackend()
    backend.put(SESSION)
    async with serve(backend, port=0) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("session/S-1")).status_code == 200
        assert (await client.get("login")).headers["location"] == "/"
        socket = connect(
            url.replace("http", "ws") + "updates/x", additional_headers={"Origin": "http://evil"}
        )
        with pytest.raises(InvalidStatus):
            await socket


async def test_guessing_is_slowed_down_without_locking_out(tmp_path: Path) -> None:
    async with (
        house(tmp_path) as served,
        served.visitor(Role.MONITOR) as known,
        served.visitor() as stranger,
    ):
        answers = [await log_in(stranger, "monitor", "guess") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [403] * 10 + [429]
        assert TOO_MANY in answers[-1].text
        assert (await log_in(stranger, "monitor", RIGHT)).status_code == 429
        # A browser that has logged in before sends its device cookie.
        await known.post("logout")
        assert (await log_in(known, "monitor", RIGHT)).status_code == 303
        served.clock.now_s += 60
        assert (await log_in(stranger, "monitor", RIGHT)).status_code == 303


async def test_known_browser_is_recognised_after_a_restart(tmp_path: Path) -> None:
    settings = AccessSettings(accounts=tmp_path / "accounts.toml", device_secret="s" * 40)
    async with house(tmp_path, settings) as served, served.visitor(Role.MONITOR) as known:
        (device,) = [value for name, value in known.cookies.items() if "device" in name]
    cookie = {"Cookie": f"physiomon-device={device}"}
    async with house(tmp_path, settings) as served, served.visitor() as stranger:
        while (await log_in(stranger, "monitor", "guess")).status_code != 429:
            pass
        login = {"name": "monitor", "password": RIGHT}
        assert (await stranger.post("login", data=login)).status_code == 429
        assert (await stranger.post("login", data=login, headers=cookie)).status_code == 303
        other = {"name": "medical", "password": PASSWORDS[Role.MEDICAL]}
        for forged in (cookie, {"Cookie": f"physiomon-device={device[:-1]}x"}, {}):
            answer = await stranger.post("login", data=other, headers=forged)
            assert answer.status_code == 429  # the cookie belongs to another account, or to none


async def test_removed_account_is_logged_out_immediately(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.MONITOR) as client:
        closing = asyncio.create_task(ends(stream(served, client)))  # noqa: TID251
        async with served.visitor(Role.RATER) as other:
            others = [account for account in everybody() if account.name != "monitor"]
            write_accounts(served.accounts, *others)
            assert await closing == 4401
            assert (await client.get("state")).status_code == 401
            assert (await other.get("state")).status_code == 200
        assert (await log_in(client, "monitor", RIGHT)).status_code == 403
        assert served.book.of_kind("ended") == [("monitor", "monitor")]


async def test_accounts_file_damaged_later_is_reported_and_ignored(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.MONITOR) as client:
        served.accounts.write_text("[[account]]\nname = 3\n")
        assert (await log_in(client, "medical", PASSWORDS[Role.MEDICAL])).status_code == 303
        assert served.book.fault is not None
        assert "line 2" in served.book.fault
        write_accounts(served.accounts)
        assert (await log_in(client, "monitor", RIGHT)).status_code == 303
        assert served.book.fault is None


async def test_stream_ends_with_its_login_and_keeps_it_alive(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.MONITOR) as client:
        async with stream(served, client) as socket:
            await beat(socket)
            served.clock.now_s += 8 * 3600  # nobody uses the page, but it is open
            await beat(socket)
            await beat(socket)
            assert (await client.get("state")).status_code == 200
            served.clock.now_s += 4 * 3600
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await beat(socket)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401
        assert (await client.get("state")).status_code == 401
        assert served.book.of_kind("expired") == [("monitor", "monitor")]


async def test_page_stream_belongs_to_its_login(tmp_path: Path) -> None:
    async with (
        house(tmp_path) as served,
        served.visitor(Role.MEDICAL) as medical,
        served.visitor(Role.RESEARCHER) as researcher,
    ):
        page = (await medical.get("session/S-1")).text
        found = re.search(r"client_id\W+([0-9a-f-]{36})", page)
        assert found is not None
        client = found[1]
        assert await ends(stream(served, researcher, f"updates/{client}")) == 4404
        query = f"?EIO=4&transport=websocket&implicit_handshake=true&client_id={client}&tab_id=t"
        said = f"_nicegui_ws/socket.io/{query}&document_id=d&next_message_id=0"
        async with stream(served, researcher, said) as socket:
            assert (await socket.recv())[:1] == "0"
            await socket.send("40")
            assert str(await socket.recv()).startswith("44")  # refused
        async with stream(served, medical, said) as socket:
            assert (await socket.recv())[:1] == "0"
            await socket.send("40")
            assert str(await socket.recv()).startswith("40")
        await medical.post("logout")
        async with served.visitor(Role.MEDICAL) as later:
            assert await ends(stream(served, later, f"updates/{client}")) == 4404


async def test_malformed_form_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor() as client:
        for content in (b"\xff\xfe", b"a=b&" * 100, b"x" * 10_000, b""):
            assert (await client.post("login", content=content)).status_code == 403
