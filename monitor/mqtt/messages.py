"""Models of all MQTT messages; incoming messages are validated with them.

The JSON schemas in `deploy/mqtt/schemas` are generated from these models: `python -m
monitor.mqtt.messages FOLDER` writes them, and a test compares the files with the models.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitor.mqtt.message_types import Causality, Code, Epoch, EventStep, Ns, Payload, Person, Time


class Message(BaseModel):
    """A JSON object without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReadingMessage(Message):
    """A measured value. Only new readings are sent, each once."""

    at: Annotated[Time, Field(description="When it was measured.")]
    value: Annotated[float | None, Field(description="Value in the unit; null: there was none.")]
    unit: Annotated[str, Field(description="UCUM code of the unit.")]
    quality: Annotated[int, Field(ge=0, le=7, description="0 is good; see docs/journal.md")]


class WaitMessage(Message):
    """Reason why some rules of a channel wait; `until` is null if people decide it."""

    what: Annotated[
        Literal["first value", "settling", "baseline"],
        Field(description="What the rules wait for."),
    ]
    until: Annotated[Time | None, Field(description="When that is over; null: when people end it.")]


class ChannelMessage(Message):
    """State of a channel, sent when it changes. No bytes: the session has ended."""

    at: Annotated[Time, Field(description="When it changed.")]
    state: Annotated[
        Literal["judged", "not judged", "waiting", "unwatched", "stale"],
        Field(description="waiting: judged, but some rules wait; unwatched: no rule uses it"),
    ]
    since: Annotated[Time | None, Field(description="start of the time without judgement")]
    reason: Annotated[
        str, Field(description="why it is not judged, or why its values are doubtful")
    ]
    heard: Annotated[
        float | None,
        Field(description="received share of the last 5 minutes, while its link is unstable"),
    ]
    waits: Annotated[list[WaitMessage], Field(description="What some rules wait for.")]


class AlarmMessage(Message):
    """An open alarm and its last step. Empty: the alarm is over.

    Attributes:
        step: what changed last.
        head: rule of the higher alarm that it is inside; empty: this one needs a response.
        extreme: the furthest value since it was raised.
    """

    seq: Annotated[int, Field(ge=1, description="increases with each step; a lower one is older")]
    at: Annotated[Time, Field(description="When it changed.")]
    rule: Annotated[Code, Field(description="Id of the rule.")]
    subject: Annotated[str, Field(description="Channel or sensor, or session.")]
    kind: Annotated[
        Literal["physiological", "technical"],
        Field(description="About the person, or about the equipment."),
    ]
    priority: Annotated[
        Literal["info", "low", "medium", "high"], Field(description="Priority of the alarm.")
    ]
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
    state: Annotated[
        Literal["active", "acknowledged", "latched"], Field(description="State after that.")
    ]
    suspended: Annotated[
        bool, Field(description="Whether the state of the condition is unknown at present.")
    ]
    head: str
    message: Annotated[str, Field(description="Text of the alarm.")]
    value: Annotated[float | None, Field(description="Value that was compared with the limit.")]
    limit: Annotated[float | None, Field(description="Limit that was violated.")]
    extreme: float | None
    by: Annotated[Person | None, Field(description="Who caused the change; null: nobody.")]
    announced: Annotated[
        Time | None, Field(description="when it was first announced, if later than `at`")
    ] = None


class MarkerMessage(Message):
    """A marker, or its undoing. Its text is not sent and remains in the journal."""

    seq: Annotated[int, Field(ge=1, description="Grows with each message.")]
    at: Annotated[Time, Field(description="When it happened.")]
    marker: Annotated[
        Literal["dose", "supplement", "phase", "note", "rating"],
        Field(description="Kind of the marker."),
    ]
    rating: Annotated[float | None, Field(description="Number of a rating.")]
    amount: Annotated[float | None, Field(description="of a dose or supplement, in `unit`")]
    unit: Annotated[str, Field(description="UCUM code of the amount")]
    by: Annotated[Person, Field(description="Who entered it.")]
    undone: Annotated[bool, Field(description="the marker of this time was undone")] = False


class AdverseEventMessage(Message):
    """An adverse event after a step. Free text is not sent and remains in the journal."""

    seq: Annotated[int, Field(ge=1, description="Grows with each message.")]
    at: Annotated[Time, Field(description="When this step was entered.")]
    event: Annotated[int, Field(ge=1, description="Number of the adverse event.")]
    kind: Annotated[str, Field(description="Kind of the policy, such as nausea, or other.")]
    step: Annotated[EventStep, Field(description="What was entered.")]
    severity: Annotated[int, Field(ge=1, le=3, description="1 mild, 2 moderate, 3 severe.")]
    started: Annotated[Time, Field(description="When it started.")]
    ended: Annotated[Time | None, Field(description="When it ended; null: it is not over.")]
    relation: Annotated[Causality, Field(description="Whether the drug has caused it.")]
    by: Annotated[Person, Field(description="Who entered it.")]


