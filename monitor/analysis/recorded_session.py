"""Identity, time range and sensors of a recorded session."""

from dataclasses import dataclass

from devices.decoders import KINDS
from monitor.entries import EntryKind
from monitor.facts import WallClockFact
from monitor.sessions.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSensor:
    """A device of a session.

    Attributes:
        label: its name in the session, such as ``strap``.
        kind: a name in `devices.decoders.KINDS`.
        kind_label: the kind in words.
        since_ns: when it was added, or replaced the device before it; at first the start.
        address: device address, or empty.
        name: advertised name, or empty.
    """

    label: str
    kind: str
    kind_label: str
    since_ns: int
    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSession:
    """Identity of a recording, and how it was made.

    Attributes:
        key: first 8 hexadecimal digits of the hash of the first entry: the same in each copy,
            also while the session is being recorded, and without a date or name.
        session: id of the session; may contain a date, site or participant.
        simulated: its sensors were simulated.
        imported: format from which it was imported; empty: physiomon recorded it.
        software: version of physiomon that started the recording.
        policy: name of the policy at the start.
        policy_version: its version.
        policy_digest: SHA-256 of its text, in hexadecimal digits.
        drug: name of the study drug of the policy, or empty.
        began_ns: start of the session.
        ended_ns: when a person ended it, else the last entry or timer.
        ended: a person has ended the session; otherwise it may continue, or was interrupted.
        utc_offset_s: of the site's local time at the start; None: unknown.
        clock_offsets: times of the session, and nanoseconds by which the computer's clock was ahead
            from then on.
        entries: number of journal entries.
        journal_hash: hash of the last of them, in hexadecimal digits; covers all.
    """

    key: str
    session: str
    participant: str
    site: str
    room: str
    simulated: bool
    imported: str
    software: str
    policy: str
    policy_version: str
    policy_digest: str
    drug: str
    began_ns: int
    ended_ns: int
    ended: bool
    utc_offset_s: int | None
    clock_offsets: tuple[tuple[int, int], ...]
    entries: int
    journal_hash: str
    sensors: tuple[RecordedSensor, ...]


def read_session(recording: Recording) -> RecordedSession:
    """Return the description of a recorded session."""
    spec, journal = recording.spec, recording.journal
    policy = spec.policy
    sensors = [
        _sensor(each.label, each.kind, recording.began_ns, each.address, each.name)
        for each in spec.sensors
    ]
    for entry in recording.entries(EntryKind.SENSOR):
        body = entry.body()
        sensors.append(
            _sensor(
                entry.source, body["kind"], entry.received_ns, body.get("address"), body.get("name")
            )
        )
    ends = [entry.body() for entry in recording.entries(EntryKind.END)]
    return RecordedSession(
        key=journal.hash_of(1)[:8],
        session=spec.id,
        participant=spec.participant,
        site=spec.site,
        room=spec.room,
        simulated=spec.virtual,
        imported="" if spec.imported is None else spec.imported.format,
        software=spec.software,
        policy=policy.name,
        policy_version=policy.version,
        policy_digest=policy.digest,
        drug="" if policy.dose is None else policy.dose.name,
        began_ns=recording.began_ns,
        ended_ns=recording.ended_ns,
        ended=bool(ends) and "by" in ends[-1],
        utc_offset_s=spec.utc_offset_s,
        clock_offsets=tuple(
            (fact.at_ns, fact.offset_ns) for fact in recording.facts(WallClockFact)
        ),
        entries=journal.last_seq,
        journal_hash=journal.hash_of(journal.last_seq),
        sensors=tuple(sensors),
    )


def _sensor(
    label: str, kind: str, since_ns: int, address: str | None, name: str | None
) -> RecordedSensor:
    known = KINDS.get(kind)
    return RecordedSensor(
        label=label,
        kind=kind,
        kind_label=kind if known is None else known.label,
        since_ns=since_ns,
        address=address or "",
        name=name or "",
    )
