"""A service whose name server does not answer: database and broker cannot be found."""

import sys
from pathlib import Path
from subprocess import PIPE

import httpx

from tests.durations import PATIENCE_S
from tests.servers.forked import forked

CONFIG = """
[session]
id = "S{number}"
site = "zurich"
participant = "P{number}"
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
address = "C0:FF:EE:00:00:0{number}"
[influx]
url = "https://influx.invalid"
org = "o"
bucket = "b"
token_file = "secret"
[mqtt]
host = "broker.invalid"
tls = true
user = "u"
password_file = "secret"
[console]
port = 0
"""
LOOKUPS = 6  # one more than the threads that asyncio allows on one processor


def test_lookups_without_answer_leave_threads_for_everything_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "secret").chmod(0o600)
    files = []
    for number in range(1, 4):
        file = tmp_path / f"{number}.toml"
        file.write_text(CONFIG.format(number=number))
        files.append(str(file))
    command = [sys.executable, "-m", "tests.system.without_names", "run", *files]
    with forked(command, stdout=PIPE) as process:
        assert process.stdout is not None
        waiting, url = 0, ""
        for line in process.stdout:
            waiting += line.startswith("waits for")
            url = line.split()[-1] if "http://" in line else url
            if url and waiting >= LOOKUPS:
                break
        # Written by a thread, as is the journal.
        assert "physiomon" in httpx.get(f"{url}metrics", timeout=PATIENCE_S).text
