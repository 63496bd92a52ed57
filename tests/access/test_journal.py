"""Logins and refusals in the journal of each open session: without secrets, limited in number."""

from collections import Counter
from pathlib import Path

import pytest

from dashboards.access.authenticator import AccessSettings
from dashboards.access.roles import Role
from dashboards.console.server import serve
from monitor.analysis.replay import verify
from monitor.commands.journal import describe
from monitor.entries import EntryKind
from monitor.sessions.access_log import AccessLog
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.access.console_with_accounts import PASSWORDS, Book, Clock, House, log_in, write_accounts
from tests.console.fake_backend import FakeBackend
from tests.engine.scripted_session import spec
from tests.sessions.manual_clocks import Hands, standing


def entries(path: Path) -> list[tuple[str, str, str]]:
    """Return user, role and event of each access entry."""
    with Journal.read(path) as journal:
        assert verify(journal).difference is None
        return [
            (entry.source, entry.body()["role"], entry.body()["event"])
            for entry in journal.entries()
            if entry.kind == EntryKind.ACCESS
        ]


async def test_access_is_journaled_in_each_session_without_secrets(tmp_path: Path) -> None:
    paths = [tmp_path / "a.journal", tmp_path / "b.journal"]
    sessions = [Session.open(spec(), path, Hands().clock()) for path in paths]
    backend = AccessLog(lambda: sessions, Hands().clock().now_ns)
    accounts = write_accounts(tmp_path / "accounts.toml")
    async with serve(
        ConsoleBackend(sessions[:1]),
        port=0,
        access=AccessSettings(accounts=accounts),
        audit_log=backend,
        now_s=Clock(),
    ) as url:
        served = House(url, FakeBackend(), Book(), Clock(), accounts)
        tokens = []
        async with served.visitor() as client:
            await log_in(client, "rater", "a wrong password")
            await log_in(client, "typed my password here", "x")
            await log_in(client, "rater", PASSWORDS[Role.RATER])
            tokens = list(client.cookies.values())
            await client.get("session/s1")
            await client.post("logout")
    for session, path in zip(sessions, paths, strict=True):
        session.close()
        assert entries(path) == [
            ("rater", "rater", "refused-login"),
            ("", "", "refused-login"),
            ("rater", "rater", "login"),
            ("rater", "rater", "refused-page"),
            ("rater", "rater", "logout"),
        ]
        written = path.read_bytes()
        for secret in ("a wrong password", "typed my", PASSWORDS[Role.RATER], *tokens):
            assert secret.encode() not in written
    assert len(tokens) == 2


def test_journaling_of_a_flood_is_limited(tmp_path: Path) -> None:
    hands = Hands()
    path = tmp_path / "s.journal"
    session = Session.open(spec(), path, hands.clock())
    backend = AccessLog(lambda: [session], session.now_ns)
    for _ in range(1000):
        backend.record("", "", "refused-login", "no such account")
    for _ in range(147):  # a rater cannot hide what others do
        backend.record("rater", "rater", "login", "")
    backend.record("md", "medical", "login", "")
    backend.record("md", "medical", "refused-login", "wrong password")
    assert session.view().notices == ["1,107 access events not journaled: too many per minute"]
    hands.pass_s(61)
    backend.record("", "", "refused-login", "no such account")
    backend.record("rater", "rater", "login", "")
    assert session.view().notices == []
    session.close()
    assert [event for _, _, event in entries(path)] == [
        *["refused-login"] * 20,
        *["login"] * 20,
        *["login", "refused-login"],
        *["refused-login", "login"],
    ]
    with Journal.read(path) as journal:
        bodies = [each.body() for each in journal.entries() if each.kind == EntryKind.ACCESS]
    assert [each["left_out"] for each in bodies if "left_out" in each] == [980, 127]


async def test_reads_of_values_are_journaled_once_and_counted(tmp_path: Path) -> None:
    hands = Hands()
    session = Session.open(spec(), tmp_path / "s.journal", hands.clock())
    where = f"session/{session.spec.id}"
    data = f"api/v1/sessions/{session.spec.id}"
    access_log = AccessLog(lambda: [session], session.now_ns)
    accounts = write_accounts(tmp_path / "accounts.toml")
    async with serve(
        ConsoleBackend([session]),
        port=0,
        access=AccessSettings(accounts=accounts),
        audit_log=access_log,
        now_s=Clock(),
    ) as url:
        served = House(url, FakeBackend(), Book(), Clock(), accounts)
        async with served.visitor(Role.RATER) as rater:
            for path in ("state", "api/v1/sessions", data, f"{data}/sensors"):
                assert (await rater.get(path)).status_code == 200
        async with served.visitor(Role.RESEARCHER) as reader:
            for _ in range(3):
                assert (await reader.get(where)).status_code == 200
            for _ in range(40):
                assert (await reader.get(f"{data}/markers")).status_code == 200
            assert (await reader.get("api/v1/sessions/made-up/markers")).status_code == 404
            hands.pass_s(60)
            async with reader.stream("GET", f"{data}/events") as stream:
                assert stream.status_code == 200
            hands.pass_s(541)
            access_log.count_reads()
            hands.pass_s(60)
            assert (await reader.get(f"{data}/markers")).status_code == 200
    session.close()
    with Journal.read(session.journal.path) as journal:
        reads = [
            (entry.source, *(entry.body().get(key) for key in ("event", "resource", "repeated")))
            for entry in journal.entries()
            if entry.kind == EntryKind.ACCESS and "resource" in entry.body()
        ]
    assert Counter(reads) == Counter(
        ("researcher", event, resource, repeated)
        for event, resource, repeated in (
            *(("read", "page", None), ("read", "page", 2)),
            *(("read", "markers", None), ("read", "markers", 39), ("read", "markers", 1)),
            *(("read", "events", None), ("read-end", "events", None)),
            *(("read-end", "page", None), ("read-end", "page", 2)),  # when the console stops
        )
    )
    found = describe(session.journal.path)["access"]
    assert isinstance(found, dict)
    assert {name: n for name, n in found["researcher (researcher)"].items() if name != "last"} == {
        "login": 1,
        "read page": 3,
        "read markers": 41,
        "read events": 1,
        "read-end events": 1,
        "read-end page": 3,
    }
    assert list(found["rater (rater)"]) == ["login", "last"]


def test_access_without_a_session_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    backend = AccessLog(list, Hands().clock().now_ns)
    for _ in range(100):
        backend.record("md", "medical", "login", "")
    logged = capsys.readouterr().out
    assert logged.count("access ") == 20
    assert logged.count("access.left_out") == 1


def test_unreadable_accounts_are_an_alarm(tmp_path: Path) -> None:
    hands = Hands()
    session = Session.open(spec(), tmp_path / "s.journal", hands.clock())
    backend = AccessLog(lambda: [session], session.now_ns)
    backend.accounts_fault("accounts.toml is damaged")
    session.derive()
    assert [alarm.rule for alarm in standing(session)] == ["accounts-unreadable"]
    backend.accounts_fault(None)
    hands.pass_s(1)
    session.derive()
    assert standing(session) == []
    session.close()
