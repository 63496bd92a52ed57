"""The tables and views of a journal, and the payloads of facts."""

import sqlite3
from enum import Enum
from typing import get_args

from alerts.alarm import State, Step
from alerts.alarm_review_fact import Verdict
from alerts.call_fact import CallPurpose, CallStep
from devices.packets import Quality
from monitor.entries import EntryKind
from monitor.facts import AdverseEventStep, Fact, Relation
from monitor.storage.schema import APPLICATION_ID, MIGRATIONS, VERSION
from scripts.reference.fields import descriptions, enumeration, record_table
from scripts.reference.markdown import code, codes, prose, sections, table

_HEAD = f"""# Journal: tables, views and facts

A journal is a SQLite file with the `application_id` 0x{APPLICATION_ID:08X} and the `user_version`
{VERSION}. What entries hold, how times and clocks relate, and how a journal is verified is in [the
journal](../journal.md). All columns that end in `_ns` are nanoseconds; times are UTC."""
_VALUES: tuple[type[Enum], ...] = (
    Quality,
    State,
    Step,
    Verdict,
    CallStep,
    CallPurpose,
    AdverseEventStep,
    Relation,
)
_TABLES = {
    "entries": "Everything that came in: packets, changes of links, and actions. Append-only.",
    "facts": "Everything that the engine derived from the entries. Append-only.",
    "cursors": "How far each destination has come.",
    "dead_letters": "Facts that a destination has rejected; removed when it accepts them.",
}
_COLUMNS = {
    "entries.seq": "Number of the entry: 1 for the first, then without gaps.",
    "entries.received_ns": "Time by the session's clock; strictly increasing.",
    "entries.measured_ns": "Time by the clock of the gateway that received the packet, if any.",
    "entries.kind": "Kind of the entry, see below.",
    "entries.source": "What the entry is about, such as `strap/2A37`.",
    "entries.payload": "Bytes of a packet, or a JSON object.",
    "entries.hash": "SHA-256 over the hash of the entry before and all columns of this one.",
    "facts.id": "Number of the fact.",
    "facts.entry": "`seq` of the entry from which it was derived.",
    "facts.at_ns": "Time of the fact.",
    "facts.kind": "Kind of the fact, see below.",
    "facts.subject": "Channel, sensor, rule or person that the fact is about.",
    "facts.payload": "JSON object with the keys below.",
    "cursors.destination": "Name of the database or broker; with `.urgent` its lane for alarms.",
    "cursors.fact": "`id` of the last fact that was delivered.",
    "dead_letters.destination": "Name of the database or broker.",
    "dead_letters.fact": "`id` of the fact.",
    "dead_letters.reason": "Answer of the destination.",
}
_VIEWS = {
    "session": "The session: one row.",
    "sensors": "The sensors with which the session began.",
    "readings": "Facts of kind `reading`.",
    "statistics": "Facts of kind `statistic`, with one row for each value.",
    "limits": "Facts of kind `limit`.",
    "alarm_events": "Facts of kind `alarm`.",
    "markers": "Facts of kind `marker`.",
}


def page() -> str:
    """Return the page."""
    with sqlite3.connect(":memory:") as database:
        for statement in (each for migration in MIGRATIONS for each in migration):
            database.execute(statement)
        tables = [_table(database, name) for name in _names(database, "table", _TABLES)]
        views = [
            (code(name), _VIEWS[name], codes(column for column, _ in _columns(database, name)))
            for name in _names(database, "view", _VIEWS)
        ]
    return sections(
        _HEAD,
        "## Tables",
        *tables,
        "## Views",
        table(("View", "Content", "Columns"), views),
        "## Kinds of entries",
        f"`entries.kind` is one of {codes(EntryKind)}. Their payloads are described in "
        "[the journal](../journal.md).",
        "## Facts",
        *map(_fact, get_args(Fact)),
        "## Values",
        *(enumeration(each) for each in _VALUES),
    )


def _names(database: sqlite3.Connection, kind: str, described: dict[str, str]) -> list[str]:
    found = database.execute(
        "SELECT name FROM sqlite_master WHERE type = ? ORDER BY rowid", (kind,)
    )
    names = [name for (name,) in found]
    if differing := {*names} ^ {*described}:
        raise LookupError(f"the {kind} {', '.join(sorted(differing))} is not described here")
    return names


def _columns(database: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    return [(row[1], row[2]) for row in database.execute(f"PRAGMA table_info({name})")]


def _table(database: sqlite3.Connection, name: str) -> str:
    rows = [
        (code(column), kind, _COLUMNS[f"{name}.{column}"])
        for column, kind in _columns(database, name)
    ]
    return sections(f"### `{name}`", _TABLES[name], table(("Column", "Type", "Meaning"), rows))


def _fact(kind: type) -> str:
    name: str = vars(kind)["kind"]
    said = descriptions(kind)
    return sections(
        f"### Fact `{name}`",
        prose(kind.__doc__),
        f"Subject: {said.get('subject', 'see above')}",
        record_table(kind, frozenset({"kind", "subject", "at_ns"})),
    )
