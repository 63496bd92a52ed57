"""`physiomon journal`: content and copies of a journal."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboards.console.formatting import count
from devices.errors import PhysiomonError
from monitor.analysis.link_figures import link_figures
from monitor.commands.output import print_facts, print_json, utc
from monitor.core.lifecycle import unresolved
from monitor.entries import EntryKind
from monitor.errors import JournalError
from monitor.sessions.recording import ended_or_last_ns
from monitor.storage.delivery_backlog import DeliveryBacklog, delivery_backlogs
from monitor.storage.journal import Journal
from monitor.storage.journal_file import copy_journal

_LIFE = frozenset({EntryKind.SESSION, EntryKind.START, EntryKind.END, EntryKind.SENSOR})


def info(path: Path, *, as_json: bool) -> None:
    """Print the content of a journal."""
    facts = describe(path)
    if as_json:
        print_json(facts)
        return
    print_facts(str(path), facts)


def describe(path: Path) -> dict[str, object]:
    """Return who was recorded, when, and how much of it.

    Raises:
        JournalError: the file is not a journal, damaged, or without a session.
    """
    with Journal.read(path) as journal:
        first = next(journal.entries(), None)
        if first is None:
            raise JournalError(f"{path} contains no session: none was started")
        spec = first.body()
        links = link_figures(journal)
        return {
            "session": spec["id"],
            "site": spec["site"],
            "room": spec["room"],
            "participant": spec["participant"],
            **({"begun_by": spec["begun_by"]} if "begun_by" in spec else {}),
            "virtual": spec["virtual"],
            **({"imported": _origin(spec["imported"])} if "imported" in spec else {}),
            "policy": f"{spec['policy']['name']} {spec['policy']['version']}",
            "policy_digest": spec["policy"]["digest"],
            "software": spec["software"],
            "started": utc(first.received_ns),
            "last_entry": utc(journal.last_received_ns),
            "minutes": round((ended_or_last_ns(journal) - first.received_ns) / 60e9, 2),
            **_life(journal),
            "packets": {label: link.packets for label, link in links.items() if link.packets},
            "links": {label: link.body() for label, link in links.items()},
            "access": _access(journal),
            "facts": journal.last_fact,
            "deliveries": {
                each.destination: _delivery(each) for each in delivery_backlogs(journal)
            },
        }


def _origin(imported: Mapping[str, Any]) -> dict[str, object]:
    """Return format, device and files of an imported recording, and what was changed."""
    return {**imported, "files": [file["name"] for file in imported["files"]]}


def _life(journal: Journal) -> dict[str, object]:
    """Return the sensors, who started and ended the session, and the number of entries by kind."""
    kinds: Counter[str] = Counter()
    sensors: dict[str, str] = {}
    life: dict[str, dict[str, object]] = {}
    for entry in journal.entries():
        kinds[entry.kind] += 1
        if entry.kind not in _LIFE:
            continue
        body = entry.body()
        match entry.kind:
            case EntryKind.SESSION:
                sensors = {sensor["label"]: sensor["kind"] for sensor in body["sensors"]}
            case EntryKind.SENSOR:
                sensors[entry.source] = body["kind"]
            case _ if "by" in body:
                life[entry.kind] = {"by": body["by"], "at": utc(entry.received_ns)}
                life[entry.kind] |= {"reason": body["reason"]} if body["reason"] else {}
        if entry.kind == EntryKind.START:
            life[entry.kind]["unresolved"] = unresolved(body["checklist"])
    return {
        "sensors": sensors,
        "clean_shutdown": journal.end() is not None,
        "started_by": life.get(EntryKind.START),
        "ended_by": life.get(EntryKind.END),
        "entries": dict(kinds),
    }


def _access(journal: Journal) -> dict[str, object]:
    """Return what was recorded of each account or token: events, what it read, and when last."""
    events: dict[str, Counter[str]] = {}
    last: dict[str, str] = {}
    for entry in journal.entries():
        if entry.kind != EntryKind.ACCESS:
            continue
        body = entry.body()
        who = f"{entry.source} ({body['role'] or 'no role'})" if entry.source else "unknown"
        name = f"{body['event']} {body.get('resource', '')}".rstrip()
        events.setdefault(who, Counter())[name] += body.get("repeated", 1)
        last[who] = utc(body.get("last_ns", entry.received_ns))
    return {who: {**counted, "last": last[who]} for who, counted in events.items()}


def copy(path: Path, target: Path, *, as_json: bool) -> None:
    """Copy a journal, also while it is being recorded, and verify the copy.

    Raises:
        PhysiomonError: the file is not a journal, the copy exists or cannot be written, or is
            not intact.
    """
    copy_journal(path, target)
    with Journal.read(target) as journal:
        damage, entries = journal.damage(), journal.last_seq
    if damage is not None:
        raise PhysiomonError(f"{path}: {damage.reason}; the copy {target} is as damaged")
    if as_json:
        print_json({"copy": str(target), "entries": entries})
        return
    print_facts(str(target), {"check": f"passed: {count(entries, 'entry', 'entries')} copied"})


def _delivery(state: DeliveryBacklog) -> dict[str, object]:
    return {
        "waiting": state.waiting,
        "oldest": None if state.oldest_ns is None else utc(state.oldest_ns),
        "set_aside": state.set_aside,
        "reasons": list(state.reasons),
    }
