"""Summary of a session that has ended, as commands print it."""

import json
from collections import Counter

from monitor.facts import AlarmFact
from monitor.sessions.recording import ended_or_last_ns
from monitor.sessions.session import Session
from monitor.storage.journal import Journal


def summarise(session: Session) -> dict[str, object]:
    """Return the summary of a session, read back from its journal."""
    raised: Counter[str] = Counter()
    with Journal.read(session.journal.path) as journal:
        damage = journal.damage()
        packets = sum(sensor.packets for sensor in session.engine.sensors.values())
        for row in journal.facts():
            if row.kind == AlarmFact.kind and '"step":"raised"' in row.payload:
                raised[json.loads(row.payload)["priority"]] += 1
        minutes = (ended_or_last_ns(journal) - session.engine.started_ns) / 60e9
        return {
            "minutes": round(minutes, 1),
            "packets": packets,
            "facts": journal.last_fact,
            "alarms_raised": dict(raised),
            "journal": str(session.journal.path),
            "journal_check": "passed" if damage is None else damage.reason,
        }
