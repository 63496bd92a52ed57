"""The fault matrix: one recipient for each fault, all called about the same alarm."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.calls_check.network import FAR_HOST, HOST, SILENT, UNKNOWN
from tests.calls_check.real_servers import MQTT, MQTTS, PASSWORD, SMTPS, SUBMISSION
from tests.calls_check.session import History
from tests.calls_check.world import World

_LATE_S = 1.5  # of a busy machine
STEP_S, ATTEMPT_S = 15.0, 20.0  # the limits that docs/calls.md promises
REFUSED = "the connection was refused"
NO_ANSWER = "it did not answer in time"
TOO_LONG = "it did not answer within 20 s"
NO_LOGIN = "it refused the login"
NO_NAME = "the host name of its server is unknown"
NO_TRUST = "its certificate is not trusted"
NO_ROUTE = "there is no network route to its server"


@dataclass(frozen=True)
class Fault:
    """A row of the matrix.

    Attributes:
        name: of the recipient.
        what: goes wrong, or does not.
        url: of the channel.
        told_s: time of the outcome after the call; a pair if it varies.
        reason: of the failure; empty if the message is to be delivered.
        arrives: whether a server takes the message; None if it does not matter.
    """

    name: str
    what: str
    url: str
    told_s: float | tuple[float, float]
    reason: str = ""
    arrives: bool | None = False

    @property
    def expected(self) -> str:
        least, most = self._range
        when = f"{least:g} s" if least == most else f"{least:g} to {most:g} s"
        how = f"failed: {self.reason}" if self.reason else "delivered"
        return f"{when}, {how}{', yet arrived' if self.reason and self.arrives else ''}"

    @property
    def _range(self) -> tuple[float, float]:
        return self.told_s if isinstance(self.told_s, tuple) else (self.told_s, self.told_s)

    def in_time(self, told_s: float) -> bool:
        least, most = self._range
        return least - 0.3 <= told_s <= most + _LATE_S


def faults(world: World) -> list[Fault]:
    """Return the rows, with the real successes last."""
    port = world.ports

    def hook(name: str, at: str, host: str = HOST, kind: str = "json") -> str:
        return f"{kind}://{host}:{port[at]}/{name}"

    def mail(name: str, at: str, login: str = "") -> str:
        return f"mailto://{login}{HOST}:{port[at]}?from=monitor@clinic.test&to={name}@clinic.test"

    def real_mail(name: str, password: str, at: int, mode: str) -> str:
        return (
            f"mailtos://monitor:{password}@{HOST}:{at}?mode={mode}&smtp={HOST}"
            f"&from=monitor@clinic.test&to={name}@clinic.test"
        )

    def mqtt(name: str, password: str, at: int, kind: str = "mqtt") -> str:
        return f"{kind}://monitor:{password}@{HOST}:{at}/clinic/{name}"

    return [
        Fault("refused", "refused", hook("refused", "refused"), 0, REFUSED),
        Fault("silent-http", "accepts, silent (HTTP)", hook("x", "silent"), STEP_S, NO_ANSWER),
        Fault("silent-smtp", "the same, SMTP", mail("x", "silent"), STEP_S, NO_ANSWER),
        Fault(
            "silent-mqtt",
            "the same, MQTT",
            mqtt("x", PASSWORD, port["silent"]),
            STEP_S,
            "it did not confirm the message in time",
        ),
        Fault("drip", "answers a line each 2 s", hook("x", "drip"), ATTEMPT_S, TOO_LONG),
        Fault("http-3", "HTTP slow, 3 s", hook("http-3", "http-3"), 3, arrives=True),
        Fault("http-20", "HTTP slow, 20 s", hook("http-20", "http-20"), STEP_S, NO_ANSWER, True),
        Fault("smtp-slow", "SMTP slow, 6 s a line", mail("x", "smtp-slow"), ATTEMPT_S, TOO_LONG),
        Fault(
            "smtp-late",
            "SMTP takes the mail, answers after 25 s",
            mail("smtp-late", "smtp-late"),
            STEP_S,
            NO_ANSWER,
            arrives=True,
        ),
        Fault("drop-http", "DROP, HTTP", hook("x", "dropped-http"), STEP_S, NO_ANSWER),
        Fault("drop-smtp", "DROP, SMTP", mail("x", "dropped-smtp"), STEP_S, NO_ANSWER),
        Fault(
            "drop-mqtt",
            "DROP, MQTT",
            mqtt("x", PASSWORD, port["dropped-mqtt"]),
            STEP_S,
            NO_ANSWER,
        ),
        Fault("full", "backlog full", hook("x", "full"), STEP_S, NO_ANSWER),
        Fault("no-name", "NXDOMAIN", hook("x", "webhook", UNKNOWN), 0, NO_NAME),
        Fault("no-resolver", "resolver silent", hook("x", "webhook", SILENT), (10, 20), NO_NAME),
        *(
            Fault(
                f"tls-{name}",
                f"certificate: {what}",
                hook("x", f"https-{name}", kind="jsons"),
                0,
                NO_TRUST,
            )
            for name, what in (
                ("expired", "expired"),
                ("unknown", "of an unknown authority"),
                ("other-name", "of another name"),
            )
        ),
        Fault(
            "smtp-421",
            "SMTP 421",
            mail("x", "smtp-421"),
            0,
            "it does not take the message now (421)",
        ),
        Fault(
            "smtp-450",
            "SMTP 450",
            mail("x", "smtp-450"),
            0,
            "it does not take the message now (450)",
        ),
        Fault("smtp-550", "SMTP 550", mail("x", "smtp-550"), 0, "it refused the message (550)"),
        Fault(
            "smtp-535",
            "SMTP 535",
            mail("x", "smtp-535", "monitor:wrong@"),
            0,
            f"{NO_LOGIN} (535)",
        ),
        Fault(
            "postfix-wrong",
            "Postfix, wrong password",
            real_mail("x", "wrong", SUBMISSION, "starttls"),
            (0, 10),  # Dovecot delays the answer
            f"{NO_LOGIN} (535)",
        ),
        Fault(
            "http-429",
            "HTTP 429 with Retry-After",
            hook("http-429", "http-429"),
            0,
            "it received too many requests (status 429)",
            arrives=None,
        ),
        Fault(
            "http-500",
            "HTTP 500",
            hook("http-500", "http-500"),
            0,
            "it answered with status 500",
            arrives=None,
        ),
        Fault(
            "http-302",
            "HTTP 302",
            hook("http-302", "http-302"),
            0,
            "it answered with status 302",
            arrives=None,
        ),
        Fault(
            "cable-out",
            "cable out",
            hook("cable-out", "webhook", FAR_HOST),
            (0, 3.2),
            NO_ROUTE,
            arrives=None,  # when the cable is back
        ),
        Fault("mqtt-wrong", "MQTT, wrong password", mqtt("x", "wrong", MQTT), 0, NO_LOGIN),
        Fault(
            "mqtt-far-wrong",
            "the same, 120 ms away",
            mqtt("x", "wrong", port["mqtt-far"]),
            0.3,
            NO_LOGIN,
        ),
        *(
            Fault(name, what, url, 0, arrives=True)
            for name, what, url in (
                (
                    "postfix-587",
                    "none: Postfix, 587 with STARTTLS and login",
                    real_mail("postfix-587", PASSWORD, SUBMISSION, "starttls"),
                ),
                (
                    "postfix-465",
                    "none: Postfix, 465 with TLS and login",
                    real_mail("postfix-465", PASSWORD, SMTPS, "ssl"),
                ),
                ("mqtt", "none: Mosquitto, 1883", mqtt("mqtt", PASSWORD, MQTT)),
                ("mqtts", "none: Mosquitto, 8883", mqtt("mqtts", PASSWORD, MQTTS, "mqtts")),
                (
                    "mqtt-far",
                    "none: Mosquitto, 120 ms away",
                    mqtt("mqtt-far", PASSWORD, port["mqtt-far"]),
                ),
                ("webhook", "none: webhook", hook("webhook", "webhook")),
                (
                    "webhooks",
                    "none: webhook with TLS",
                    hook("webhooks", "https-good", kind="jsons"),
                ),
            )
        ),
    ]


DROPPED = ("dropped-http", "dropped-smtp", "dropped-mqtt")


def rows(
    matrix: Sequence[Fault], history: History, tested: Mapping[str, tuple[bool, str]], world: World
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the cells of each row, with what differs from the expectation.

    Args:
        matrix: the faults.
        history: of the session.
        tested: outcomes of `physiomon call-test`: whether delivered, and the reason, by recipient.
        world: with what has arrived.
    """
    for fault in matrix:
        ordered = history.of(fault.name, "ordered")
        end = history.outcome(ordered[0].call) if ordered else None
        if end is None:
            yield [fault.what, "", "no outcome", "", fault.expected], ["no outcome"]
            continue
        told_s = (end.at_ns - ordered[0].at_ns) / 1e9
        reason = str(end.body["reason"])
        titles = [each for each in world.arrived(fault.name) if not each.startswith("TEST")]
        arrived = bool(titles)
        wrong = []
        if not fault.in_time(told_s):
            wrong.append("time")
        if reason != fault.reason or (end.name == "delivered") != (not fault.reason):
            wrong.append("outcome")
        if fault.arrives not in (None, arrived):
            wrong.append("arrival")
        if len(titles) < len(history.of(fault.name, "delivered")):
            wrong.append("false delivery")
        if tested.get(fault.name) != (not fault.reason, fault.reason):
            wrong.append(f"call-test: {tested.get(fault.name)}")
        yet = arrived and end.name == "failed" and fault.arrives is not None
        outcome = end.name + (", yet arrived" if yet else "")
        yield [fault.what, f"{told_s:.1f}", outcome, reason, fault.expected], wrong


def tested_by_command(printed: str) -> dict[str, tuple[bool, str]]:
    """Return the outcomes that `physiomon call-test --json` has printed, by recipient."""
    return {each["recipient"]: (each["delivered"], each["reason"]) for each in json.loads(printed)}
