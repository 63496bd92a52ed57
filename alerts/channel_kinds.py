"""Kinds of notification channels: which confirm a message, and how each shows its urgency."""

from typing import Any

from alerts.notification_text import Message, Urgency

MQTT = frozenset({"mqtt", "mqtts"})
NTFY = frozenset({"ntfy", "ntfys"})
MATRIX = frozenset({"matrix", "matrixs"})
# These only send: nothing answers, or an answer does not mean that a person is notified.
SENDS_ONLY = frozenset(
    {
        *("syslog", "rsyslog"),
        *("json", "jsons", "xml", "xmls", "form", "forms"),
        *("dbus", "glib", "gnome", "kde", "macosx", "qt", "windows", "blink1"),
    }
)
_REFUSED = {
    "xmpp": "apprise reports a message as delivered although the server has refused the login",
}
_REFUSED["xmpps"] = _REFUSED["xmpp"]

_NTFY_PRIORITY = {
    Urgency.HIGH: "max",
    Urgency.MEDIUM: "high",
    Urgency.LOW: "default",
    Urgency.QUIET: "low",
    Urgency.TEST: "default",
}
_NTFY_TAGS = {
    Urgency.HIGH: "rotating_light",
    Urgency.MEDIUM: "warning",
    Urgency.LOW: "information_source",
    Urgency.QUIET: "white_check_mark",
    Urgency.TEST: "test_tube",
}


def refusal(kind: str, address: dict[str, Any]) -> str | None:
    """Return why an address cannot be used; None if it can.

    Args:
        kind: scheme of the address.
        address: as apprise has parsed it.
    """
    if kind in _REFUSED:
        return f"kind '{kind}' is not supported: {_REFUSED[kind]}; use another service"
    if kind in MQTT and str(address.get("qos", "1")) == "0":
        return (
            f"qos=0 in the address of a channel of kind '{kind}' is not supported: the broker does "
            "not confirm such messages; remove it"
        )
    return None


def with_urgency(kind: str, address: dict[str, Any], message: Message | None) -> dict[str, Any]:
    """Return a parsed address with what a message needs; None as message only checks it."""
    address = {**address, "include_image": False}  # an icon would be fetched from elsewhere
    if kind in MQTT:
        address["qos"] = 1  # at 0 "delivered" means written to a socket, even before the login
    if message is None or kind not in NTFY:
        return address
    address["priority"] = _NTFY_PRIORITY[message.urgency]
    address["xtags"] = _NTFY_TAGS[message.urgency]
    if message.link is not None:
        address["click"] = message.link
    return address


def title_and_body(kind: str, message: Message) -> tuple[str, str]:
    """Return title and body for a kind: Matrix shows a title as a heading with '#'."""
    if kind in MATRIX:
        return "", f"{message.title}\n\n{message.body}"
    return message.title, message.body
