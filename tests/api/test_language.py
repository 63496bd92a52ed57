"""The language of the pages is not that of programs and journals."""

from pathlib import Path

from dashboards.access.roles import Role
from dashboards.texts import load
from tests.api.served_session import at, served
from tests.sessions.test_session import Live, live

__all__ = ["live"]


async def test_programs_and_journals_stay_english(live: Live, tmp_path: Path) -> None:
    live.beat(60, 120)
    async with (
        served(live, tmp_path, load("de")) as console,
        console.client(Role.MEDICAL) as client,
    ):
        channels = (await client.get(at(live, "channels"))).json()
        assert [each["label"] for each in channels] == ["Heart rate", "Core temperature"]
        alarms = (await client.get(at(live, "alarms"))).json()
        (rule,) = [each for each in live.session.spec.policy.rules if each.id == "hr-high"]
        assert rule.message in [each["message"] for each in alarms]
        page = (await client.get(f"{console.url}login")).text
        assert 'lang="de"' in page
        assert "Anmelden" in page
    live.session._recorder.write()
    assert any(rule.message in fact.payload for fact in live.session.journal.facts())
