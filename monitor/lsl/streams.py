"""Streams of one session: names, metadata and samples. Pure.

The layout is that of the XDF export: a stream for each channel with its value and quality, and
streams of texts for markers and alarms. Names contain neither the participant nor the session.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

from devices.decoders import KINDS
from devices.signals import SIGNALS
from monitor.core.session_spec import SessionSpec
from monitor.facts import AlarmFact, Fact, MarkerFact, ReadingFact, UndoFact

SOURCE = "physiomon"
MARKERS, ALARMS, CLOCK = "markers", "alarms", "clock"
_FREE_TEXT = frozenset({"note"})  # stays in the journal
_MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """Metadata of a stream.

    Attributes:
        key: within the session, such as ``strap/heart_rate``.
        name: shown to the users of LabRecorder.
        type: signal, ``Markers`` or ``Clock``.
        source_id: the same after a restart, so that recorders find the stream again.
        channels: label and unit (UCUM) of each channel.
        texts: its samples are texts.
        model: kind of sensor, or empty.
    """

    key: str
    name: str
    type: str
    source_id: str
    channels: tuple[tuple[str, str], ...]
    texts: bool = False
    model: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample of a stream at a time of the session."""

    key: str
    at_ns: int
    values: tuple[float, ...] | tuple[str, ...]


class Streams:
    """Streams of a session.

    Args:
        spec: of the session.
    """

    def __init__(self, spec: SessionSpec) -> None:
        self._room = spec.room
        self._id = hashlib.sha256(f"{spec.id}\0{spec.salt}".encode()).hexdigest()[:12]
        self._kinds = {sensor.label: sensor.kind for sensor in spec.sensors}

    def initial(self) -> Iterator[StreamSpec]:
        """Yield the streams that exist from the start, so that recorders can select them."""
        for label, kind in self._kinds.items():
            for signal in KINDS[kind].signals:
                yield self.spec(f"{label}/{signal}")
        for key in (MARKERS, ALARMS, CLOCK):
            yield self.spec(key)

    def spec(self, key: str) -> StreamSpec:
        """Return the metadata of a stream."""
        kind = "Markers"
        channels: tuple[tuple[str, str], ...] = (("text", ""),)
        label, _, name = key.partition("/")
        if name:
            kind, channels = name, (("value", SIGNALS[name].unit), ("quality", ""))
        elif key == CLOCK:
            kind, channels = "Clock", (("session_time_minus_lsl_time", "s"),)
        return StreamSpec(
            key=key,
            name=f"{self._room} {key}".strip(),
            type=kind,
            source_id=f"{SOURCE}-{self._id}-{key}",
            channels=channels,
            texts=key in (MARKERS, ALARMS),
            model=KINDS[self._kinds[label]].label if label in self._kinds else "",
        )


def sample_of(fact: Fact) -> Sample | None:
    """Return the sample that mirrors a fact, or None if it is not mirrored.

    >>> sample_of(MarkerFact(subject="dose", at_ns=5, text="MDMA", by="ab", amount=100, unit="mg"))
    Sample(key='markers', at_ns=5, values=('dose 100 mg',))
    """
    match fact:
        case ReadingFact():
            value = math.nan if fact.value is None else fact.value
            return Sample(fact.subject, fact.at_ns, (value, float(fact.quality)))
        case MarkerFact():
            amount = "" if fact.amount is None else f" {fact.amount:g} {fact.unit}"
            phase = f": {fact.text}" if fact.subject == "phase" and fact.text else ""
            rating = f" {fact.text}" if fact.subject == "rating" else ""
            return Sample(MARKERS, fact.at_ns, (f"{fact.subject}{amount}{phase}{rating}",))
        case UndoFact():
            return Sample(MARKERS, fact.at_ns, (f"{fact.subject} undone",))
        case AlarmFact():
            text = f"{fact.step} {fact.rule} {fact.subject} {fact.priority}"
            return Sample(ALARMS, fact.at_ns, (text,))
        case _:
            return None
