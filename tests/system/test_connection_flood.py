"""More connections than the service has descriptors, and a heart rate that is too high."""

import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

from monitor.storage.journal import Journal
from tests.durations import PATIENCE_S
from tests.servers.forked import PHYSIOMON
from tests.servers.process import wait_until
from tests.servers.sinks import Webhook
from tests.virtual.test_processes import sensor, shared_radio

DESCRIPTORS = 200

_POLICY = """
name = "flood"
version = "1"

[[rule]]
id = "hr-high"
signal = "heart_rate"
above = 30
sustain = "8s"
priority = "high"
message = "Heart rate very high"
source = "test"
"""

_SESSION = """
[session]
id = "S"
site = "clinic"
participant = "P07"
policy = "policy.toml"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
name = "strap"

[radio]
virtual = "{radio}"

[console]
port = 0

[[recipient]]
id = "anna"
name = "Anna Meier"
channels = [{{ url_file = "hook.url" }}]

[[tier]]
recipients = ["anna"]
accept_within = "1min"
"""


def test_a_call_leaves_while_more_connections_stand_than_there_are_descriptors(
    tmp_path: Path,
) -> None:
    hook = Webhook()
    hook.start()
    (tmp_path / "policy.toml").write_text(_POLICY)
    (tmp_path / "hook.url").write_text(hook.url)
    (tmp_path / "hook.url").chmod(0o600)
    log = tmp_path / "log"
    with ExitStack() as stack:
        stack.callback(hook.stop)
        radio = stack.enter_context(shared_radio())
        (tmp_path / "session.toml").write_text(_SESSION.format(radio=radio))
        stack.enter_context(sensor("heart-rate-strap", "--shared-radio", radio, "--name", "strap"))
        service = stack.enter_context(_limited(tmp_path, log))
        stack.callback(service.terminate)
        assert service.stdout is not None
        url = next(line for line in service.stdout if "physiomon console: " in line)
        port = int(url.rpartition(":")[2].strip().strip("/"))
        flood = [stack.enter_context(_connect(port)) for _ in range(DESCRIPTORS + 50)]
        before = len(hook.posts)
        wait_until(lambda: len(hook.posts) > before, "a call about the heart rate")
        flood += [stack.enter_context(_connect(port)) for _ in range(DESCRIPTORS)]
        service.terminate()
        assert service.wait(PATIENCE_S) == 0
    with Journal.read(tmp_path / "journals" / "S.journal") as journal:
        calls = [fact.payload for fact in journal.facts() if fact.kind == "call"]
    assert any('"delivered"' in each for each in calls)
    assert not any('"failed"' in each for each in calls), calls
    written = log.read_text()
    assert "connections refused: " in written
    assert len(written.splitlines()) < 100, written[-3000:]
    assert "Traceback" not in written


def _limited(folder: Path, log: Path) -> subprocess.Popen[str]:
    """Start the service with few descriptors."""
    command = f'ulimit -n {DESCRIPTORS}; exec "$0" run session.toml'
    with log.open("w") as errors:
        return subprocess.Popen(
            ["/bin/sh", "-c", command, PHYSIOMON],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_S)
