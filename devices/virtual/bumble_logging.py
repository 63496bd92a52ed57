"""Bumble without the words of its debug log.

Bumble 0.0.236 puts each packet into coloured words for its debug log, whether or not anybody reads
that: a good third of the time that a virtual session takes. No byte on the air changes here.
"""

import logging

from bumble import controller, host
from bumble.att import ATT_PDU
from bumble.hci import HCI_AclDataPacket, HCI_Command, HCI_Event

_LOG = logging.getLogger("bumble")


def skip_packet_formatting() -> None:
    """Let Bumble call packets by their names only, unless its log is read at DEBUG."""
    if _LOG.isEnabledFor(logging.DEBUG):
        return
    for packet in (HCI_Command, HCI_Event, HCI_AclDataPacket, ATT_PDU):
        packet.__str__ = _name  # type: ignore[method-assign]
    for module in (controller, host):
        vars(module)["color"] = _plain


def _name(packet: object) -> str:
    return type(packet).__name__


def _plain(text: str, _colour: str) -> str:
    return text
