"""Connections without encryption to other computers, which require consent."""

from typing import Annotated
from urllib.parse import urlsplit

from alerts.loopback import loopback
from monitor.config.section import about

PlainText = Annotated[
    bool,
    about("Allow a connection to another computer without encryption.", example=True),
]


def refuse_plain_text(url: str, key: str, what: str) -> None:
    """Refuse an address without encryption, unless it is of this computer.

    Args:
        url: the address.
        key: that contains it.
        what: is sent to it.

    Raises:
        ValueError: names the key, and both remedies; never the address, which may be a secret.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not loopback(parts.hostname or ""):
        raise ValueError(sentence(key, what, "use https://"))


def sentence(key: str, what: str, remedy: str) -> str:
    """Return why a connection without encryption is refused, and both remedies."""
    return (
        f"'{key}' would send {what} to another computer without encryption; {remedy}, or set "
        "plain_text = true if nobody else can listen"
    )
