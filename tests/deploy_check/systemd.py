"""Checks of the units under systemd as process 1 of a container, installed by docs/deploy.md."""

import json
import time
from collections.abc import Callable

from tests.deploy_check.engine import IMAGE, Engine
from tests.servers.process import wait_until

_NAME = "systemd"
_URL = "http://127.0.0.1:8080"
_LATEST_S = 40.0  # a hang: WatchdogSec=20, and the time of a loaded machine
_CAPABILITIES = (
    "AUDIT_WRITE DAC_READ_SEARCH IPC_LOCK LINUX_IMMUTABLE NET_ADMIN SYS_ADMIN SYS_BOOT SYS_CHROOT "
    "SYS_NICE SYS_PTRACE SYSLOG"
)
# As in docs/deploy.md; the program is that of the image, in the same folder.
_INSTALL = """
install -d -m 0750 -o root -g physiomon /etc/physiomon
install -d -m 0700 /etc/physiomon/secrets
printf token >/etc/physiomon/secrets/influx_write_token
printf password >/etc/physiomon/secrets/mqtt_password
sed 's#/run/secrets/#/run/credentials/physiomon.service/secrets_#' /deploy/session.toml \
  >/etc/physiomon/session.toml
chown root:physiomon /etc/physiomon/session.toml
chmod 0640 /etc/physiomon/session.toml
cat >/etc/physiomon/gateway.toml <<'END'
[gateway]
id = "room1"
site = "site"
session = "P07"
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
[mqtt]
host = "127.0.0.1"
port = 1883
tls = false
password_file = "/run/credentials/physiomon-gateway.service/secrets_mqtt_password"
[journal]
directory = "/var/lib/physiomon"
END
cat >/etc/physiomon/watch.toml <<'END'
[watch]
url = "http://127.0.0.1:8080"
name = "monitor of room 1"
[[recipient]]
id = "anna"
name = "Anna Amsler"
channels = [{url_file = "/run/credentials/physiomon-watch.service/secrets_pager.url"}]
END
printf json://127.0.0.1:9000/ >/etc/physiomon/secrets/pager.url
cat >/pager.py <<'END'
from http.server import BaseHTTPRequestHandler, HTTPServer
class Pager(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open("/calls", "ab").write(body + b"\\n")
        self.send_response(200)
        self.end_headers()
HTTPServer(("127.0.0.1", 9000), Pager).serve_forever()
END
systemd-run --quiet --unit pager python3 /pager.py
install -m 0644 /deploy/systemd/*.service /etc/systemd/system/
systemctl daemon-reload
"""

Check = tuple[str, Callable[[], str]]


