"""Gotify messages with a priority and a link to open; apprise only reads the address."""

import http.client
import json
import ssl
from urllib.parse import urlsplit

from apprise.plugins.gotify import NotifyGotify

from alerts.failure_reasons import Failure, failure_of, http_failure
from alerts.notification_text import Message, Urgency

# Priorities of Gotify's app for Android: from 8 on it sounds and shows up, below 4 it is silent.
_PRIORITY = {
    Urgency.HIGH: 10,
    Urgency.MEDIUM: 8,
    Urgency.LOW: 5,
    Urgency.QUIET: 2,
    Urgency.TEST: 5,
}


def send_gotify(
    service: NotifyGotify, message: Message, *, trust: ssl.SSLContext, timeout_s: float
) -> Failure | None:
    """Send a message; return None if the server took it.

    Args:
        service: the channel's address as apprise has parsed it.
        message: to send.
        trust: certificates that are trusted.
        timeout_s: of each step of the connection.
    """
    connection = (
        http.client.HTTPSConnection(
            service.host, service.port or None, timeout=timeout_s, context=trust
        )
        if service.secure
        else http.client.HTTPConnection(service.host, service.port or None, timeout=timeout_s)
    )
    headers = {"Content-Type": "application/json", "X-Gotify-Key": str(service.token)}
    try:
        connection.request(
            "POST",
            urlsplit(f"{service.fullpath}message").path,
            json.dumps(_payload(message)).encode(),
            headers,
        )
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return failure_of([str(error) or type(error).__name__])
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.OK:
        return None
    return http_failure(str(answer.status), answer.headers.get("Retry-After"))


def _payload(message: Message) -> dict[str, object]:
    payload: dict[str, object] = {
        "title": message.title,
        "message": message.body,
        "priority": _PRIORITY[message.urgency],
    }
    if message.link is not None:
        payload["extras"] = {"client::notification": {"click": {"url": message.link}}}
    return payload
