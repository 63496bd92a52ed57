"""Reads and actions of the API on a real session."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio

from dashboards.api.time_format import iso, parse
from monitor.entries import EntryKind
from monitor.storage.journal import Journal
from tests.api.served_session import at, local
from tests.sessions.test_session import HIGH, Live, live

__all__ = ["live"]

HEART = "strap/heart_rate"


@pytest_asyncio.fixture
async def asked(live: Live) -> AsyncIterator[httpx.AsyncClient]:
    live.beat(60, 120)
    async with local(live) as made:
        yield made


async def pages(live: Live, asked: httpx.AsyncClient, **params: str) -> list[dict[str, Any]]:
    """Return all readings, page by page."""
    found: list[dict[str, Any]] = []
    cursor: int | None = 0
    while cursor is not None:
        query: dict[str, str | int] = {"channel": HEART, "cursor": cursor, **params}
        page = (await asked.get(at(live, "readings"), params=query)).json()
        assert (page["unit"], page["loinc"]) == ("/min", "8867-4")
        found += page["readings"]
        cursor = page["next"]
    return found


async def test_readings_match_the_journal(live: Live, asked: httpx.AsyncClient) -> None:
    live.session._recorder.write()
    facts = [
        fact
        for fact in live.session.journal.facts()
        if (fact.kind, fact.subject) == ("reading", HEART)
    ]
    found = await pages(live, asked)
    assert [(each["id"], int(each["at_ns"])) for each in found] == [
        (fact.id, fact.at_ns) for fact in facts
    ]
    assert [each["value"] for each in found] == [120 + n % 2 for n in range(60)]
    late = await pages(live, asked, since=str(facts[50].at_ns), until=iso(facts[54].at_ns))
    assert [each["id"] for each in late] == [fact.id for fact in facts[50:55]]


async def test_readings_are_paged(live: Live, asked: httpx.AsyncClient) -> None:
    live.beat(2500, 90)
    live.session._recorder.write()
    found = await pages(live, asked)
    assert len(found) == 2560
    assert len({each["id"] for each in found}) == 2560


async def test_downsampled_series_keeps_extremes(live: Live, asked: httpx.AsyncClient) -> None:
    live.beat(1, 190)
    live.beat(300, 90)
    query: dict[str, str | int] = {"channel": HEART, "points": 40}
    points = (await asked.get(at(live, "series"), params=query)).json()["points"]
    assert len(points) < 100
    values = [each["value"] for each in points if each["value"] is not None]
    assert (np.min(values), np.max(values)) == (90, 190)
    after = {**query, "since": points[-10]["at_ns"]}
    rest = (await asked.get(at(live, "series"), params=after)).json()["points"]
    assert all(int(each["at_ns"]) >= int(points[-10]["at_ns"]) for each in rest)


async def test_current_state(live: Live, asked: httpx.AsyncClient) -> None:
    (state,) = (await asked.get("/sessions")).json()
    assert (state["id"], state["ended"]) == (live.session.spec.id, False)
    assert (await asked.get(f"/sessions/{state['id']}")).json() == state
    channels = (await asked.get(at(live, "channels"))).json()
    heart = next(each for each in channels if each["channel"] == HEART)
    assert (heart["value"], heart["unit"], heart["loinc"]) == (121.0, "/min", "8867-4")
    (alarm,) = [a for a in (await asked.get(at(live, "alarms"))).json() if a["key"] == HIGH]
    assert (alarm["state"], alarm["priority"]) == ("active", "medium")
    steps = (await asked.get(at(live, "alarm-steps"))).json()
    assert {"raised"} <= {each["step"] for each in steps if each["key"] == HIGH}
    (strap, *_) = (await asked.get(at(live, "sensors"))).json()
    assert strap["packets"] == 60
    assert isinstance((await asked.get(at(live, "scheduled"))).json(), list)


async def test_action_is_journaled_once(live: Live, asked: httpx.AsyncClient) -> None:
    body = {"by": "MK", "kind": "note", "text": "water"}
    key = {"Idempotency-Key": "1"}
    first, again = [await asked.post(at(live, "marker"), json=body, headers=key) for _ in "12"]
    done = {"act": "marker", "session": live.session.spec.id, "by": "MK"}
    assert first.json() == again.json() == done
    other = await asked.post(at(live, "marker"), json={**body, "text": "x"}, headers=key)
    assert other.status_code == 409
    (marker,) = (await asked.get(at(live, "markers"))).json()
    assert (marker["kind"], marker["text"], marker["by"]) == ("note", "water", "MK")
    undone = {"by": "MK", "at": marker["at_ns"]}
    assert (await asked.post(at(live, "undo"), json=undone)).status_code == 200
    assert (await asked.get(at(live, "markers"))).json()[0]["undone"] == "MK"
    live.session.close()
    with Journal.read(live.path) as recorded:
        kinds = [entry.kind for entry in recorded.entries()]
    assert (kinds.count(EntryKind.MARKER), kinds.count(EntryKind.UNDO)) == (1, 1)


async def test_alarm_is_acknowledged_and_refusals_have_a_reason(
    live: Live, asked: httpx.AsyncClient
) -> None:
    url, body = at(live, "acknowledge"), {"by": "MK", "alarm": HIGH}
    assert (await asked.post(url, json=body)).status_code == 200
    assert (await asked.get(at(live, "alarms"))).json()[0]["state"] == "acknowledged"
    refused = await asked.post(url, json=body)
    assert refused.status_code == 409
    assert "not active any more" in refused.json()["error"]
    nobody = await asked.post(url, json={"alarm": HIGH})
    assert (nobody.status_code, "'by' is missing" in nobody.json()["error"]) == (409, True)


async def test_acknowledgement_is_undone(live: Live, asked: httpx.AsyncClient) -> None:
    url, body = at(live, "unacknowledge"), {"by": "MK", "alarm": HIGH, "reason": "wrong room"}
    assert (await asked.post(url, json=body)).status_code == 409
    live.session.actions.acknowledge(HIGH, "MK")
    assert (await asked.post(url, json=body)).status_code == 200
    assert (await asked.get(at(live, "alarms"))).json()[0]["state"] == "active"
    (step, *_) = (await asked.get(at(live, "alarm-steps"))).json()
    assert (step["step"], step["by"], step["head"]) == ("unacknowledged", "MK", "")


async def test_lower_alarms_of_a_ladder_are_inside_the_highest(
    live: Live, asked: httpx.AsyncClient
) -> None:
    live.beat(60, 80)
    live.beat(20, 130)
    alarms = (await asked.get(at(live, "alarms"))).json()
    (alarm,) = (each for each in alarms if not each["technical"])
    assert (alarm["rule"], alarm["extreme"], alarm["head"]) == ("hr-high", 131, "")
    (inside,) = alarm["inside"]
    assert (inside["rule"], inside["head"], inside["inside"]) == ("hr-jump", "hr-high", [])


async def test_invalid_request_is_one_sentence(live: Live, asked: httpx.AsyncClient) -> None:
    bad = [
        (404, "/sessions/none"),
        (404, "/nothing"),
        (404, at(live, "series?channel=x/y")),
        (404, at(live, "readings?channel=x/y")),
        (422, at(live, f"readings?channel={HEART}&since=yesterday")),
        (409, at(live, f"readings?channel={HEART}&since=2&until=1")),
        (422, at(live, f"series?channel={HEART}&points=1")),
    ]
    for status, url in bad:
        answer = await asked.get(url)
        assert (answer.status_code, list(answer.json())) == (status, ["error"]), url


async def test_cross_site_form_is_refused(live: Live, asked: httpx.AsyncClient) -> None:
    text = {"Content-Type": "text/plain"}
    answer = await asked.post(at(live, "pause-audio"), content='{"by": "x"}', headers=text)
    assert answer.status_code == 415
    long = await asked.post(at(live, "marker"), json={"by": "x", "text": "x" * 20_000})
    assert long.status_code == 413
    live.session._recorder.write()
    kinds = {entry.kind for entry in live.session.journal.entries()}
    assert not kinds & {EntryKind.PAUSE, EntryKind.MARKER}


@pytest.mark.parametrize(
    ("host", "headers"),
    [("127.0.0.1", {"X-Forwarded-For": "10.0.0.1"}), ("0.0.0.0", {})],  # noqa: S104
)
async def test_only_this_computer_has_access_without_accounts(
    live: Live, host: str, headers: dict[str, str]
) -> None:
    async with local(live, host, **headers) as asked:
        assert (await asked.get("/sessions")).status_code == 403


def test_times_round_trip_to_the_nanosecond() -> None:
    assert iso(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456789Z"
    assert parse("2023-11-14T22:13:20.123456Z", "since") == 1_700_000_000_123_456_000
    assert parse("1700000000123456789", "since") == 1_700_000_000_123_456_789
