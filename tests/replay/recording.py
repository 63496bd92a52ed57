"""A recording of ten minutes with one alarm and one marker, in a separate journal."""

from pathlib import Path

from monitor.entries import EntryKind
from monitor.storage.journal import Journal
from tests.engine.scripted_session import Script

HIGH_FROM_S, HIGH_UNTIL_S, NOTE_S, LAST_S = 200, 260, 300, 600


def record(path: Path) -> None:
    """Write the journal."""
    script = Script()
    for second in range(1, LAST_S):
        high = HIGH_FROM_S <= second < HIGH_UNTIL_S
        script.at(second).heart((140 if high else 70) + second % 2)
        if second == NOTE_S:
            script.tell(EntryKind.MARKER, "note", text="sits up", by="MK")
    with Journal.write(path) as journal:
        for entry in script.entries:
            journal.append(entry)
        journal.add_facts(script.facts)
