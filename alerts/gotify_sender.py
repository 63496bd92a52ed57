"""Gotify messages with a priority and a link to open; apprise only reads the address."""

import http.client
import json
import ssl
from base64 import b64encode
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

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
    connection = _connection(service, trust, timeout_s)
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


def _connection(
    service: NotifyGotify, trust: ssl.SSLContext, timeout_s: float
) -> http.client.HTTPConnection:
    """Return a connection, through the proxy of the environment as with apprise's own kinds."""
    host, port = service.host, service.port or None
    if not service.secure:
        return http.client.HTTPConnection(host, port, timeout=timeout_s)
    proxy = "" if proxy_bypass(host) else getproxies().get("https", "")
    if not proxy:
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=trust)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=timeout_s, context=trust
    )
    login = {}
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        login["Proxy-Authorization"] = f"Basic {b64encode(secret.encode()).decode()}"
    connection.set_tunnel(host, port, login)
    return connection


def _payload(message: Message) -> dict[str, object]:
    payload: dict[str, object] = {
        "title": message.title,
        "message": message.body,
        "priority": _PRIORITY[message.urgency],
    }
    if message.link is not None:
        payload["extras"] = {"client::notification": {"click": {"url": message.link}}}
    return payload
