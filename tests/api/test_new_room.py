"""A session in a room that has had none, begun over the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.api.application import api, attach
from tests.sessions.manual_clocks import Hands
from tests.sessions.resumed import resumed
from tests.sessions.test_places import Service

BODY: dict[str, Any] = {
    "by": "AB",
    "room": "Garden 2",
    "participant": "P20",
    "policy": "resting-adult",
    "sensors": [{"label": "belt", "kind": "heart-rate-strap", "address": "C0:FF:EE:00:00:99"}],
}
STRAP = BODY["sensors"][0]


@asynccontextmanager
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    made = api()
    attach(made, service.backend, "127.0.0.1", None)
    transport = httpx.ASGITransport(made)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asked:
        yield asked


async def test_session_begins_in_a_new_room_with_its_checklist(tmp_path: Path) -> None:
    service = Service(tmp_path, Hands())
    async with client(service) as asked:
        begun = (await asked.post("/places", json=BODY)).json()
        assert begun == {"act": "begin", "session": "P20-20231114", "by": "AB"}
        listed = (await asked.get("/sessions")).json()
        assert [(each["participant"], each["room"]) for each in listed] == [
            ("P07", "1"),
            ("P20", "Garden 2"),
        ]
        session = service.places.started.get_nowait().session
        assert (session.spec.begun_by, session.spec.policy.name) == ("AB", "resting-adult")
        started = f"/sessions/{begun['session']}/start"
        # As on the page the checklist follows, and counts.
        assert session.control.checklist()
        refused = await asked.post(started, json={"by": "AB"})
        assert (refused.status_code, "not resolved" in refused.json()["error"]) == (409, True)
        assert (await asked.post(started, json={"by": "AB", "reason": "a drill"})).is_success
        # The room has its session now.
        other = {"participant": "P21", "sensors": [STRAP | {"address": "C0:FF:EE:00:00:98"}]}
        again = await asked.post("/places", json=BODY | other)
        assert again.status_code == 409
        assert again.json()["error"].startswith("room: room Garden 2 is on this page")
    service.stop()
    restarted = Service(tmp_path, Hands())
    await resumed(restarted.places)
    assert [each.spec.id for each in restarted.places.sessions()] == [
        "P07-20231114",
        "P20-20231114",
    ]
    restarted.stop()


@pytest.mark.parametrize(
    ("changed", "status", "why"),
    [
        ({"room": "../x"}, 409, "room: enter the name"),
        ({"participant": "Anna M"}, 409, "participant: a participant code"),
        ({"policy": "../x.toml"}, 409, "policy: choose one"),
        ({"sensors": []}, 422, "body.sensors"),
        ({"sensors": [STRAP | {"kind": "toaster"}]}, 409, "sensors: kind 'toaster' is unknown"),
        ({"sensors": [STRAP | {"label": "a strap"}]}, 409, "sensors: give the sensor a label"),
        ({"sensors": [STRAP | {"address": "C0"}]}, 409, "sensors: "),
        ({"sensors": [STRAP | {"key": "7"}]}, 409, "sensors: the scan is outdated"),
        ({"by": None}, 409, "'by' is missing"),
    ],
)
async def test_what_is_not_possible_is_refused_and_leaves_nothing(
    tmp_path: Path, changed: dict[str, Any], status: int, why: str
) -> None:
    service = Service(tmp_path, Hands())
    async with client(service) as asked:
        refused = await asked.post("/places", json=BODY | changed)
    assert (refused.status_code, refused.json()["error"][: len(why)]) == (status, why)
    assert str(tmp_path) not in refused.json()["error"]
    assert [*(tmp_path / "journals").glob("*.toml")] == []
    assert service.places.started.empty()
    service.stop()


async def test_search_without_a_radio_finds_nothing(tmp_path: Path) -> None:
    service = Service(tmp_path, Hands())
    async with client(service) as asked:
        assert (await asked.get("/nearby-devices")).json() == []
    service.stop()
