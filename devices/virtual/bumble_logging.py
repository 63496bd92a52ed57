"""Bumble without the formatting of its debug log.

Bumble 0.0.236 formats and colours each packet for its debug log even if that is disabled: more than
a third of the time of a virtual session. The packets themselves are unchanged.
"""

import logging
from collections.abc import Iterator

from bumble import controller, host
from bumble.att import ATT_PDU
from bumble.hci import HCI_AclDataPacket, HCI_Command, HCI_Event

_LOG = logging.getLogger("bumble")


def skip_packet_formatting() -> None:
    """Make Bumble log only the names of packets, unless its logger is at DEBUG."""
    if _LOG.isEnabledFor(logging.DEBUG):
        return
    for packet in _FORMATTED:
        packet.__str__ = _name  # type: ignore[assignment]
    for module in (controller, host):
        vars(module)["color"] = _plain


def _all_kinds(*kinds: type) -> Iterator[type]:
    for kind in kinds:
        yield kind
        yield from _all_kinds(*kind.__subclasses__())


_FORMATTED = [
    kind
    for kind in _all_kinds(HCI_Command, HCI_Event, HCI_AclDataPacket, ATT_PDU)
    if "__str__" in vars(kind)
]


def _name(packet: object) -> str:
    return type(packet).__name__


def _plain(text: str, _colour: str) -> str:
    return text
