"""Postfix with logins by Dovecot, and Mosquitto, each with separate configuration and data."""

import os
import pwd
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.calls_check.network import HOST
from tests.calls_check.scripted import Arrivals

PASSWORD = "correct-horse"
MAILBOXES = ("postfix-587", "postfix-465", "cable", "monitor")
SUBMISSION, SMTPS, MQTT, MQTTS = 587, 465, 1883, 8883
_PATIENCE_S = 60.0

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
maillog_file_prefixes = /dev/stdout
myhostname = {host}
mydestination =
inet_interfaces = all
inet_protocols = ipv4
alias_maps =
virtual_mailbox_domains = clinic.test
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_peername_lookup = no
smtpd_tls_cert_file = {folder}/server.pem
smtpd_tls_key_file = {folder}/server.key
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/login
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""
_MASTER = """
{submission} inet n - n - - smtpd
{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
"""
_DOVECOT = """
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
protocols =
ssl = no
log_path = /dev/stderr
default_login_user = nobody
default_internal_user = nobody
auth_mechanisms = plain login
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {folder}/login {{
    mode = 0666
  }}
}}
"""
_MOSQUITTO = """
persistence false
user root
allow_anonymous false
password_file {folder}/passwords
listener {mqtt}
listener {mqtts}
certfile {folder}/server.pem
keyfile {folder}/server.key
"""


class RealServers:
    """Real servers; `folder` has their certificate as ``server.pem`` and ``server.key``.

    Attributes:
        published: what Mosquitto has taken; the recipient is the last part of the topic.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.published = Arrivals()

    def start(self) -> None:
        """Start all servers; return when they listen."""
        self._start_dovecot()
        self._start_postfix()
        self._start_mosquitto()

    def mails(self, recipient: str) -> list[str]:
        """Return the subjects of the mails that Postfix has delivered to a recipient."""
        found = sorted((self._folder / "mail" / recipient / "new").glob("*"))
        return [
            line.partition(":")[2].strip()
            for path in found
            for line in path.read_text().splitlines()
            if line.startswith("Subject:")
        ]

    def stop(self) -> None:
        """Stop all servers."""
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            process.wait()

    def _start_dovecot(self) -> None:
        config = self._write("dovecot.conf", _DOVECOT, password=PASSWORD)
        self._run("dovecot", "-F", "-c", str(config))
        _wait("Dovecot", (self._folder / "login").exists)

    def _start_postfix(self) -> None:
        config = self._folder / "postfix"
        config.mkdir()
        owner = pwd.getpwnam("postfix")
        for name in ("data", "mail"):
            (self._folder / name).mkdir()
            os.chown(self._folder / name, owner.pw_uid, owner.pw_gid)
        (self._folder / "queue").mkdir()
        self._write("mailboxes", "".join(f"{each}@clinic.test {each}/\n" for each in MAILBOXES))
        self._write("postfix/main.cf", _MAIN, host=HOST, uid=owner.pw_uid, gid=owner.pw_gid)
        self._write("postfix/master.cf", _MASTER, submission=SUBMISSION, smtps=SMTPS)
        self._run("postfix", "-c", str(config), "start-fg")
        for port in (SUBMISSION, SMTPS):
            _wait("Postfix", lambda port=port: _listens(port))  # type: ignore[misc]

    def _start_mosquitto(self) -> None:
        passwords = self._folder / "passwords"
        passwords.touch(0o600)
        subprocess.run(["mosquitto_passwd", "-b", passwords, "monitor", PASSWORD], check=True)
        config = self._write("mosquitto.conf", _MOSQUITTO, mqtt=MQTT, mqtts=MQTTS)
        self._run("mosquitto", "-c", str(config))
        for port in (MQTT, MQTTS):
            _wait("Mosquitto", lambda port=port: _listens(port))  # type: ignore[misc]
        subscribed = threading.Event()

        def subscribe(client: mqtt.Client, *_: object) -> None:
            client.subscribe("#", qos=1)

        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set("monitor", PASSWORD)
        client.on_connect = subscribe
        client.on_subscribe = lambda *_: subscribed.set()
        client.on_message = self._published
        client.connect("127.0.0.1", MQTT)
        client.loop_start()
        assert subscribed.wait(_PATIENCE_S), "Mosquitto takes no subscription"

    def _published(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        title = message.payload.decode().partition("\n")[0].strip()
        self.published.add(message.topic.rpartition("/")[2], title)

    def _write(self, name: str, text: str, **values: object) -> Path:
        path = self._folder / name
        path.write_text(text.format(folder=self._folder, **values))
        return path

    def _run(self, program: str, *arguments: str) -> None:
        with (self._folder / f"{program}.log").open("wb") as log:
            command = [program, *arguments]
            self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _wait(name: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not ready():
        assert time.monotonic() < deadline, f"{name} does not start; see its log"
        time.sleep(0.1)
