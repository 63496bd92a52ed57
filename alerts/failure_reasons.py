"""Reasons for failed notifications: sentences without addresses, and whether a retry may help."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """Reason a channel did not take a message.

    Attributes:
        reason: a sentence without addresses or secrets.
        transient: the cause may pass, so that another attempt can succeed.
        retry_after_s: time that the service asked to wait, or None.
    """

    reason: str
    transient: bool
    retry_after_s: float | None = None


NO_ANSWER = Failure("it did not answer in time", transient=True)
NO_LOGIN = "it refused the login"

# Lines of apprise with the message, the address or an answer: anything can stand in them.
_QUOTES = ("Payload", " URL: ", "Response Details", "Headers")
# SMTP codes as smtplib shows them, such as (450, b'4.2.0 Greylisted').
_SMTP = re.compile(r"\((\d{3}), b['\"]")
# HTTP status; ntfy appends two digits (42901).
_STATUS = re.compile(r"\berror=(\d{3})\d{0,2}\b")
_SMTP_LOGIN = {"530", "534", "535", "538"}  # RFC 4954, section 6
_LOGIN = {"401", "403", "407"}
# Status that a retry may change: timeout, too early, too many requests. RFC 9110, 6585, 8470.
_TRANSIENT = {"408", "421", "425", "429"}
# Errors of apprise, sockets and paho-mqtt, in lower case.
_SIGNS = (
    ("tunnel connection failed", "the proxy of this computer does not connect to it", True),
    ("to proxy", "the proxy of this computer cannot be reached", True),
    ("auth extension not supported", "it offers no login without encryption; use mailtos", False),
    ("authentication", NO_LOGIN, False),
    ("not authorized", NO_LOGIN, False),
    ("bad user name or password", NO_LOGIN, False),
    ("certificate verify failed", "its certificate is not trusted", False),
    ("certificateerror", "its certificate is not trusted", False),
    ("hostname mismatch", "its certificate is not trusted", False),
    ("connection refused", "the connection was refused", True),
    ("no route to host", "there is no network route to its server", True),
    ("unreachable", "there is no network route to its server", True),
    ("timed out", NO_ANSWER.reason, True),
    ("timeout", NO_ANSWER.reason, True),
    ("name or service not known", "the host name of its server is unknown", True),
    ("name resolution", "the host name of its server is unknown", True),
    ("nodename nor servname", "the host name of its server is unknown", True),
    ("server unavailable", "its server is not available", True),
    ("mqtt message could not be delivered", "it did not confirm the message in time", True),
    ("reset by peer", "the connection broke", True),
    ("closed", "the connection broke", True),
    ("aborted", "the connection broke", True),
    ("broken pipe", "the connection broke", True),
    ("eof occurred", "the connection broke", True),
)


def failure_of(said: Sequence[str]) -> Failure:
    """Return the reason of a failed attempt.

    Args:
        said: what apprise logged, or the text of an exception.

    >>> failure_of(["Failed to send JSON POST notification: error=503."])
    Failure(reason='it answered with status 503', transient=True, retry_after_s=None)
    >>> failure_of(["Failed to send ntfy notification to topic 'x': error=42901."]).reason
    'it received too many requests (status 429)'
    >>> failure_of(["Socket Exception: [Errno 111] Connection refused"])
    Failure(reason='the connection was refused', transient=True, retry_after_s=None)
    >>> failure_of(["(550, b'5.1.1 unknown user')"])
    Failure(reason='it refused the message (550)', transient=False, retry_after_s=None)
    >>> failure_of(["Sending to secret.example failed"])
    Failure(reason='it did not take the message', transient=True, retry_after_s=None)
    """
    text = "\n".join(line for line in said if not any(quote in line for quote in _QUOTES))
    if (code := _SMTP.search(text)) is not None:
        return smtp_failure(code[1])
    if (status := _STATUS.search(text)) is not None:
        return http_failure(status[1])
    lower = text.lower()
    for sign, reason, transient in _SIGNS:
        if sign in lower:
            return Failure(reason, transient)
    return Failure("it did not take the message", transient=True)


def smtp_failure(code: str) -> Failure:
    """Return the failure that an SMTP reply code means.

    >>> smtp_failure("450").transient, smtp_failure("535").reason
    (True, 'it refused the login (535)')
    """
    if code in _SMTP_LOGIN:
        return Failure(f"{NO_LOGIN} ({code})", transient=False)
    if code.startswith("4"):
        return Failure(f"it does not take the message now ({code})", transient=True)
    return Failure(f"it refused the message ({code})", transient=False)


def http_failure(status: str, retry_after: str | None = None) -> Failure:
    """Return the failure that an HTTP status means.

    Args:
        status: three digits.
        retry_after: the header of that name; a date in it is ignored.

    >>> http_failure("429", "30").reason, http_failure("429", "30").retry_after_s
    ('it received too many requests (status 429)', 30.0)
    """
    if status in _LOGIN:
        return Failure(f"{NO_LOGIN} (status {status})", transient=False)
    transient = status in _TRANSIENT or status.startswith("5")
    if status == "413":
        return Failure("the message is too long for it (status 413)", transient)
    wait_s = float(retry_after) if retry_after and retry_after.isdecimal() else None
    if status == "429":
        return Failure("it received too many requests (status 429)", transient, wait_s)
    return Failure(f"it answered with status {status}", transient, wait_s)
