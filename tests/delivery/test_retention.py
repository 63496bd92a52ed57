"""An outage longer than the retention: recent points arrive, old ones have a reason."""

import asyncio
import random
from pathlib import Path

import pytest

from monitor.delivery.influx import InfluxConfig, influx_writer
from monitor.delivery.line_protocol import LineEncoder
from monitor.delivery.priority_lanes import Lanes
from tests.delivery.recorded_sessions import Recording
from tests.durations import PATIENCE_S
from tests.servers.influx_imitations import BUCKET, ORG, Imitation, Influx29, Influx310

RETENTION_S = 3600


@pytest.mark.parametrize("kind", [Influx29, Influx310])
@pytest.mark.parametrize("conflicts", [False, True], ids=["old points", "and type conflicts"])
async def test_recent_points_arrive_and_all_others_have_a_reason(
    tmp_path: Path, kind: type[Imitation], conflicts: bool
) -> None:
    recording = Recording(tmp_path / "s.journal")
    recording.go_on(300)
    recording.hands.pass_s(2 * RETENTION_S)
    recording.go_on(60)
    journal = recording.session.journal
    # The retention limit is within the first readings; answers have the time in whole seconds.
    now_ns = (recording.hands.wall_ns // 10**9 - 150 - 60) * 10**9
    server = kind(now_ns, RETENTION_S)
    if conflicts:
        server.judge('core_temperature value="warm" ' + str(now_ns))
        server.points.clear()
    encoder = LineEncoder("s", "s1", "P01")
    encoded = {row.id: line for row in journal.facts() if (line := encoder.line(row))}
    edge_ns = now_ns - RETENTION_S * 10**9
    good = {
        fact
        for fact, line in encoded.items()
        if int(line.rpartition(b" ")[2]) >= edge_ns
        and not (conflicts and line.startswith(b"core_temperature"))
    }
    async with server.listening() as url:
        config = InfluxConfig(url=url, org=ORG, bucket=BUCKET, token="all", timeout_s=PATIENCE_S)  # noqa: S106
        async with influx_writer(config) as write, asyncio.timeout(PATIENCE_S):
            lanes = Lanes(
                "influxdb",
                journal.path,
                journal,
                encoder.line,
                write,
                lambda _: None,
                random.Random(1),
            )
            await lanes.drain()
    letters = {
        fact: reason for each in journal.dead_letters().values() for fact, reason in each.items()
    }
    assert set(letters) == set(encoded) - good
    assert 0 < len(letters) < len(encoded)
    assert all(
        "retention" in why.lower() or "conflict" in why or "column type" in why
        for why in letters.values()
    )
    assert server.times_ns == sorted(int(encoded[fact].rpartition(b" ")[2]) for fact in good)
    # 2.9 names no old point beside a conflict: these are found one by one.
    assert len(server.asked) < (1_000 if conflicts else 150)
    recording.close()
