"""A recording with all that a reader of recordings must handle.

Two straps, a gap of the first, values that are missing, doubtful or dated back, corrections,
undone markers, adverse events, notes in several scripts, alarms with responses and verdicts.
"""

from dataclasses import replace
from pathlib import Path

from devices.sensor import SensorSpec
from monitor.entries import EntryKind, body_bytes
from monitor.facts import MarkerFact
from monitor.storage.journal import Journal
from tests.engine.scripted_session import START_NS
from tests.scenarios.play import MDMA, PATCH, STRAP_2, Play

ADDRESS = "A0:9E:1A:00:00:01"
STRAP = SensorSpec(label="strap", kind="heart-rate-strap", address=ADDRESS, name="Strap of ward 3")
NOTE = 'Zoë feels 寒い; «better» — 5 \u00b5g\nnext line, "quoted"'
PERSON = "Dr Zuzana Čapková"
QUICK = MDMA.replace('core_temperature = "15min"', 'core_temperature = "1min"')
DOSE_S, LAST_S = 120, 900
GAP_S = (300, 360)  # the first strap sends nothing
NO_VALUE_S = (400, 410)  # the patch sends none


def ns(second: float) -> int:
    """Return the time of a second of the session."""
    return START_NS + round(second * 1e9)


def record(
    path: Path,
    *,
    dose: bool = True,
    ended: bool = True,
    virtual: bool = False,
    participant: str = "P01",
    offset_ns: int = 0,
) -> Path:
    """Write the journal."""
    play = played(dose=dose, ended=ended)
    first, *others = play.entries
    body = first.body() | {
        "virtual": virtual,
        "participant": participant,
        "id": f"here-20231114-{participant}",
        "site": "Klinik Süd",
        "room": "Room 7",
    }
    entries = [replace(first, payload=body_bytes(body)), *others]
    with Journal.write(path) as journal:
        for entry in entries:
            journal.append(replace(entry, received_ns=entry.received_ns + offset_ns))
        if not offset_ns:
            journal.add_facts(play.facts)
    return path


def played(*, dose: bool, ended: bool) -> Play:
    """Play the session."""
    play = Play(STRAP, STRAP_2, PATCH, policy=QUICK)
    play.tell(EntryKind.START, "session", by=PERSON, reason="fine", checklist=[])
    for second in range(1, LAST_S):
        play.at(second)
        bpm = (178 if 600 <= second < 700 else 68) + second % 3
        if not GAP_S[0] <= second < GAP_S[1]:
            play.beat(bpm, rr_ms=60_000 // bpm)
        if second % 2:
            play.beat(bpm + 1, "strap2")
        if second % 10 == 0:
            if NO_VALUE_S[0] <= second < NO_VALUE_S[1]:
                play.raw("patch/2A1C", "04FFFF7F0002")
            else:
                play.core(36.9 + second % 20 / 1000)
        _act(play, second, dose=dose)
    play.at(LAST_S)
    if ended:
        play.tell(EntryKind.END, "session", by=PERSON, reason="done", open=[])
    return play


def _act(play: Play, second: int, *, dose: bool) -> None:
    vitals = {"by": PERSON, "role": "nurse"}
    if second == 30:
        play.tell(EntryKind.VITALS, "manual", values={"systolic": 122, "diastolic": 78}, **vitals)
    elif second == 40:
        entry = next(each.seq for each in play.entries if each.kind == EntryKind.VITALS)
        values = {"systolic": 132, "diastolic": None}
        play.tell(
            EntryKind.CORRECTION, "manual", entry=entry, values=values, by=PERSON, reason="typo"
        )
    elif second == 60:
        play.tell(
            EntryKind.VITALS, "manual", values={"body_temperature": 36.8}, at_ns=ns(50.5), **vitals
        )
    elif second == 70:
        play.tell(EntryKind.MARKER, "note", text="wrong participant", by=PERSON)
    elif second == 80:
        at_ns = play.facts_of(MarkerFact)[-1].at_ns
        play.tell(EntryKind.UNDO, "note", at_ns=at_ns, by=PERSON, reason="not about her")
    elif second == DOSE_S and dose:
        play.tell(EntryKind.MARKER, "dose", text="MDMA", by=PERSON, amount=120.0, unit="mg")
    elif second == 200:
        play.tell(EntryKind.MARKER, "note", text=NOTE, by=PERSON)
    elif second == 210:
        play.tell(EntryKind.MARKER, "rating", text="7", by=PERSON)
    elif second == 220:
        play.tell(EntryKind.MARKER, "phase", text="Peak: as Anna said", by=PERSON)
    elif second in (240, 500, 520):
        _adverse_event(play, second)
    elif second == 650:
        raised = [fact for fact in play.alarm_facts() if fact.step == "raised"]
        heart = next(fact for fact in raised if fact.rule.startswith("hr-") and not fact.technical)
        play.tell(EntryKind.ACKNOWLEDGE, heart.key, by=PERSON)
        play.tell(
            EntryKind.ALARM_REVIEW, heart.key, raised_ns=heart.at_ns, verdict="useful", by=PERSON
        )


def _adverse_event(play: Play, second: int) -> None:
    body = {"severity": 2, "started_ns": ns(230), "ended_ns": None, "relation": "probable"}
    body |= {"action": "water for Anna", "text": NOTE, "by": PERSON}
    if second == 240:
        play.tell(EntryKind.ADVERSE_EVENT, "nausea", **body)
    elif second == 500:
        entry = next(each.seq for each in play.entries if each.kind == EntryKind.ADVERSE_EVENT)
        changed = body | {"event": entry, "ended_ns": ns(490), "reason": "over"}
        play.tell(EntryKind.ADVERSE_EVENT, "nausea", **changed)
    else:
        play.tell(EntryKind.ADVERSE_EVENT, "headache", **(body | {"severity": 1}))
        entry = play.entries[-1].seq
        withdrawn = body | {"event": entry, "reason": "another participant", "withdrawn": True}
        play.tell(EntryKind.ADVERSE_EVENT, "headache", **withdrawn)
