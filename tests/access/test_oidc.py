"""Login through an OpenID provider: a real one in a process, also with faults."""

import asyncio
import html
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from dashboards.access.authenticator import AccessSettings
from dashboards.access.oidc import OidcSettings
from dashboards.access.roles import Role
from monitor.commands.doctor_access import access_findings
from monitor.config.console import ConsoleConfig
from monitor.config.oidc import OidcConfig
from tests.access.console_with_accounts import PASSWORDS, House, house, log_in, write_accounts
from tests.servers.chromium import close, open_page
from tests.servers.openid import CLIENT, SECRET, OpenId

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCTOR = {"preferred_username": "md1@clinic.example", "groups": ["staff", "doctors"]}
ROLES = {"doctors": Role.MEDICAL, "raters": Role.RATER}
INVALID = "The answer of Clinic is not valid for this login; log in again."


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenId]:
    made = OpenId(tmp_path_factory.mktemp("openid"))
    made.start()
    yield made
    made.server.stop()


@pytest.fixture
def openid(running: OpenId) -> OpenId:
    running.set(claims=DOCTOR, fault="", now_s=1000)
    return running


@asynccontextmanager
async def served(folder: Path, issuer: str) -> AsyncIterator[House]:
    oidc = OidcSettings(
        name="Clinic",
        issuer=issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        roles=ROLES,
        tls=ssl.create_default_context(),
    )
    settings = AccessSettings(accounts=folder / "accounts.toml", oidc=oidc)
    async with house(folder, settings) as found:
        yield found


async def answer_of(client: httpx.AsyncClient, target: str = "/session/S-1") -> httpx.URL:
    """Begin a login; return the address to which the provider redirects the browser."""
    begun = await client.get("login/oidc", params={"next": target})
    assert begun.status_code == 303, begun.text
    assert "&prompt=login" in begun.headers["location"]  # computers are shared
    return httpx.URL((await client.get(begun.headers["location"])).headers["location"])


async def through(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get(await answer_of(client))


def sentence(answer: httpx.Response) -> str:
    found = re.search(r'role="alert">(.*?)</p>', answer.text)
    return "" if found is None else html.unescape(found[1])


async def test_login_has_the_role_of_its_group_and_expires(openid: OpenId, tmp_path: Path) -> None:
    async with served(tmp_path, openid.issuer) as there, there.visitor() as client:
        assert "Log in with Clinic" in (await client.get("login")).text
        answer = await through(client)
        assert answer.headers["refresh"] == "0; url=/session/S-1"
        assert there.book.events == [
            ("md1@clinic.example", "medical", "login", "Clinic, subject 4711")
        ]
        assert "md1@clinic.example (medical)" in (await client.get("session/S-1")).text
        # Password and second factor are the provider's.
        form = {"present": "x", "new": "another long one 9", "again": "another long one 9"}
        assert (await client.post("password", data=form)).status_code == 409
        assert (await client.get("second-factor")).status_code == 409
        # Another group takes effect at the next login.
        openid.set(claims=DOCTOR | {"groups": ["raters"]})
        assert (await client.get("session/S-1")).status_code == 200
        answer = await client.get(await answer_of(client, "/session/日"))
        assert answer.headers["refresh"] == "0; url=/session/%E6%97%A5"
        assert (await client.get("session/S-1")).status_code == 403
        there.clock.now_s += 12 * 3600
        assert (await client.get("state")).status_code == 401


@pytest.mark.parametrize(
    "fault",
    [
        *("signature", "unsigned", "signed with the client's secret", "signed with the public key"),
        *("issuer", "audience", "nonce", "expired", "no expiry"),
    ],
)
async def test_invalid_token_is_refused(openid: OpenId, tmp_path: Path, fault: str) -> None:
    openid.set(fault=fault)
    async with served(tmp_path, openid.issuer) as there, there.visitor() as client:
        answer = await through(client)
        assert (answer.status_code, sentence(answer)) == (403, INVALID)
        assert (await client.get("session/S-1")).status_code == 401
        assert there.book.events == [("", "", "refused-login", f"Clinic: {INVALID}")]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"groups": ["staff"]}, "None of your groups at Clinic has a role here"),
        ({"groups": None}, "None of your groups at Clinic has a role here"),
        ({"groups": ["raters", "doctors"]}, "several roles here: medical, rater;"),
        ({"preferred_username": "a name\n"}, "Clinic gives you no name that can be used"),
        ({"preferred_username": "Monitor"}, "has your name at Clinic, 'Monitor'"),
    ],
)
async def test_person_without_a_unique_role_and_name_is_refused(
    openid: OpenId, tmp_path: Path, claims: dict[str, object], why: str
) -> None:
    openid.set(claims=DOCTOR | claims)
    async with served(tmp_path, openid.issuer) as there, there.visitor() as client:
        answer = await through(client)
        assert answer.status_code == 403
        assert why in sentence(answer)
        [(user, role, event, reason)] = there.book.events
        known = "" if "name that" in why else (DOCTOR | claims)["preferred_username"]
        assert (user, role, event) == (known, "", "refused-login")
        assert why in reason


