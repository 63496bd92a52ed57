"""Responses to a blinded rater are the same at any heart rate."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from dashboards.access.roles import Role
from dashboards.api.application import ROUTERS
from devices.radio import LinkState
from devices.sensor import SensorSpec
from devices.vendors import polar
from devices.virtual.encoders.streams import polar_ecg
from tests.access.console_with_accounts import HTML, PASSWORDS, log_in
from tests.api.served_session import served
from tests.engine.scripted_session import spec
from tests.servers.http_client import http_client
from tests.sessions.test_session import Live

_PATHS = sorted(
    {
        f"api/v1{route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
    }
    | {"", "state", "session/{session}", "healthz", "api/v1/openapi.json"}
)
# The server's time, which is the same for everyone.
_PASSING = ("date",)


async def transcript(folder: Path, rate: int) -> list[str]:
    """Return all answers to a rater and a rater's program in two minutes with a strap.

    The strap notifies once for each heart beat, and sends an ECG.
    """
    strap = SensorSpec(label="strap", kind="polar-h10-ecg")
    live = Live(folder / "s.journal", replace(spec(), sensors=(strap, *spec().sensors[1:])))
    heard = []
    async with (
        served(live, folder) as house,
        house.client(Role.RATER) as program,
        http_client(house.url) as browser,
    ):
        await log_in(browser, "rater", PASSWORDS[Role.RATER])
        live.session.link("strap", LinkState.CONNECTED, "", -55)
        live.session.packet("strap", "2A19", bytes([88]))
        rng, next_beat_s = random.Random(rate), 0.0
        for second in range(120):
            while next_beat_s < second + 1:
                live.hands.pass_s(max(0.0, next_beat_s - live.hands.monotonic_ns / 1e9))
                live.session.packet("strap", "2A37", bytes([0x06, rate]))
                next_beat_s += 60 / rate * rng.uniform(0.95, 1.05)
            ecg = polar_ecg((second + 1) * 10**9, [10 * rate] * 65 + [0] * 65)
            live.session.packet("strap", polar.DATA, ecg)
            live.wait(max(0.0, second + 1 - live.hands.monotonic_ns / 1e9))
            if second % 60 == 59:
                for path in _PATHS:
                    asked = path.format(session=live.session.spec.id, place="x", label="strap")
                    assert live.session.view().ecg[0].blocks
                    for client in (browser, program):
                        url = f"{house.url}{asked}"
                        answer = await client.get(url, headers=HTML)
                        kept = {k: v for k, v in answer.headers.items() if k not in _PASSING}
                        heard.append(f"{asked} {answer.status_code} {kept} {answer.text}")
    live.close()
    return heard


@pytest.mark.extended
async def test_responses_to_a_rater_do_not_depend_on_the_heart_rate(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    slow, fast = [
        await transcript(tmp_path_factory.mktemp(f"at-{rate}"), rate) for rate in (47, 163)
    ]
    assert slow == fast
    assert any('"receiving":true' in line for line in slow)
