"""A session of an hour with everything that a report shows, and small ones that lack something."""

from pathlib import Path

from monitor.entries import EntryKind
from monitor.storage.journal import Journal
from tests.engine.scripted_session import START_NS, Script

DOSE_S, LAST_S = 900, 3600
HOSTILE = "<script>alert(1)</script> $x^2$ \u202e\x07 Ada's “note” 心 🙂"
NURSE, DOCTOR = "Ada Lovelace", "Grace Hopper"


def at_ns(second: float) -> int:
    return START_NS + round(second * 1e9)


def full(*, dose: bool = True) -> Script:
    """Return a session: a fast heart from 1800 to 1900 s, no strap from 2400 to 2500 s."""
    script = Script()
    script.at(0).tell(EntryKind.START, "session", by=NURSE, reason="", checklist=[])
    for second in range(1, LAST_S):
        script.at(second)
        if not 2400 <= second < 2500:
            script.heart((130 if 1800 <= second < 1900 else 70) + second % 2)
        if second % 10 == 0:
            script.core(36.9 + (0.5 if second > 1800 else 0.0) + second % 20 / 1000)
        if second == 300:
            script.tell(EntryKind.MARKER, "phase", text="preparation", by=NURSE)
            values = {"systolic": 120, "diastolic": 80, "body_temperature": 36.6}
            script.tell(EntryKind.VITALS, "manual", values=values, by=NURSE, role="nurse")
        if second == 310:
            body = {"entry": script.engine.seq - 2, "by": NURSE, "reason": "slip"}
            script.tell(
                EntryKind.VITALS, "manual", values={"systolic": 220, "diastolic": 90}, by=NURSE,
                role="nurse",
            )  # fmt: skip
            body["entry"] = script.engine.seq
            script.tell(EntryKind.CORRECTION, "manual", values={"systolic": 122}, **body)
        if second == DOSE_S and dose:
            script.tell(EntryKind.MARKER, "dose", text="MDMA", amount=100, unit="mg", by=DOCTOR)
        if second == 1000:
            script.tell(EntryKind.MARKER, "phase", text=HOSTILE[:20], by=NURSE)
            script.tell(EntryKind.MARKER, "note", text=HOSTILE, by=NURSE)
            script.tell(EntryKind.MARKER, "rating", text="7", by=NURSE)
        if second == 1200:
            times = {"started_ns": at_ns(1100), "ended_ns": None}
            body = {
                "severity": 2,
                "relation": "possible",
                "action": HOSTILE,
                "text": "",
                "by": NURSE,
            }
            script.tell(EntryKind.ADVERSE_EVENT, "nausea", **body, **times)
        if second == 1830:
            script.tell(EntryKind.ACKNOWLEDGE, "hr-high@strap/heart_rate", by=DOCTOR)
    raised = next(f for f in script.alarm_facts() if (f.rule, f.step) == ("hr-high", "raised"))
    body = {"raised_ns": raised.at_ns, "verdict": "useful", "by": DOCTOR}
    script.at(LAST_S).tell(EntryKind.ALARM_REVIEW, raised.key, **body)
    script.tell(EntryKind.END, "session", by=NURSE, reason="planned", open=[])
    return script


def restless() -> Script:
    """Return a session with hundreds of alarms."""
    script = Script()
    for second in range(1, 6000):
        script.at(second).heart(30 if second // 8 % 2 else 70 + second % 3)
    return script


def short() -> Script:
    script = Script()
    script.at(1).heart(70)
    script.at(2).heart(71)
    return script


def without_readings() -> Script:
    script = Script()
    script.at(5).tell(EntryKind.MARKER, "note", text="nobody wears a sensor", by=NURSE)
    script.at(60).tell(EntryKind.END, "session", by=NURSE, reason="", open=[])
    return script


def save(script: Script, path: Path) -> Path:
    with Journal.write(path) as journal:
        for entry in script.entries:
            journal.append(entry)
        journal.add_facts(script.facts)
    return path
