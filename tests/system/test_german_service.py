"""A configured service in German: all its pages, and not what programs read."""

from pathlib import Path

import pytest

from dashboards.access.roles import Role
from tests.access.console_with_accounts import HTML, log_in
from tests.attack.service import SESSION, service, until_measured

FOREIGN = {"Host": "evil.example"}


@pytest.mark.extended
async def test_configured_service_is_german(tmp_path: Path) -> None:
    with service(tmp_path / "service", sustain="1h", console='language = "de"') as there:
        until_measured(there)
        async with there.client() as browser:
            page = (await browser.get("login", headers=HTML)).text
            assert 'lang="de"' in page
            assert "Passwort" in page
            assert "falsch" in (await log_in(browser, "monitor", "wrong")).text
            await there.login(browser, Role.MONITOR)
            page = (await browser.get(f"session/{SESSION}", headers=HTML)).text
            for german, english in (
                ("Sitzung beenden", "End session"),
                ("Messwert eingeben", "Enter measurement"),
            ):
                assert german in page
                assert english not in page
            refused = await browser.get("login", headers=HTML | FOREIGN)
            assert "antwortet nicht auf diesen Hostnamen" in refused.text
        async with there.client(Role.MONITOR) as program:
            assert (
                "does not answer to this host name"
                in (await program.get("login", headers=FOREIGN)).text
            )
            answer = await program.get("api/v1/sessions/nowhere")
            assert answer.status_code == 404
            assert "session" in answer.text
            sensors = (await program.get(f"api/v1/sessions/{SESSION}/sensors")).json()
            assert [each["state"] for each in sensors] == ["connected"]
        assert "Traceback" not in there.log()