class Systemd:
    """A container whose process 1 is systemd."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def checks(self) -> list[Check]:
        """Return the checks, in order."""
        return [
            ("systemd: runs as process 1", self._boot),
            ("physiomon.service: starts", self._start),
            ("physiomon.service: reads its credentials", self._credentials),
            ("physiomon.service: kill -9, restarts", lambda: self._restarts("physiomon", "KILL")),
            ("physiomon.service: hangs, is restarted", lambda: self._restarts("physiomon", "STOP")),
            ("physiomon.service: without a database's token", self._without_token),
            ("physiomon.service: the session has ended, it waits", self._ended),
            ("physiomon-watch.service: starts", lambda: self._start_other("physiomon-watch")),
            ("physiomon.service: stops cleanly", self._stop),
            ("physiomon-watch.service: calls about it", self._called),
            (
                "physiomon-watch.service: hangs, is restarted",
                lambda: self._restarts("physiomon-watch", "STOP"),
            ),
            ("physiomon-gateway.service: starts", lambda: self._start_other("physiomon-gateway")),
            (
                "physiomon-gateway.service: hangs, is restarted",
                lambda: self._restarts("physiomon-gateway", "STOP"),
            ),
            ("all three: exposure below 2.0", self._exposure),
        ]

    def _in(self, script: str, *, check: bool = True) -> str:
        return self._engine.inside(_NAME, script, check=check)

    def _boot(self) -> str:
        self._engine.run("rm", "--force", _NAME)
        self._engine.run(
            *(
                "run",
                "-d",
                "--name",
                _NAME,
                "--user",
                "root",
                "--entrypoint",
                "/lib/systemd/systemd",
            ),
            *(word for name in _CAPABILITIES.split() for word in ("--cap-add", name)),
            *("--security-opt", "seccomp=unconfined", "--cgroupns=host", "-e", "container=docker"),
            *("--tmpfs", "/run", "--tmpfs", "/tmp"),
            *("-v", "/sys/fs/cgroup:/sys/fs/cgroup:rw", IMAGE),
        )
        self._engine.run("cp", "deploy", f"{_NAME}:/deploy")
        running = "systemctl is-system-running"
        wait_until(lambda: self._in(running, check=False) in ("running", "degraded"), "systemd")
        # Credentials are mounted for the service: mounts must reach it, as they do on a machine.
        self._in("mount --make-rshared /\nmount --make-rshared /run")
        self._in(_INSTALL)
        return self._in("systemctl --version | head -n 1")

    def _start(self) -> str:
        began = time.monotonic()
        self._in("systemctl start physiomon")  # returns with READY=1
        return f"after {time.monotonic() - began:.0f} s; {self._answer()}"

    def _answer(self, path: str = "/healthz") -> str:
        wait_until(lambda: self._in(f"curl -fs {_URL}{path}", check=False) != "", "the console")
        return self._in(f"curl -fs {_URL}{path}")

    def _credentials(self) -> str:
        log = self._in("journalctl -u physiomon --no-pager")
        assert "cannot read" not in log, log[-500:]
        return self._in("ls /run/credentials/physiomon.service").replace("\n", " ")

    def _pid(self, unit: str) -> str:
        return self._in(f"systemctl show -p MainPID --value {unit}")

    def _restarts(self, unit: str, signal: str) -> str:
        before, began = self._pid(unit), time.monotonic()
        self._in(f"kill -{signal} {before}")
        wait_until(lambda: self._pid(unit) not in (before, "0"), f"another process of {unit}")
        took_s = time.monotonic() - began
        assert took_s < _LATEST_S, f"only after {took_s:.0f} s"
        if unit == "physiomon":
            return f"after {took_s:.0f} s; {self._answer()}"
        return f"after {took_s:.0f} s"

    def _without_token(self) -> str:
        self._in("rm /etc/physiomon/secrets/influx_write_token\nsystemctl restart physiomon")
        return self._answer()

    def _ended(self) -> str:
        session = self._answer().partition('["')[2].partition('"')[0]
        api, kind = f"{_URL}/api/v1", "-H 'Content-Type: application/json'"
        body = '{"by": "MK", "reason": "over"}'
        self._in(f"curl -fs {kind} -d '{body}' {api}/sessions/{session}/finish")
        self._in("systemctl restart physiomon")
        self._answer()
        waiting = self._in(f"curl -fs {api}/places")
        assert f"Session {session} was ended by MK" in waiting, waiting
        body = '{"by": "MK", "participant": "P08"}'
        begun = self._in(f"curl -fs {kind} -d '{body}' {api}/places/session/begin")
        assert "P08-" in begun, begun
        return "and begins the next one"

    def _stop(self) -> str:
        began = time.monotonic()
        self._in("systemctl stop physiomon")
        result = self._in("systemctl show physiomon -p Result --value")
        assert result == "success", result
        return f"{time.monotonic() - began:.1f} s"

    def _start_other(self, unit: str) -> str:
        log = f"journalctl -u {unit} --no-pager | tail -n 3; exit 1"
        return self._in(f"systemctl start {unit} || {{ {log}; }}\nsystemctl is-active {unit}")

    def _called(self) -> str:
        began = time.monotonic()
        wait_until(lambda: self._in("test -s /calls && echo y", check=False) == "y", "a call")
        call = json.loads(self._in("head -n 1 /calls"))
        assert "monitor of room 1" in call["title"] + call["message"], call
        return f"after {time.monotonic() - began:.0f} s: {call['title']}"

    def _exposure(self) -> str:
        lines = [
            self._in(f"systemd-analyze security --no-pager {unit}.service | tail -n 1")
            for unit in ("physiomon", "physiomon-gateway", "physiomon-watch")
        ]
        figures = [float(line.partition(": ")[2].split()[0]) for line in lines]
        assert all(figure < 2.0 for figure in figures), lines
        return ", ".join(map(str, figures))
