"""A stop ends with a message and a status even if other servers hang."""

import contextlib
import re
import signal
import socket
from pathlib import Path
from subprocess import PIPE

import pytest

from devices.virtual.peripherals.catalog import default_address
from monitor.errors import JournalError
from monitor.storage.journal import Journal
from tests.durations import combinations
from tests.servers.forked import PHYSIOMON, forked
from tests.servers.process import wait_until
from tests.virtual.test_processes import process, sensor

SENSORS = """
[radio]
virtual = "{radio}"

[journal]
directory = "."

[mqtt]
host = "127.0.0.1"
port = {port}
tls = false

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
address = "{address}"
"""
CONFIGS = {
    "gateway": '[gateway]\nid = "room1"\nsite = "here"\nsession = "s1"\n',
    "run": '[session]\nid = "s1"\nsite = "here"\nparticipant = "P01"\npolicy = "demo"\n'
    '[influx]\nurl = "http://127.0.0.1:{port}"\nbucket = "b"\n[console]\nport = 0\n',
}


def entries(folder: Path) -> int:
    with contextlib.suppress(JournalError):
        for path in folder.glob("*.journal"):
            with Journal.read(path) as journal:
                return journal.last_seq
    return 0


@pytest.mark.parametrize(("command", "radio_hangs"), combinations([*CONFIGS], [False, True]))
def test_service_stops_while_broker_and_database_hang(
    tmp_path: Path, command: str, radio_hangs: bool
) -> None:
    """Both accept connections and never answer; a hanging radio keeps a sensor connected."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        process("virtual", "shared-radio", "--port", "0", wait_for="radio") as (said, radio),
    ):
        place = re.findall(r"127\.0\.0\.1:\d+", said)[0]
        file = tmp_path / "c.toml"
        file.write_text(
            (CONFIGS[command] + SENSORS).format(
                radio=place,
                port=silent.getsockname()[1],
                address=default_address("heart-rate-strap"),
            )
        )
        with (
            sensor("heart-rate-strap", "--shared-radio", place),
            forked([PHYSIOMON, command, str(file)], stdout=PIPE, stderr=PIPE) as service,
        ):
            wait_until(lambda: entries(tmp_path) > 8, "packets")
            if radio_hangs:
                radio.send_signal(signal.SIGSTOP)
            service.terminate()
            status = service.wait()
            assert service.stderr is not None
            log = service.stderr.read()
            radio.send_signal(signal.SIGCONT)
    assert "Traceback" not in log
    assert status == int("everything recorded is kept" in log)
    assert status == 1 or not radio_hangs
    (journal,) = tmp_path.glob("*.journal")
    with Journal.read(journal) as recorded:
        assert recorded.damage() is None
