"""Access to every route for every role and without a login."""

from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from dashboards.access.accounts import edit_accounts
from dashboards.access.roles import Right, Role
from dashboards.access.tokens import Token, hash_of
from dashboards.api.application import ROUTERS
from dashboards.api.authorization import Needs
from monitor.entries import EntryKind
from tests.access.console_with_accounts import PASSWORDS, log_in
from tests.api.served_session import Served, at, served
from tests.durations import PATIENCE_S
from tests.sessions.test_session import HIGH, Live, live

__all__ = ["live"]

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
CHANNEL = {"channel": "strap/heart_rate"}


def right_of(route: APIRoute) -> Right:
    (need,) = [each.dependency for each in route.dependencies if isinstance(each.dependency, Needs)]
    return need.right


async def ask(client: httpx.AsyncClient, route: APIRoute, session: str) -> tuple[int, bytes]:
    """Return status and content, of a stream only the beginning."""
    path = route.path.replace("{session}", session)
    (method,) = route.methods or {"GET"}
    body: dict[str, str] | None = {} if method == "POST" else None
    query = CHANNEL if method == "GET" else None
    async with client.stream(method, path, json=body, params=query) as answer:
        if path.endswith("/events") and answer.status_code == 200:
            return 200, b""
        return answer.status_code, await answer.aread()


def test_every_route_declares_its_right() -> None:
    assert len(ROUTES) > 24
    assert {right_of(route) for route in ROUTES} == set(Right)


async def test_refused_method_names_all_methods_of_its_path(live: Live, tmp_path: Path) -> None:
    allowed: dict[str, set[str]] = {}
    for route in ROUTES:
        allowed.setdefault(route.path, set()).update(route.methods or ())
    assert max(map(len, allowed.values())) > 1
    async with served(live, tmp_path) as house, house.client(Role.ADMIN) as client:
        for path, methods in allowed.items():
            answer = await client.request("DELETE", path)
            assert answer.status_code == 405
            assert set(answer.headers["Allow"].split(", ")) == methods


async def test_every_route_refuses_roles_without_the_right(live: Live, tmp_path: Path) -> None:
    live.beat(20, 80)
    async with served(live, tmp_path) as house:
        for role in (None, *Role):
            async with house.client(role) as client:
                for route in sorted(ROUTES, key=lambda each: each.path.endswith("finish")):
                    status, _ = await ask(client, route, live.session.spec.id)
                    if role is None:
                        assert status == 401, route.path
                    else:
                        allowed = role.may(right_of(route))
                        assert (status != 403) == allowed, (role, route.path, status)
                        assert status not in (401, 500)
        refused = {user for user, _, event, _ in house.book.events if event == "refused-act"}
        assert refused == {
            "prog-monitor",
            "prog-researcher",
            "prog-rater",
            "prog-admin",
            "prog-metrics",
        }


async def test_no_value_reaches_a_rater(live: Live, tmp_path: Path) -> None:
    live.beat(20, 187)
    live.session.actions.mark("note", "sees purple", "MK")
    live.session.actions.acknowledge(HIGH, "MK") if HIGH in live.alarms() else None
    async with served(live, tmp_path) as house, house.client(Role.RATER) as client:
        for route in ROUTES:
            _, body = await ask(client, route, live.session.spec.id)
            for secret in (b"187", b"188", b"purple", b"MK", b"alarm", b"value"):
                assert secret not in body, route.path


async def test_no_answer_with_values_is_kept_by_browsers(live: Live, tmp_path: Path) -> None:
    live.beat(20, 80)
    seen = set()
    async with served(live, tmp_path) as house, house.client(Role.MEDICAL) as client:
        for route in (each for each in ROUTES if each.methods == {"GET"}):
            path = route.path.replace("{session}", live.session.spec.id)
            async with client.stream("GET", path, params=CHANNEL) as answer:
                if answer.status_code == 200:
                    assert answer.headers["cache-control"] == "no-store", path
                    seen.add(route.path)
    assert len(seen) > 8


async def test_action_is_recorded_with_the_token(live: Live, tmp_path: Path) -> None:
    async with served(live, tmp_path) as house, house.client(Role.MONITOR) as client:
        done = await client.post(at(live, "marker"), json={"kind": "note", "text": "x"})
        assert done.json()["by"] == "prog-monitor (monitor)"
        forged = await client.post(at(live, "marker"), json={"kind": "note", "by": "Dr A"})
        assert forged.status_code == 409
    (entry,) = [e for e in live.session.journal.entries() if e.kind == EntryKind.MARKER]
    assert entry.body()["by"] == "prog-monitor (monitor)"


async def test_logged_in_browser_has_access(live: Live, tmp_path: Path) -> None:
    async with (
        served(live, tmp_path) as house,
        httpx.AsyncClient(base_url=house.url, timeout=PATIENCE_S) as client,
    ):
        await log_in(client, "researcher", PASSWORDS[Role.RESEARCHER])
        assert (await client.get("api/v1/sessions")).status_code == 200
        refused = await client.post(f"api/v1{at(live, 'pause-audio')}", json={})
        assert refused.status_code == 403
        across = {"Origin": "https://elsewhere.example"}
        crossed = await client.post(f"api/v1{at(live, 'pause-audio')}", json={}, headers=across)
        assert crossed.status_code == 403


@pytest.mark.parametrize("secret", ["x", "nonsense", "ä"])
async def test_invalid_token_is_refused_and_recorded(
    live: Live, tmp_path: Path, secret: str
) -> None:
    async with served(live, tmp_path) as house, house.client() as client:
        shown = {b"Authorization": b"Bearer " + secret.encode()}
        answer = await client.get("/sessions", headers=shown)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert ("", "", "refused-token", "no such token") in house.book.events
        assert "nonsense" not in str(house.book.events)


async def test_token_expires_and_can_be_removed(live: Live, tmp_path: Path) -> None:
    async with served(live, tmp_path) as house:
        await add_an_old_one(house)
        async with house.client(secret="old") as client:  # noqa: S106 - a test's
            for _ in range(100):
                answer = await client.get("/sessions")
                if ("prog-old", "admin", "refused-token", "it has expired") in house.book.events:
                    break
            assert answer.status_code == 401
        async with house.client(Role.ADMIN) as client:
            assert (await client.get("/sessions")).status_code == 200
            with edit_accounts(house.accounts) as known:
                known.tokens.pop("prog-admin")
            for _ in range(1000):
                if (await client.get("/sessions")).status_code == 401:
                    break
            assert (await client.get("/sessions")).status_code == 401


async def add_an_old_one(house: Served) -> None:
    with edit_accounts(house.accounts) as known:
        known.tokens["prog-old"] = Token.model_validate(
            {
                "name": "prog-old",
                "role": "admin",
                "sha256": hash_of("old"),
                "expires": "2020-01-01T00:00:00Z",
            }
        )