async def test_provider_response_is_bound_to_one_login_of_one_browser(
    openid: OpenId, tmp_path: Path
) -> None:
    async with served(tmp_path, openid.issuer) as there:
        async with there.visitor() as client, there.visitor() as victim:
            url = await answer_of(client)
            assert "not begun here" in sentence(await victim.get(url))
            await answer_of(victim)
            assert "another login" in sentence(await victim.get(url))
            assert "refresh" in (await client.get(url)).headers
            assert "not begun here" in sentence(await client.get(url))
            url = await answer_of(client)
            there.clock.now_s += 601
            assert "took too long" in sentence(await client.get(url))
        assert [event for *_, event, _ in there.book.events].count("login") == 1


async def test_new_keys_of_the_provider_are_fetched(openid: OpenId, tmp_path: Path) -> None:
    async with served(tmp_path, openid.issuer) as there, there.visitor() as client:
        assert "refresh" in (await through(client)).headers
        openid.set(fault="rotated")
        openid.set(fault="")
        assert "refresh" in (await through(client)).headers


async def test_accounts_can_log_in_without_the_provider(tmp_path: Path, openid: OpenId) -> None:
    nobody = OpenId(tmp_path)  # never started
    async with served(tmp_path, nobody.issuer) as there, there.visitor() as client:
        answer = await client.get("login/oidc")
        assert answer.status_code == 503
        assert sentence(answer).startswith("Clinic cannot be reached. Use an account")
        assert (await log_in(client, "monitor", PASSWORDS[Role.MONITOR])).status_code == 303
        assert (await client.get("session/S-1")).status_code == 200
        for _ in range(20):
            answer = await client.get("login/oidc")
        assert answer.status_code == 429
    openid.set(fault="metadata")
    async with served(tmp_path, openid.issuer) as there, there.visitor() as client:
        assert (await client.get("login/oidc")).status_code == 503
        openid.set(fault="denied")
        assert "Clinic refused the login." in sentence(await through(client))


async def test_doctor_checks_the_provider(openid: OpenId, tmp_path: Path) -> None:
    write_accounts(tmp_path / "accounts.toml")
    (tmp_path / "secret").write_text(SECRET)
    section = {
        "name": "Clinic",
        "client_id": CLIENT,
        "client_secret_file": "secret",
        "roles": {"doctors": "medical"},
    }
    found = []
    for issuer in (openid.issuer, f"{openid.issuer}/other", OpenId(tmp_path).issuer):
        oidc = OidcConfig.model_validate(section | {"issuer": issuer})
        config = ConsoleConfig(accounts="accounts.toml", second_factor="required", oidc=oidc)
        _, second, provider = await asyncio.to_thread(list, access_findings(config, tmp_path))
        assert second.found == "set up by 0 of 3 accounts of roles that act"
        found.append((provider.what, provider.ok, provider.found))
    assert found == [
        ("Clinic", True, f"{openid.issuer} answers"),
        ("Clinic", False, "HTTP 404"),
        ("Clinic", False, "ConnectError"),
    ]


@pytest.mark.extended
async def test_browser_returning_from_the_provider_is_logged_in(
    browser: Browser, openid: OpenId, tmp_path: Path
) -> None:
    async with served(tmp_path, openid.issuer) as there:
        page = await open_page(browser)
        await page.goto(f"{there.url}session/S-1")
        await page.get_by_role("link", name="Log in with Clinic").click()
        await page.get_by_role("link", name="Allow").click()
        await expect(page).to_have_url(f"{there.url}session/S-1")
        await expect(page.get_by_text("md1@clinic.example (medical)")).to_be_visible()
        await close(page.context)
