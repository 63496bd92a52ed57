"""Actions of people in a recorded session, in the order of the journal."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.policy.overrides import words
from devices.signals import SIGNALS
from devices.units import quantity
from monitor.entries import EntryKind
from monitor.sessions.recording import Recording

_Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a person.

    Attributes:
        at_ns: time of entry, UTC of the session's clock.
        what: kind of action, such as acknowledged.
        subject: to what; generated text, or a name of the policy or configuration.
        text: typed by the person: a note, description or reason.
        by: name of the person.
        role: of that person, if recorded.
    """

    at_ns: int
    what: str
    subject: str
    text: str
    by: str
    role: str


def read_actions(recording: Recording) -> list[Action]:
    """Return all actions of people.

    Raises:
        JournalError: the file is damaged.
    """
    found: list[tuple[int, Action]] = []
    for kind, words_of in _WORDS.items():
        for entry in recording.entries(kind):
            body = entry.body()
            by = body.get("by")
            if not by:
                continue  # of the monitor itself
            what, subject = words_of(entry.source, body)
            action = Action(
                at_ns=entry.received_ns,
                what=what,
                subject=subject,
                text="; ".join(
                    str(body[key]) for key in ("text", "action", "reason") if body.get(key)
                ),
                by=str(by),
                role=str(body.get("role") or ""),
            )
            found.append((entry.seq, action))
    return [action for _, action in sorted(found, key=lambda each: each[0])]


def _plain(what: str) -> Callable[[str, _Body], tuple[str, str]]:
    return lambda source, _body: (what, source)


def _bare(what: str) -> Callable[[str, _Body], tuple[str, str]]:
    return lambda _source, _body: (what, "")


def _marker(source: str, body: _Body) -> tuple[str, str]:
    amount = body.get("amount")
    given = "" if amount is None else f" {amount:g} {body.get('unit', '')}".rstrip()
    return "marked", f"{source}{given}"


def _values(source: str, body: _Body) -> tuple[str, str]:
    parts = [
        f"{SIGNALS[name].label.lower()} "
        + ("void" if value is None else quantity(float(value), SIGNALS[name].unit))
        for name, value in body["values"].items()
        if name in SIGNALS
    ]
    return ("corrected" if "entry" in body else "measured", ", ".join(parts) or source)


def _adverse_event(source: str, body: _Body) -> tuple[str, str]:
    if body.get("withdrawn"):
        return "withdrew adverse event", source
    return ("changed adverse event" if "event" in body else "reported adverse event"), source


def _review(source: str, body: _Body) -> tuple[str, str]:
    return "judged alarm", f"{source}: {body.get('verdict') or 'verdict withdrawn'}"


def _override(source: str, body: _Body) -> tuple[str, str]:
    return "changed rule", f"{source}: {words(body['changes'])}"


def _pause(_source: str, body: _Body) -> tuple[str, str]:
    return ("paused the sound" if body.get("on", True) else "ended the audio pause"), ""


def _settle(source: str, body: _Body) -> tuple[str, str]:
    return ("confirmed measurement" if body.get("valid") else "rejected measurement"), source


def _duty(_source: str, body: _Body) -> tuple[str, str]:
    # The source is the name of a recipient, who is a person.
    return ("put a person on duty" if body.get("on") else "took a person off duty"), ""


def _command(_source: str, body: _Body) -> tuple[str, str]:
    return "sent command", f"{body.get('command')}: {body.get('outcome')}"


_WORDS: Mapping[str, Callable[[str, _Body], tuple[str, str]]] = {
    EntryKind.START: _bare("started the session"),
    EntryKind.END: _bare("ended the session"),
    EntryKind.SENSOR: _plain("set sensor"),
    EntryKind.MARKER: _marker,
    EntryKind.UNDO: _plain("undid marker"),
    EntryKind.ADVERSE_EVENT: _adverse_event,
    EntryKind.ACKNOWLEDGE: _plain("acknowledged"),
    EntryKind.UNACKNOWLEDGE: _plain("withdrew acknowledgement"),
    EntryKind.RESET: _plain("reset"),
    EntryKind.ALARM_REVIEW: _review,
    EntryKind.PAUSE: _pause,
    EntryKind.REBASELINE: _bare("set a new baseline"),
    EntryKind.POLICY: _plain("activated policy"),
    EntryKind.OVERRIDE: _override,
    EntryKind.VITALS: _values,
    EntryKind.CORRECTION: _values,
    EntryKind.SETTLE: _settle,
    EntryKind.ACCEPT: _plain("accepted call about"),
    EntryKind.DECLINE: _bare("declined a call"),
    EntryKind.HAND_ON: _plain("handed on"),
    EntryKind.TEST_CALL: _bare("started test calls"),
    EntryKind.DUTY: _duty,
    EntryKind.COMMAND: _command,
}


def pseudonyms(actions: list[Action]) -> Iterator[tuple[str, str]]:
    """Yield each name with a pseudonym, in the order of their first actions.

    A role that was recorded with one of the actions is part of the pseudonym.
    """
    roles: dict[str, str] = {}
    for action in actions:
        roles[action.by] = roles.get(action.by) or action.role
    for number, (name, role) in enumerate(roles.items(), 1):
        yield name, f"person {number}" + (f" ({role})" if role else "")
