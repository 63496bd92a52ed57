"""More connections than file descriptors, during a heart rate alarm."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attack.service import service
from tests.durations import PATIENCE_S
from tests.servers.process import wait_until

DESCRIPTORS = 200


@pytest.mark.extended
def test_call_is_delivered_while_connections_exhaust_descriptors(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        there = stack.enter_context(service(tmp_path / "service", descriptors=DESCRIPTORS))
        flood = [stack.enter_context(_connect(there.port)) for _ in range(DESCRIPTORS + 50)]
        before = len(there.hook.posts)
        wait_until(lambda: len(there.hook.posts) > before, "a call about the heart rate")
        flood += [stack.enter_context(_connect(there.port)) for _ in range(DESCRIPTORS)]
        there.process.terminate()
        assert there.process.wait(PATIENCE_S) == 0
    calls = there.facts("call")
    assert any('"delivered"' in each for each in calls)
    assert not any('"failed"' in each for each in calls), calls
    written = there.log()
    assert "connections refused: " in written
    assert len(written.splitlines()) < 100, written[-3000:]
    assert "Traceback" not in written


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_S)
