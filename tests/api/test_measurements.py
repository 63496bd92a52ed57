"""Measurements and markers over the API: earlier, confirmed, corrected, doubtful."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from dashboards.api.time_format import iso
from tests.api.served_session import at, local
from tests.sessions.test_manual_entries import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "s.journal")
    room.wait(3000)
    yield room
    room.session.close()


@pytest_asyncio.fixture
async def asked(room: Room) -> AsyncIterator[httpx.AsyncClient]:
    async with local(room) as made:
        yield made


async def do(asked: httpx.AsyncClient, room: Room, act: str, **body: Any) -> httpx.Response:
    return await asked.post(at(room, act), json={"by": "MK", **body})


async def test_earlier_measurement_is_listed_at_its_time(
    room: Room, asked: httpx.AsyncClient
) -> None:
    back_ns = room.ago_ns(900) // 1000 * 1000  # ISO 8601 text has microseconds here
    values = {"systolic": 128.0}
    done = await do(asked, room, "measure", values=values, at=iso(back_ns)[:-4] + "Z")
    assert done.status_code == 200
    (listed,) = (await asked.get(at(room, "measurements"))).json()
    assert listed == {
        "entry": listed["entry"],
        "channel": "manual/systolic",
        "label": "Systolic blood pressure",
        "unit": "mm[Hg]",
        "loinc": "8480-6",
        "at_ns": str(back_ns),
        "at": iso(back_ns),
        "value": 128.0,
        "by": "MK",
        "voided_by": None,
    }
    page = (await asked.get(at(room, "readings"), params={"channel": "manual/systolic"})).json()
    assert page["unit"] == "mm[Hg]"
    future = await do(asked, room, "measure", values=values, at=str(room.ago_ns(-3600)))
    assert (future.status_code, future.json()["error"]) == (
        409,
        "this time is in the future; check it",
    )


async def test_unusual_value_needs_confirmation(room: Room, asked: httpx.AsyncClient) -> None:
    values = {"systolic": 270, "diastolic": 150}
    refused = await do(asked, room, "measure", values=values)
    assert refused.status_code == 409
    assert "270 mmHg: unusual value" in refused.json()["error"]
    assert (await do(asked, room, "measure", values=values, confirmed=True)).status_code == 200
    listed = (await asked.get(at(room, "measurements"))).json()
    entry = {"entry": listed[0]["entry"], "signal": "systolic", "reason": "typo"}
    assert (await do(asked, room, "correct", value=280.0, **entry)).status_code == 409
    assert (await do(asked, room, "correct", value=170.0, **entry)).status_code == 200
    listed = (await asked.get(at(room, "measurements"))).json()
    assert {(each["value"], each["voided_by"]) for each in listed} == {
        (150, None),
        (170, None),
        (270, "MK"),
    }


async def test_dose_has_time_and_amount(room: Room, asked: httpx.AsyncClient) -> None:
    back_ns = room.ago_ns(1200)
    done = await do(asked, room, "marker", kind="dose", at=str(back_ns), amount=120)
    assert done.status_code == 200
    (marker,) = (await asked.get(at(room, "markers"))).json()
    assert (marker["at_ns"], marker["amount"]) == (str(back_ns), "120 mg")
    assert marker["later_s"] == pytest.approx(1200, abs=1)
    drops = await do(asked, room, "marker", kind="supplement", amount=5, unit="drops")
    assert drops.status_code == 422


async def test_doubtful_measurement_is_confirmed(room: Room, asked: httpx.AsyncClient) -> None:
    room.cuff(196)
    (alarm,) = (await asked.get(at(room, "alarms"))).json()
    (one,) = alarm["unconfirmed"]
    assert one["channel"] == alarm["subject"] == "cuff/systolic"
    assert one["text"].startswith("196/80 mmHg")
    place = {"channel": one["channel"], "at": one["at_ns"]}
    assert (await do(asked, room, "settle", valid=True, **place)).status_code == 200
    again = await do(asked, room, "settle", valid=False, **place)
    assert (again.status_code, "already confirmed or rejected" in again.json()["error"]) == (
        409,
        True,
    )
    (alarm,) = (await asked.get(at(room, "alarms"))).json()
    assert (alarm["rule"], [each["rule"] for each in alarm["inside"]]) == ("bp-180", ["bp-160"])
    channels = {each["channel"] for each in (await asked.get(at(room, "measurements"))).json()}
    assert "cuff/systolic" in channels
    series = await asked.get(at(room, "series"), params={"channel": "cuff/systolic"})
    assert [each["value"] for each in series.json()["points"]][-1] == 196


async def test_adverse_event_is_reported_changed_and_ended(
    room: Room, asked: httpx.AsyncClient
) -> None:
    started = str(room.ago_ns(600))
    body = {"kind": "other", "severity": 1, "started": started, "text": "cold hands"}
    assert (await do(asked, room, "adverse-event", **body)).status_code == 200
    (listed,) = (await asked.get(at(room, "adverse-events"))).json()
    assert (listed["started_ns"], listed["relation"], listed["ended"]) == (started, "none", None)
    place = {"event": listed["event"]}
    change = {**body, **place, "severity": 3, "relation": "unlikely", "reason": "shivers"}
    assert (await do(asked, room, "change-adverse-event", **change)).status_code == 200
    assert (await do(asked, room, "end-adverse-event", **place)).status_code == 200
    twice = await do(asked, room, "end-adverse-event", **place)
    assert (twice.status_code, "has ended already" in twice.json()["error"]) == (409, True)
    gone = await do(asked, room, "withdraw-adverse-event", **place, reason="another person")
    assert gone.status_code == 200
    (listed,) = (await asked.get(at(room, "adverse-events"))).json()
    steps = ["reported", "changed", "ended", "withdrawn"]
    assert [step["step"] for step in listed["steps"]] == steps
    assert (listed["severity"], listed["relation"], listed["withdrawn"]) == (3, "unlikely", True)