class StatusMessage(Message):
    """State of the service; the broker publishes ``offline`` if the connection is lost."""

    state: Annotated[
        Literal["online", "offline", "ended"],
        Field(description="State of the service, or of the gateway."),
    ]
    run: Annotated[str, Field(description="different for each connection of the service")]
    version: Annotated[str, Field(description="Version of physiomon.")]


class HeadMessage(Message):
    """The signed head of the journal, as `physiomon journal verify --against` reads it."""

    session: Annotated[str, Field(description="Id of the session.")]
    entries: Annotated[int, Field(ge=1, description="Number of entries that it covers.")]
    until_ns: Annotated[Ns, Field(description="UTC nanoseconds of the last of them.")]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Hash of the last of them.")]
    signature: Annotated[str, Field(description="Ed25519 with the site's key, in base64.")]


class CommandMessage(Message):
    """A command of a user.

    Attributes:
        id: unique among the commands of this user.
        kind: the action.
        alarm: key as ``rule@subject``; for acknowledge, unacknowledge and reset.
        marker: kind of marker; for marker.
        text: text of the marker, or reason for undoing an acknowledgement.
        at_ns: time of the marked event in UTC nanoseconds; None for now.
        amount: of a dose or supplement, in `unit`.
        unit: UCUM code of the amount: ug, mg, g or mL.
        by: name or initials of the person, journaled with the user.
        sent_ns: UTC nanoseconds at which it was sent.
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
    """Result of a command; `id` is None if the command could not be read."""

    id: Annotated[str | None, Field(description="Id of the command; null: it could not be read.")]
    outcome: Annotated[
        Literal["accepted", "refused"], Field(description="Whether the command was carried out.")
    ]
    reason: Annotated[str, Field(description="Why it was refused, or empty.")]


class RelayedEntry(Message):
    """An entry of a gateway: a packet, or a change of a link.

    Attributes:
        at_ns: by the clock of the gateway; strictly increases within an epoch.
        characteristic: UUID of the characteristic of a packet; ``advert`` for an advertisement.
        payload: bytes of a packet in hex.
        state: new state of the link.
        rssi: signal strength in dBm.
        missing: what a connected sensor does not provide and why, without words of the radio.
        stood_since_ns: the gateway was suspended from then on, so the time of reception is unknown.
    """

    at_ns: Ns
    sensor: Annotated[Code, Field(description="Label of the sensor.")]
    characteristic: (
        Annotated[str, Field(pattern=r"^([0-9A-F]{4}|[0-9a-f-]{36}|advert)$")] | None
    ) = None
    payload: Payload = ""
    state: Literal["searching", "failed", "connected", "silent", "lost", "waiting"] | None = None
    rssi: Annotated[int, Field(ge=-128, le=127)] | None = None
    missing: Annotated[str, Field(max_length=1000)] = ""
    stood_since_ns: Ns | None = None


class PacketsMessage(Message):
    """Entries of a gateway in order, as many as fit into one message; there may be none.

    Attributes:
        epoch: one run of the gateway; its clock may differ from that of the run before.
        before: the runs before it in the same spool, the latest first, a few of them.
        after_ns: time of the entry before the first of these, 0 at the beginning of an epoch.
        entries: packets and changes of links.
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
    """Confirmation of what the service has journaled of an epoch; the gateway continues there.

    Attributes:
        through_ns: time of that entry, 0 for none.
        sent_ns: as in the message that this answers.
        received_ns: arrival of that message, by the session's clock.
        answered_ns: time at which this was sent, by the session's clock.
        duplicate: another gateway sends with the same id, and this one is accepted or refused.
    """

    epoch: Annotated[str, Field(description="Epoch of the entries.")]
    through_ns: Ns
    sent_ns: Ns
    received_ns: Ns
    answered_ns: Ns
    duplicate: Literal["accepted", "refused"] | None = None


SCHEMAS: dict[str, type[Message]] = {
    "reading": ReadingMessage,
    "channel": ChannelMessage,
    "alarm": AlarmMessage,
    "marker": MarkerMessage,
    "adverse-event": AdverseEventMessage,
    "status": StatusMessage,
    "head": HeadMessage,
    "command": CommandMessage,
    "answer": AnswerMessage,
    "packets": PacketsMessage,
    "receipt": ReceiptMessage,
}


def schema_text(name: str) -> str:
    """Return the content of a message's JSON schema file."""
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
