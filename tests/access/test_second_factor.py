"""The second factor: codes of an authenticator app, recovery codes, and password-only access."""

import base64
import fcntl
import html
import os
import re
from pathlib import Path

import httpx
import pytest

from dashboards.access.accounts import edit_accounts, read_accounts
from dashboards.access.authenticator import AccessSettings
from dashboards.access.login_page import TOO_MANY
from dashboards.access.roles import Role
from dashboards.access.second_factor import Refusal
from dashboards.access.second_factor_page import DIFFERENT, MESSAGES, NOT_WRITTEN
from dashboards.access.totp import RECOVERY_CODES, code_at
from monitor.commands.user import second_factor
from tests.access.console_with_accounts import HTML, PASSWORDS, House, house, log_in
from tests.access.test_login import ends, stream

USED, WRONG = MESSAGES[Refusal.USED], MESSAGES[Refusal.WRONG]


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_match_rfc_6238_appendix_b(at_s: int, code: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert code_at(secret, at_s, digits=8) == code


def required(folder: Path) -> AccessSettings:
    return AccessSettings(accounts=folder / "accounts.toml", second_factor_required=True)


async def give(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post("second-factor", data={"code": code, "next": "/session/S-1"})


async def enrol(served: House, client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """Complete the enrolment page; return the secret and the recovery codes."""
    page = (await client.get("second-factor")).text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found is not None
    assert "<svg" in page
    secret = found[1].replace(" ", "")
    answer = await give(client, code_at(secret, served.clock()))
    assert answer.status_code == 200
    return secret, re.findall(r"<li><code>([a-z2-7-]+)</code>", answer.text)


async def password(client: httpx.AsyncClient, role: Role = Role.MONITOR) -> None:
    answer = await log_in(client, role.value, PASSWORDS[role])
    assert answer.headers["location"] == "/second-factor?next=/"


def sentence(answer: httpx.Response) -> str:
    found = re.search(r'role="alert">(.*?)</p>', answer.text)
    return "" if found is None else html.unescape(found[1])


async def test_password_alone_gives_access_only_to_the_code_page(tmp_path: Path) -> None:
    async with house(tmp_path, required(tmp_path)) as served:
        async with served.visitor() as client:
            await password(client)
            for path in ("", "session/S-1", "state", "password"):
                answer = await client.get(path, headers=HTML)
                assert answer.headers["location"].startswith("/login"), path
            assert (await client.get("api/v1/sessions")).status_code == 401
            assert (await client.get("healthz")).json()["sessions"] == []
            assert await ends(stream(served, client)) == 4401
            assert (await client.get("accept/forged")).status_code not in (303, 401, 403)
            served.clock.now_s += 301
            assert (await client.get("second-factor")).headers["location"] == "/login?late"
        async with served.visitor(Role.RESEARCHER) as reader:  # a role that does not act
            assert (await reader.get("session/S-1")).status_code == 200
        assert served.book.of_kind("login") == [("researcher", "researcher")]


async def test_codes_and_recovery_codes_are_accepted_once(tmp_path: Path) -> None:
    async with house(tmp_path, required(tmp_path)) as served:
        async with served.visitor() as client:
            await password(client)
            assert sentence(await give(client, "000000")) == WRONG
            secret, recovery = await enrol(served, client)
            assert (await client.get("session/S-1")).status_code == 200
            assert len(set(recovery)) == RECOVERY_CODES
        written = served.accounts.read_text()
        assert not [code for code in recovery if code in written]
        assert served.accounts.stat().st_mode & 0o777 == 0o600
        async with served.visitor() as client:
            await password(client)
            assert secret[:4] not in (await client.get("second-factor")).text
            first = code_at(secret, served.clock())
            assert sentence(await give(client, first)) == USED
            served.clock.now_s += 90
            assert sentence(await give(client, first)) == WRONG
            late = code_at(secret, served.clock() - 30)  # the phone's clock is slow
            answer = await give(client, f"{late[:3]} {late[3:]}")
            assert answer.headers["location"] == "/session/S-1"
            assert (await client.get("session/S-1")).status_code == 200
            step = int((served.clock() - 30) // 30)
            assert read_accounts(served.accounts)["monitor"].totp_step == step
        for expected in ("", USED):
            async with served.visitor() as client:
                await password(client)
                answer = await give(client, recovery[3].upper())
                assert sentence(answer) == expected
        assert len(read_accounts(served.accounts)["monitor"].recovery) == RECOVERY_CODES - 1
        assert [what for _, _, what, _ in served.book.events if what != "refused-code"] == [
            *("second-factor", "login", "login", "recovery-code", "login"),
        ]
        refused = [why for _, _, what, why in served.book.events if what == "refused-code"]
        assert refused == [Refusal.WRONG, Refusal.USED, Refusal.WRONG, Refusal.USED]


async def test_codes_used_by_another_process_are_refused(tmp_path: Path) -> None:
    async with house(tmp_path, required(tmp_path)) as served, served.visitor() as client:
        await password(client)
        secret, recovery = await enrol(served, client)
        served.clock.now_s += 60
        await password(client)
        with edit_accounts(served.accounts) as known:  # both are in the file, and not yet read
            used = known.accounts["monitor"]
            known.accounts["monitor"] = used.model_copy(
                update={"totp_step": int(served.clock() // 30), "recovery": used.recovery[1:]}
            )
        assert sentence(await give(client, code_at(secret, served.clock()))) == USED
        assert sentence(await give(client, recovery[0])) in (USED, WRONG)  # it may be read by now
        answer = await give(client, recovery[1])
        assert answer.headers["location"] == "/session/S-1"
        assert len(read_accounts(served.accounts)["monitor"].recovery) == RECOVERY_CODES - 2


async def test_locked_accounts_file_does_not_prevent_a_login(tmp_path: Path) -> None:
    async with house(tmp_path, required(tmp_path)) as served, served.visitor() as client:
        await password(client)
        secret, _ = await enrol(served, client)
        served.clock.now_s += 60
        folder = os.open(tmp_path, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)  # as any user who may read the folder can
        code = code_at(secret, served.clock())
        for expected in ("", USED):
            await password(client)
            assert sentence(await give(client, code)) == expected
        os.close(folder)


async def test_guessing_codes_is_rate_limited_without_locking_out(tmp_path: Path) -> None:
    async with house(tmp_path, required(tmp_path)) as served, served.visitor() as known:
        await password(known)
        secret, _ = await enrol(served, known)
        async with served.visitor() as guesser:
            await password(guesser)
            tried = [sentence(await give(guesser, f"{n:06}")) for n in range(12)]
            assert tried == [WRONG] * 10 + [TOO_MANY] * 2
            served.clock.now_s += 90  # the address has new attempts, the account has not
            await password(guesser)
            assert sentence(await give(guesser, "123456")) == TOO_MANY
        await known.post("logout")
        await password(known)
        answer = await give(known, code_at(secret, served.clock()))
        assert answer.headers["location"] == "/session/S-1"
        # A browser used by another person before, as on a shared computer, has the same limit.
        await password(known)
        tried = [sentence(await give(known, f"{n:06}")) for n in range(12)]
        assert tried[-1] == TOO_MANY
        served.clock.now_s += 90
        await password(known)
        assert sentence(await give(known, "123456")) == TOO_MANY


async def test_administrator_resets_the_second_factor(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.RESEARCHER) as client:
        # Where it is optional, people set it up on their own, and stay logged in.
        await client.post("second-factor", data={"password": PASSWORDS[Role.RESEARCHER]})
        await enrol(served, client)
        assert (await client.get("session/S-1")).status_code == 200
        assert served.book.of_kind("login") == [("researcher", "researcher")]
        await client.post("logout")
        await password(client, Role.RESEARCHER)
        code = code_at(read_accounts(served.accounts)["researcher"].totp or "", 1030)
        await give(client, code)
        live = stream(served, client)
        second_factor("researcher", served.accounts, reset=True)
        assert await ends(live) == 4401
        assert served.book.of_kind("second-factor-reset") == [("researcher", "researcher")]
        answer = await log_in(client, "researcher", PASSWORDS[Role.RESEARCHER])
        assert answer.headers["location"] == "/"


async def test_setting_up_a_second_factor_needs_the_password(tmp_path: Path) -> None:
    """Otherwise anyone at an unattended page could set up a phone and lock the person out."""
    async with house(tmp_path) as served, served.visitor(Role.MONITOR) as client:
        page = await client.get("second-factor")
        assert "<svg" not in page.text
        assert 'type="password"' in page.text
        assert "set-cookie" not in page.headers
        assert (await give(client, "000000")).headers["location"] == "/login?late"
        wrong = await client.post("second-factor", data={"password": "a guess"})
        assert (wrong.status_code, sentence(wrong)) == (403, DIFFERENT)
        assert "set-cookie" not in wrong.headers
        assert served.book.of_kind("refused-password") == [("monitor", "monitor")]
        for _ in range(40):
            wrong = await client.post("second-factor", data={"password": "a guess"})
        assert sentence(wrong) == TOO_MANY
        assert read_accounts(served.accounts)["monitor"].totp is None


async def test_logged_in_person_sets_up_a_second_factor_by_password(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor(Role.MONITOR) as client:
        await client.post("second-factor", data={"password": PASSWORDS[Role.MONITOR]})
        await enrol(served, client)
        assert read_accounts(served.accounts)["monitor"].totp is not None
        assert (await client.get("session/S-1")).status_code == 200
        page = await client.post("second-factor", data={"password": PASSWORDS[Role.MONITOR]})
        assert "<svg" not in page.text


async def test_account_changed_during_enrolment_is_not_enrolled(tmp_path: Path) -> None:
    async with house(tmp_path, required(tmp_path)) as served, served.visitor() as client:
        await password(client)
        page = (await client.get("second-factor")).text
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
        assert secret is not None
        with edit_accounts(served.accounts) as known:
            changed = known.accounts["monitor"].model_copy(update={"role": Role.MEDICAL})
            known.accounts["monitor"] = changed
        answer = await give(client, code_at(secret[1].replace(" ", ""), served.clock()))
        late = answer.headers.get("location") == "/login?late"  # it was read already
        assert late or sentence(answer) == NOT_WRITTEN
        assert read_accounts(served.accounts)["monitor"].totp is None
