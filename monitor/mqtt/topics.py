"""Topics and messages of facts. Pure.

As in `monitor.delivery.line_protocol`, names of persons, free text that may contain them, and
device addresses never leave the machine; people who acted have the same pseudonyms.
"""

import datetime
import json
from urllib.parse import quote

from devices.signals import SIGNALS
from monitor.core.judgement import Judgement
from monitor.core.session_spec import SessionSpec
from monitor.delivery.line_protocol import LineEncoder
from monitor.facts import AlarmFact, HeadFact, ReadingFact
from monitor.mqtt.broker import Publication
from monitor.mqtt.messages import (
    AdverseEventMessage,
    AlarmMessage,
    ChannelMessage,
    HeadMessage,
    MarkerMessage,
    Message,
    ReadingMessage,
    StatusMessage,
)
from monitor.storage.fact_rows import FactRow
from monitor.version import VERSION

_OPEN = frozenset({"active", "acknowledged", "latched"})
_SECOND_NS = 10**9


def base_of(site: str, session: str) -> str:
    """Return the prefix of a session's topics; a site has any script, and is percent-encoded.

    >>> base_of("Süd 2", "P07-day1")
    'physiomon/S%C3%BCd%202/P07-day1'
    """
    return f"physiomon/{quote(site, safe='')}/{session}"


class Topics:
    """Topics and messages of one session."""

    def __init__(self, spec: SessionSpec) -> None:
        self.base = base_of(spec.site, spec.id)
        self._session = spec.id
        self._pseudonym = LineEncoder(spec.site, spec.id, spec.participant, spec.salt).pseudonym

    def reading(self, fact: ReadingFact) -> Publication:
        """Return the message of a reading; QoS 0, since the next one follows soon."""
        sensor, _, signal = fact.subject.partition("/")
        message = ReadingMessage(
            at=time_text(fact.at_ns),
            value=fact.value,
            unit=SIGNALS[signal].unit,
            quality=fact.quality,
        )
        return Publication(
            topic=f"{self.base}/reading/{sensor}/{signal}", payload=_bytes(message), qos=0
        )

    def channel(self, name: str, now_ns: int, judgement: Judgement) -> Publication:
        """Return the message about a channel's judgement."""
        since_ns = judgement.since_ns
        message = ChannelMessage.model_validate(
            {
                "at": time_text(now_ns),
                "state": judgement.state.value,
                "since": None if since_ns is None else time_text(since_ns),
                "reason": judgement.reason,
                "heard": None if judgement.heard_share is None else round(judgement.heard_share, 2),
                "waits": [
                    {
                        "what": wait.what.value,
                        "until": None if wait.until_ns is None else time_text(wait.until_ns),
                    }
                    for wait in judgement.waits
                ],
            }
        )
        topic = f"{self.base}/channel/{name}"
        return Publication(topic=topic, payload=_bytes(message), retain=True)

    def publication(self, row: FactRow) -> Publication | None:
        """Return the message of an alarm, marker or adverse event; None for other facts."""
        if row.kind == "alarm":
            return self._alarm(row)
        if row.kind == "adverse-event":
            return self._adverse_event(row)
        return self._marker(row) if row.kind in ("marker", "undo") else None

    def head(self, fact: HeadFact) -> Publication:
        """Return the message of a signed head."""
        message = HeadMessage(
            session=self._session,
            entries=fact.entries,
            until_ns=fact.until_ns,
            hash=fact.hash,
            signature=fact.signature,
        )
        return Publication(topic=f"{self.base}/head", payload=_bytes(message), retain=True)

    def status(self, state: str, run: str) -> Publication:
        """Return the message about the service's state."""
        message = StatusMessage.model_validate({"state": state, "run": run, "version": VERSION})
        return Publication(topic=f"{self.base}/status", payload=_bytes(message), retain=True)

    def _alarm(self, row: FactRow) -> Publication:
        fact = AlarmFact(subject=row.subject, at_ns=row.at_ns, **json.loads(row.payload))
        topic = f"{self.base}/alarm/{fact.rule}/{fact.subject}"
        if fact.state not in _OPEN:
            return Publication(topic=topic, payload=b"", retain=True)
        late_ns = fact.announced_ns
        message = AlarmMessage.model_validate(
            {
                "seq": row.id,
                "at": time_text(fact.at_ns),
                "rule": fact.rule,
                "subject": fact.subject,
                "kind": "technical" if fact.technical else "physiological",
                "priority": fact.priority,
                "step": fact.step,
                "state": fact.state,
                "suspended": fact.suspended,
                "head": fact.head,
                "message": fact.public_text,
                "value": fact.value,
                "limit": fact.limit,
                "extreme": fact.extreme,
                "by": None if fact.by is None else self._pseudonym(fact.by),
                "announced": None if late_ns is None else time_text(late_ns),
            }
        )
        return Publication(topic=topic, payload=_bytes(message), retain=True)

    def _adverse_event(self, row: FactRow) -> Publication:
        body = json.loads(row.payload)
        ended_ns = body["ended_ns"]
        message = AdverseEventMessage.model_validate(
            {
                "seq": row.id,
                "at": time_text(row.at_ns),
                "event": body["event"],
                "kind": row.subject,
                "step": body["step"],
                "severity": body["severity"],
                "started": time_text(body["started_ns"]),
                "ended": None if ended_ns is None else time_text(ended_ns),
                "relation": body["relation"],
                "by": self._pseudonym(body["by"]),
            }
        )
        topic = f"{self.base}/adverse-event/{body['event']}"
        return Publication(topic=topic, payload=_bytes(message))

    def _marker(self, row: FactRow) -> Publication:
        body = json.loads(row.payload)
        undone = row.kind == "undo"
        rating = body["text"].strip() if row.subject == "rating" and not undone else ""
        message = MarkerMessage.model_validate(
            {
                "seq": row.id,
                "at": time_text(row.at_ns),
                "marker": row.subject,
                "rating": float(rating) if rating.isdecimal() else None,
                "amount": None if undone else body["amount"],
                "unit": "" if undone else body["unit"],
                "by": self._pseudonym(body["by"]),
                "undone": undone,
            }
        )
        return Publication(topic=f"{self.base}/marker/{row.subject}", payload=_bytes(message))


def unencodable(channel: str, error: Exception) -> str:
    """Return the notice about a value that has no valid message."""
    return (
        f"a value of {channel} cannot be published over MQTT ({type(error).__name__}); it is in "
        "the journal. Please report this"
    )


def time_text(at_ns: int) -> str:
    """Format UTC nanoseconds.

    >>> time_text(1_700_000_000_000_000_001)
    '2023-11-14T22:13:20.000000001Z'
    """
    seconds, rest_ns = divmod(at_ns, _SECOND_NS)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest_ns:09d}Z"


def _bytes(message: Message) -> bytes:
    return message.model_dump_json().encode()
