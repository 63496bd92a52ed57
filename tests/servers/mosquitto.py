"""A real Mosquitto with TLS, passwords and the ACL file that is shipped."""

import os
import signal
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import trustme

from monitor.mqtt.broker import MqttConfig
from tests.servers.process import Server, free_port, program, wait_until

SITE = "here"
PASSWORD = "correct horse"
USERS = (
    "physiomon",
    "gateway-room1",
    "gateway-room2",
    "screen",
    "panel",
    "stranger",
    "homeassistant",
)
_DEPLOY = Path(__file__).parents[2] / "deploy" / "mosquitto"


@dataclass
class Mosquitto:
    """The broker; its data remain in `folder` after stops and kills."""

    folder: Path

    def __post_init__(self) -> None:
        broker, passwd = program("mosquitto", "mosquitto"), program("mosquitto_passwd", "mosquitto")
        self.port, self.plain_port = free_port(), free_port()
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        self.ca_file = self.folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        certificate.cert_chain_pems[0].write_to_path(self.folder / "server.pem")
        certificate.private_key_pem.write_to_path(self.folder / "server.key")
        passwords = self.folder / "passwd"
        passwords.touch(0o600)
        for user in USERS:
            subprocess.run([passwd, "-b", str(passwords), user, PASSWORD], check=True)
        acl = (_DEPLOY / "acl").read_text().replace("zurich", SITE)
        second = acl.split("# A screen")[0].split("its id in [gateway].\n")[1]
        (self.folder / "acl").write_text(acl + "\n" + second.replace("room1", "room2"))
        config = (_DEPLOY / "mosquitto.conf").read_text()
        config = (
            config.replace("/etc/mosquitto/certs", str(self.folder))
            .replace("/etc/mosquitto", str(self.folder))
            .replace("/var/lib/mosquitto", str(self.folder))
            .replace("listener 8883", f"listener {self.port} 127.0.0.1")
            .replace("autosave_interval 30", "autosave_interval 1")
        )
        config += f"listener {self.plain_port} 127.0.0.1\n"  # where a test reads the bytes
        if os.geteuid() == 0:
            config += "user root\n"
        self.log = self.folder / "mosquitto.log"
        (self.folder / "mosquitto.conf").write_text(config)
        self._server = Server([broker, "-c", str(self.folder / "mosquitto.conf")], self.log)

    def start(self) -> None:
        self._server.start()
        wait_until(self._answers, "Mosquitto answers")

    def stop(self) -> None:
        self._server.stop()

    def kill(self) -> None:
        self._server.stop(signal.SIGKILL)

    def config(self, user: str, password: str = PASSWORD) -> MqttConfig:
        return MqttConfig(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=password,
            tls=ssl.create_default_context(cafile=self.ca_file),
        )

    def _answers(self) -> bool:
        assert self._server.running, self.log.read_text()[-2000:]
        try:
            for port in (self.port, self.plain_port):  # it opens one after the other
                socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True
