"""All servers of the check: real ones, and scripted ones with one fault each."""

import datetime
import ssl
from collections.abc import Mapping
from pathlib import Path

import trustme

from tests.calls_check.network import HOST
from tests.calls_check.real_servers import MQTT, RealServers
from tests.calls_check.scripted import (
    Answer,
    Arrivals,
    Listener,
    delayed,
    drip,
    full_backlog,
    http,
    refusing,
    silent,
    smtp,
)

WAY_S = 0.06  # to a broker on the internet, one way


class World:
    """The servers and their received messages.

    Attributes:
        arrivals: at scripted servers.
        ports: of the servers by name.
    """

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        issued = authority.issue_cert(HOST, "far.test")
        issued.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))
        issued.private_key_pem.write_to_path(str(folder / "server.key"))
        self.real = RealServers(folder)
        self.real.start()
        self.arrivals = taken = Arrivals()
        past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        certificates: Mapping[str, trustme.LeafCert] = {
            "good": issued,
            "expired": authority.issue_cert(
                HOST, not_before=past, not_after=past + datetime.timedelta(days=90)
            ),
            "unknown": trustme.CA().issue_cert(HOST),
            "other-name": authority.issue_cert("other.test"),
        }
        plain: Mapping[str, Answer] = {
            "webhook": http(taken),
            "silent": silent,
            "drip": drip,
            "http-3": http(taken, after_s=3.0),
            "http-20": http(taken, after_s=20.0),
            "http-429": http(taken, "429 Too Many Requests", "Retry-After: 30\r\n"),
            "http-500": http(taken, "500 Internal Server Error"),
            "http-302": http(taken, "302 Found", "Location: /elsewhere\r\n"),
            "smtp-slow": smtp(taken, line_s=6.0),
            "smtp-late": smtp(taken, end_s=25.0),
            "smtp-421": smtp(taken, {"connect": "421 4.3.2 too busy"}),
            "smtp-450": smtp(taken, {"RCPT": "450 4.2.0 Greylisted"}),
            "smtp-550": smtp(taken, {"RCPT": "550 5.1.1 unknown user"}),
            "smtp-535": smtp(
                taken, {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 wrong"}
            ),
            "mqtt-far": delayed(MQTT, WAY_S),
            "dropped-http": http(taken),
            "dropped-smtp": smtp(taken),
            "dropped-mqtt": delayed(MQTT, 0.0),
        }
        self.ports = {"refused": refusing(), "full": full_backlog()}
        for name, answer in plain.items():
            self.ports[name] = Listener(answer).port
        for name, certificate in certificates.items():
            self.ports[f"https-{name}"] = Listener(http(taken), _server_side(certificate)).port

    def arrived(self, recipient: str) -> list[str]:
        """Return the titles of all messages to a recipient that a server has taken."""
        return [
            *(title for _, title in self.arrivals.of(recipient)),
            *(title for _, title in self.real.published.of(recipient)),
            *self.real.mails(recipient),
        ]


def _server_side(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
