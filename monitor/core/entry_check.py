"""Check that an entry can be read: its body has the right form, its sensor is known. Pure.

Live entries are checked before they are written, but a journal may come from elsewhere, or from a
version with a bug. An entry that cannot be read is reported as a fault, and monitoring continues.
"""

import json
from collections.abc import Container, Mapping
from types import NoneType
from typing import Any

from alerts.alarm_review_fact import Verdict
from alerts.call_fact import CallStep
from alerts.duty import DutySource
from devices.decoders import KINDS
from devices.signals import SIGNALS
from monitor.core.adverse_events import SEVERITIES
from monitor.core.standstill import PROCESS
from monitor.entries import Entry, EntryKind
from monitor.facts import Relation

_Types = type | tuple[type, ...]
_TEXT_OR_NONE = (str, NoneType)
_INT_OR_NONE = (int, NoneType)
_NAMED: Mapping[str, _Types] = {"by": str}
_REASONED: Mapping[str, _Types] = {"by": str, "reason": str}

_OF_SENSORS = frozenset({EntryKind.PACKET, EntryKind.LINK})
# Required keys of each body; a key whose types include None may be missing.
_BODIES: Mapping[str, Mapping[str, _Types]] = {
    EntryKind.RUN: {"offset_ns": _INT_OR_NONE, "since_ns": _INT_OR_NONE, "calls": (dict, NoneType)},
    EntryKind.CLOCK: {"offset_ns": int},
    EntryKind.STANDSTILL: {
        "since_ns": _INT_OR_NONE,
        "until_ns": _INT_OR_NONE,
        "over": (bool, NoneType),
    },
    EntryKind.START: {**_REASONED, "checklist": list},
    EntryKind.END: {"reason": str, "by": _TEXT_OR_NONE, "open": (list, NoneType)},
    EntryKind.SENSOR: {**_REASONED, "kind": str, "address": _TEXT_OR_NONE, "name": _TEXT_OR_NONE},
    EntryKind.LINK: {"state": str, "reason": str, "rssi": _INT_OR_NONE},
    EntryKind.FAULT: {"on": bool, "reason": str},
    EntryKind.MARKER: {
        **_NAMED,
        "text": str,
        "at_ns": _INT_OR_NONE,
        "amount": (int, float, NoneType),
        "unit": _TEXT_OR_NONE,
        "missing": (list, NoneType),
        "reason": _TEXT_OR_NONE,
    },
    EntryKind.UNDO: {**_REASONED, "at_ns": int},
    EntryKind.ADVERSE_EVENT: {
        **_NAMED,
        "severity": int,
        "started_ns": int,
        "ended_ns": _INT_OR_NONE,
        "relation": str,
        "action": str,
        "text": str,
        "event": _INT_OR_NONE,
        "reason": _TEXT_OR_NONE,
        "withdrawn": (bool, NoneType),
    },
    EntryKind.ACKNOWLEDGE: _NAMED,
    EntryKind.UNACKNOWLEDGE: _REASONED,
    EntryKind.RESET: _NAMED,
    EntryKind.ALARM_REVIEW: {**_NAMED, "raised_ns": int, "verdict": _TEXT_OR_NONE},
    EntryKind.REBASELINE: _NAMED,
    EntryKind.POLICY: {**_REASONED, "text": str},
    EntryKind.OVERRIDE: {**_REASONED, "changes": dict},
    EntryKind.VITALS: {**_NAMED, "values": dict, "at_ns": _INT_OR_NONE},
    EntryKind.CORRECTION: {**_REASONED, "entry": int, "values": dict},
    EntryKind.SETTLE: {**_NAMED, "at_ns": int, "valid": bool},
    EntryKind.CALL: {
        "channel": _TEXT_OR_NONE,
        "outcome": str,
        "reason": str,
        "left": int,
        "transient": (bool, NoneType),
        "retry_after_s": (int, float, NoneType),
    },
    EntryKind.ACCEPT: {
        **_NAMED,
        "raised_ns": _INT_OR_NONE,
        "call": int,
        "arrives_ns": _INT_OR_NONE,
    },
    EntryKind.DECLINE: {**_NAMED, "recipient": str},
    EntryKind.HAND_ON: {**_NAMED, "to": str},
    EntryKind.DUTY: {
        **_NAMED,
        "on": bool,
        "until_ns": _INT_OR_NONE,
        "via": _TEXT_OR_NONE,
    },
    EntryKind.COMMAND: {"id": str},
    EntryKind.GATEWAY: {"epoch": str, "offset_ns": _INT_OR_NONE},
    EntryKind.HEAD: {"entries": int, "until_ns": int, "hash": str, "signature": str},
}


def unreadable(entry: Entry, sensors: Container[str]) -> str | None:
    """Return the reason why an entry cannot be read, or None.

    Args:
        entry: not the first.
        sensors: labels of the session.

    >>> link = Entry(seq=2, received_ns=1, kind="link", source="ghost", payload=b"{}")
    >>> unreadable(link, ["strap"])
    "it is about sensor 'ghost', which this session does not have"
    >>> unreadable(link, ["ghost"])
    "its 'state' is missing or of the wrong kind"
    """
    if entry.kind in _OF_SENSORS and (label := entry.source.partition("/")[0]) not in sensors:
        return f"it is about sensor '{label}', which this session does not have"
    wanted = _BODIES.get(entry.kind)
    if wanted is None:
        return None
    try:
        body: Any = json.loads(entry.payload)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return "its body is not a JSON object"
    for key, types in wanted.items():
        if not isinstance(body.get(key), types):
            return f"its '{key}' is missing or of the wrong kind"
    return _nonsense(entry, body)


def _nonsense(entry: Entry, body: Mapping[str, Any]) -> str | None:
    """Return the mistake in the values of a body of the right form, or None."""
    match entry.kind:
        case EntryKind.STANDSTILL if body.get("over") is None:
            wanted = ("since_ns",) if entry.source == PROCESS else ("since_ns", "until_ns")
            missing = [key for key in wanted if body.get(key) is None]
            return f"its '{missing[0]}' is missing or of the wrong kind" if missing else None
        case EntryKind.END if (body.get("by") is None) != (body.get("open") is None):
            return "it has only one of 'by' and 'open'"
        case EntryKind.SENSOR if body["kind"] not in KINDS:
            return f"its sensor kind '{body['kind']}' is unknown"
        case EntryKind.VITALS | EntryKind.CORRECTION:
            voids = (NoneType,) if entry.kind == EntryKind.CORRECTION else ()
            for name, value in body["values"].items():
                if name not in SIGNALS:
                    return f"its signal '{name}' is unknown"
                if isinstance(value, bool) or not isinstance(value, (int, float, *voids)):
                    return f"its '{name}' is not a number"
            return None
        case EntryKind.ADVERSE_EVENT if body["severity"] not in SEVERITIES or body[
            "relation"
        ] not in [*Relation]:
            return "its severity or relation is unknown"
        case EntryKind.CALL if not entry.source.isdecimal() or body["outcome"] not in [*CallStep]:
            return "its call or outcome is unknown"
        case EntryKind.DUTY if body.get("via") not in (None, *DutySource):
            return "its origin is unknown"
        case EntryKind.DECLINE if not entry.source.isdecimal():
            return "its call is unknown"
        case _:
            verdicts = (None, *Verdict)
            return None if body.get("verdict") in verdicts else "its verdict is unknown"
