"""Every message on the broker, as a model that is checked where it comes in.

The JSON schemas in `deploy/mqtt/schemas` are made of these models: `python -m
monitor.mqtt.messages FOLDER` writes them, and a test holds the files against them.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
# Nanoseconds, in UTC: a JSON number of that size would be rounded in many languages.
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")]
Person = Annotated[str, Field(pattern=r"^person-[0-9a-f]{8}$", description="a pseudonym")]
Ns = Annotated[int, Field(ge=0, lt=2**63)]
Epoch = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Message(BaseModel):
    """A JSON object without keys that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReadingMessage(Message):
    """A value as it was measured; only the newest are sent, and none twice."""

    at: Time
    value: float | None
    unit: str
    quality: Annotated[int, Field(ge=0, le=7, description="0 is good; see docs/journal.md")]


class WaitMessage(Message):
    """Rules of a channel that do not judge yet; `until` is null where people end that."""

    what: Literal["first value", "settling", "baseline"]
    until: Time | None


class ChannelMessage(Message):
    """Whether a channel is judged, told whenever that changes. No bytes: the session has ended."""

    at: Time
    state: Annotated[
        Literal["judged", "not judged", "waiting", "unwatched", "stale"],
        Field(description="waiting: judged, but some rules wait; unwatched: no rule looks at it"),
    ]
    since: Annotated[Time | None, Field(description="since when it is not judged")]
    reason: Annotated[str, Field(description="why not, or why its values are in doubt")]
    heard: Annotated[
        float | None, Field(description="share of the last 5 minutes, while its link is unstable")
    ]
    waits: list[WaitMessage]


class AlarmMessage(Message):
    """An alarm that people must see, and what happened to it last. No bytes: it is over.

    Attributes:
        head: rule of the alarm about the same matter that it is inside; empty: see to this one.
        extreme: the furthest value since it was raised.
    """

    seq: Annotated[int, Field(ge=1, description="grows with each step; a lower one is older")]
    at: Time
    rule: Code
    subject: str
    kind: Literal["physiological", "technical"]
    priority: Literal["info", "low", "medium", "high"]
    step: Literal[
        "raised",
        "acknowledged",
        "unacknowledged",
        "latched",
        "reset",
        "suspended",
        "resumed",
        "reminder",
        "covered",
        "uncovered",
    ]
    state: Literal["active", "acknowledged", "latched"]
    suspended: bool
    head: str
    message: str
    value: float | None
    limit: float | None
    extreme: float | None
    by: Person | None
    announced: Annotated[
        Time | None, Field(description="when people could first be told, if later than `at`")
    ] = None


class MarkerMessage(Message):
    """A moment that somebody marked, or took back; what they wrote stays in the journal."""

    seq: Annotated[int, Field(ge=1)]
    at: Time
    marker: Literal["dose", "supplement", "phase", "note", "rating"]
    rating: float | None
    amount: Annotated[float | None, Field(description="of a dose or supplement, in `unit`")]
    unit: Annotated[str, Field(description="UCUM code of the amount")]
    by: Person
    undone: Annotated[bool, Field(description="the marker of this time does not count")] = False


class StatusMessage(Message):
    """Whether the service is there; the broker itself says ``offline`` when it vanishes."""

    state: Literal["online", "offline", "ended"]
    run: Annotated[str, Field(description="other each time the service connects")]
    version: str


class CommandMessage(Message):
    """What somebody asks for.

    Attributes:
        id: never used before by this user.
        kind: what to do.
        alarm: which one, as ``rule@subject``; for acknowledge, unacknowledge and reset.
        marker: its kind; for marker.
        text: of the marker, or why an acknowledgement is taken back.
        at_ns: when what is marked has happened, in UTC nanoseconds; None: now.
        amount: of a dose or supplement, in `unit`.
        unit: UCUM code of the amount: ug, mg, g or mL.
        by: name or initials of the person, journaled beside the user.
        sent_ns: UTC nanoseconds when it was sent.
    """

    id: Code
    kind: Literal["acknowledge", "unacknowledge", "reset", "marker", "pause"]
    alarm: Annotated[str, Field(max_length=200)] | None = None
    marker: Annotated[str, Field(max_length=20)] | None = None
    text: Annotated[str, Field(max_length=500)] = ""
    at_ns: Ns | None = None
    amount: Annotated[float, Field(gt=0, le=100_000)] | None = None
    unit: Literal["ug", "mg", "g", "mL"] = "mg"
    by: Annotated[str, Field(min_length=1, max_length=40)]
    sent_ns: Ns


class AnswerMessage(Message):
    """What became of a command; `id` is None where it could not be read."""

    id: str | None
    outcome: Literal["accepted", "refused"]
    reason: str


class RelayedEntry(Message):
    """What a gateway took: a packet, or a change of a link.

    Attributes:
        at_ns: by the clock of the gateway; strictly increases within an epoch.
        payload: bytes of a packet in hex.
        state: of the link.
        stood_since_ns: the gateway stood still since then, and nobody knows when this came to it.
    """

    at_ns: Ns
    sensor: Code
    characteristic: Annotated[str, Field(pattern=r"^([0-9A-F]{4}|[0-9a-f-]{36})$")] | None = None
    payload: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){0,512}$")] = ""
    state: Literal["searching", "failed", "connected", "silent", "lost", "waiting"] | None = None
    rssi: Annotated[int, Field(ge=-128, le=127)] | None = None
    stood_since_ns: Ns | None = None


class PacketsMessage(Message):
    """What a gateway has, in order, as far as it goes into one message; it may be nothing.

    Attributes:
        epoch: one run of the gateway; its clock may differ from that of the run before.
        before: the runs before it in the same spool, the latest first, a few of them.
        after_ns: time of the entry before the first of these, 0 at the beginning of an epoch.
        left: how many entries of the spool wait behind these, about.
        sent_ns: when this was sent, by the clock of the gateway's present run.
        offset_ns: what is to be added to the times of this epoch, if the gateway knows.
        delay_ns: how long the exchange took of which the offset was estimated: its error is less.
    """

    epoch: Epoch
    before: Annotated[list[Epoch], Field(max_length=8)] = []
    after_ns: Ns
    entries: Annotated[list[RelayedEntry], Field(max_length=200)]
    left: Annotated[int, Field(ge=0)]
    sent_ns: Ns
    offset_ns: Annotated[int, Field(gt=-(2**63), lt=2**63)] | None = None
    delay_ns: Ns | None = None


class ReceiptMessage(Message):
    """What the centre has journaled of an epoch; the gateway goes on behind it.

    Attributes:
        through_ns: time of the last entry, 0 for none.
        sent_ns: as in the message that this answers.
        received_ns: when that came, by the clock of the centre.
        answered_ns: when this was sent, likewise.
    """

    epoch: str
    through_ns: Ns
    sent_ns: Ns
    received_ns: Ns
    answered_ns: Ns


SCHEMAS: dict[str, type[Message]] = {
    "reading": ReadingMessage,
    "channel": ChannelMessage,
    "alarm": AlarmMessage,
    "marker": MarkerMessage,
    "status": StatusMessage,
    "command": CommandMessage,
    "answer": AnswerMessage,
    "packets": PacketsMessage,
    "receipt": ReceiptMessage,
}


def schema_text(name: str) -> str:
    """Return a message's JSON schema as its file holds it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SCHEMAS[name].model_json_schema(),
    }
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for each in SCHEMAS:
        (folder / f"{each}.json").write_text(schema_text(each))
