"""Alarms after they are over: listed with response and verdict, and reviewed over the API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.api.time_format import iso
from monitor.analysis.replay import verify
from monitor.sessions.recording import read_recording
from monitor.sessions.recording_player import RecordingPlayer
from monitor.sessions.replay_backend import ReplayBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.api.served_session import at, local
from tests.engine.scripted_session import spec
from tests.sessions.test_session import HIGH, Live


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path / "s.journal")
    live.beat(30, 120)  # raised after 10 s
    live.session.actions.acknowledge(HIGH, "MK")
    live.beat(5, 130)
    live.beat(20, 80)
    yield live
    live.session.close()


async def listed(asked: httpx.AsyncClient, live: Live) -> list[dict[str, Any]]:
    found = (await asked.get(at(live, "alarm-history"))).json()
    return [each for each in found if each["key"] == HIGH]


async def test_alarm_is_listed_and_its_review_can_be_changed(live: Live) -> None:
    async with local(live) as asked:
        (alarm,) = await listed(asked, live)
        assert (alarm["value"], alarm["extreme"], alarm["limit"]) == (121.0, 131.0, 110.0)
        assert (alarm["priority"], alarm["unit"], alarm["inside"]) == ("medium", "/min", False)
        assert alarm["lasted_s"] == pytest.approx(30, abs=1)
        assert alarm["answered_after_s"] == pytest.approx(20, abs=1)
        assert (alarm["answered_by"], alarm["verdict"]) == ("MK", "")
        assert int(alarm["over_ns"]) - int(alarm["raised_ns"]) == round(alarm["lasted_s"] * 1e9)

        async def judge(verdict: str | None, raised: str = alarm["raised_ns"]) -> httpx.Response:
            body = {"by": "AB", "alarm": HIGH, "raised": raised, "verdict": verdict}
            return await asked.post(at(live, "review-alarm"), json=body)

        assert (await judge(None)).json()["error"].startswith("this alarm was not reviewed")
        assert (await judge("false")).status_code == 200
        assert (await judge("useful", iso(int(alarm["raised_ns"])))).status_code == 200
        assert (await judge("certain")).status_code == 422
        other = await judge("useful", str(int(alarm["raised_ns"]) + 1))
        assert (other.status_code, "no such alarm" in other.json()["error"]) == (409, True)
        (alarm,) = await listed(asked, live)
        assert (alarm["verdict"], alarm["reviewed_by"]) == ("useful", "AB")

        live.beat(20, 120)  # once more, and not reviewed
        first, second = await listed(asked, live)
        assert (first["verdict"], second["verdict"], second["over"]) == ("useful", "", None)
        assert (await judge(None)).status_code == 200
        first, second = await listed(asked, live)
        assert (first["verdict"], first["reviewed_by"]) == ("", "")
        assert (await judge("artefact")).status_code == 200


def test_verdicts_are_recovered_and_replayed(live: Live) -> None:
    (alarm,) = [each for each in live.session.alarm_reviews.occurrences() if each.key == HIGH]
    live.session.alarm_reviews.review(HIGH, alarm.raised_ns, "artefact", "AB")
    before = [each.verdict for each in live.session.alarm_reviews.occurrences()]
    assert before.count("artefact") == 1
    live.close()
    with Journal.read(live.path) as journal:
        assert verify(journal).difference is None
        recording = read_recording(journal)
        replayed = ReplayBackend([RecordingPlayer(recording)]).alarm_reviews(recording.spec.id)
        assert [each.verdict for each in replayed.occurrences()] == before
    again = Session.open(spec(), live.path, live.hands.clock())
    assert [each.verdict for each in again.alarm_reviews.occurrences()] == before
    again.close()
