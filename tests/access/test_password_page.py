"""People change their own password."""

import re
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from playwright.async_api import Browser, expect

from dashboards.access import passwords
from dashboards.access.password_page import NOT_WRITTEN, UNEQUAL, WRONG
from dashboards.access.roles import Role
from tests.access.console_with_accounts import HTML, PASSWORDS, House, house, log_in
from tests.servers.chromium import close, open_page

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW = "eleven green bicycles in March"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))


async def change(client: httpx.AsyncClient, present: str, new: str, again: str) -> httpx.Response:
    return await client.post("password", data={"present": present, "new": new, "again": again})


async def test_changed_password_ends_all_logins_and_is_accepted(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.MONITOR) as client:
        async with served.visitor(Role.MONITOR) as elsewhere:
            answer = await change(client, PASSWORDS[Role.MONITOR], NEW, NEW)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login?changed")
            assert "Your password is changed" in (await client.get("login?changed")).text
            for ended in (client, elsewhere):
                assert (await ended.get("state")).status_code == 401
        assert (await log_in(client, "monitor", PASSWORDS[Role.MONITOR])).status_code == 403
        assert (await log_in(client, "monitor", NEW)).status_code == 303
        assert (await log_in(client, "medical", PASSWORDS[Role.MEDICAL])).status_code == 303
        assert served.book.of_kind("password") == [("monitor", "monitor")]
        assert NEW not in str(served.book.events)


@pytest.mark.parametrize(
    ("present", "new", "again", "sentence"),
    [
        ("wrong", NEW, NEW, WRONG),
        (PASSWORDS[Role.RATER], NEW, f"{NEW}.", UNEQUAL),
        (PASSWORDS[Role.RATER], "short", "short", "12 to 256 characters"),
        (PASSWORDS[Role.RATER], "passwordpassword", "passwordpassword", "is easy to guess"),
        (PASSWORDS[Role.RATER], "", "", "12 to 256 characters"),
    ],
)
async def test_refused_password_change_changes_nothing(
    tmp_path: Path, present: str, new: str, again: str, sentence: str
) -> None:
    async with house(tmp_path) as served, served.visitor(Role.RATER) as client:
        answer = await change(client, present, new, again)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert (await client.get("state")).status_code == 200
        assert (await log_in(client, "rater", PASSWORDS[Role.RATER])).status_code == 303


async def test_guessing_the_current_password_is_rate_limited(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.RATER) as client:
        answers = [await change(client, "wrong", NEW, NEW) for _ in range(12)]
        assert [each.status_code for each in answers] == [422] * 10 + [429] * 2
        refused = served.book.of_kind("refused-password")
        assert refused == [("rater", "rater")] * 10


async def test_unwritable_accounts_file_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with house(tmp_path) as served, served.visitor(Role.RATER) as client:
        monkeypatch.setattr("dashboards.access.accounts._write", full)
        answer = await change(client, PASSWORDS[Role.RATER], NEW, NEW)
        assert answer.status_code == 409
        assert NOT_WRITTEN in answer.text
        assert (await client.get("state")).status_code == 200


async def test_strangers_and_other_sites_cannot_change_a_password(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor() as stranger:
        assert (await change(stranger, PASSWORDS[Role.RATER], NEW, NEW)).status_code == 401
        asked = await stranger.get("password", headers=HTML)
        assert asked.headers["location"] == "/login?next=/password"
    async with house(tmp_path) as served, served.visitor(Role.RATER) as client:
        crossed = await client.post(
            "password",
            data={"present": PASSWORDS[Role.RATER], "new": NEW, "again": NEW},
            headers={"Origin": "https://elsewhere.example"},
        )
        assert crossed.status_code == 403


@pytest.mark.extended
async def test_account_name_links_to_the_password_page(browser: Browser, tmp_path: Path) -> None:
    async with house(tmp_path) as served:
        await _change_in(browser, served, "session/S-1", Role.MEDICAL)
        await _change_in(browser, served, "state", Role.RATER)


async def _change_in(browser: Browser, served: House, path: str, role: Role) -> None:
    page = await open_page(browser)
    await page.goto(f"{served.url}login")
    await page.get_by_label("Account").fill(role.value)
    await page.get_by_label("Password").fill(PASSWORDS[role])
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url(re.compile("session|state"))
    await page.goto(f"{served.url}{path}")
    async with page.expect_popup() as opened:
        await page.get_by_title("Change your password").click()
    form = await opened.value
    await form.get_by_label("Present password").fill(PASSWORDS[role])
    await form.get_by_label("New password", exact=True).fill(NEW)
    await form.get_by_label("New password again").fill(NEW)
    await form.get_by_role("button", name="Change password").click()
    await expect(form.get_by_text("Your password is changed")).to_be_visible()
    await form.close()
    await close(page.context)
