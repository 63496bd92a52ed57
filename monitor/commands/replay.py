"""`physiomon replay`: a recorded session, replayed through the engine."""

import json
import time
from pathlib import Path

from dashboards.console.formatting import count
from devices.errors import PhysiomonError
from monitor.analysis.replay import verify
from monitor.commands.output import print_facts, print_json, print_lines, utc
from monitor.core.engine import Engine
from monitor.facts import (
    AdverseEventFact,
    AlarmFact,
    BaselineFact,
    CallFact,
    Fact,
    LifeFact,
    MarkerFact,
    UndoFact,
    payload,
)
from monitor.storage.journal import Journal

_PRINTED = AlarmFact | BaselineFact | MarkerFact | UndoFact | AdverseEventFact | CallFact | LifeFact


def verify_journal(path: Path, *, as_json: bool) -> bool:
    """Print whether a replay reproduces the recorded facts byte for byte; return that too.

    Raises:
        PhysiomonError: it does not, or the recorded facts cannot be compared.
    """
    with Journal.read(path) as journal:
        _require_undamaged(journal)
        verdict = verify(journal)
    ok = verdict.difference is None
    if verdict.recorded_by is not None:
        raise PhysiomonError(
            f"{path}: physiomon {verdict.recorded_by} derived the facts of this journal by older "
            f"rules, so they cannot be compared; its {count(verdict.entries, 'entry', 'entries')} "
            f"are undamaged and give {count(verdict.facts, 'fact')} today: use replay, whatif or "
            "report"
        )
    if as_json:
        print_json(
            {
                "ok": ok,
                "entries": verdict.entries,
                "facts": verdict.facts,
                "missing_at_end": verdict.missing,
                "difference": verdict.difference,
            }
        )
        return ok
    if not ok:
        raise PhysiomonError(
            f"{path}: {verdict.difference} ({count(verdict.facts, 'fact')} before it match); the "
            "journal was changed, or recorded by another version"
        )
    facts: dict[str, object] = {
        "replay_check": f"passed: {count(verdict.facts, 'fact')} reproduced byte for byte from "
        f"{count(verdict.entries, 'entry', 'entries')}"
    }
    if verdict.missing:
        facts["interrupted"] = f"{count(verdict.missing, 'fact')} not written before the end"
    print_facts(str(path), facts)
    return True


def replay_journal(path: Path, speed: float | None, *, as_json: bool) -> None:
    """Print alarms, markers and other events of a session, at `speed` or as fast as possible.

    Raises:
        PhysiomonError: it is damaged.
    """
    engine = Engine()
    began_s: float | None = None
    with Journal.read(path) as journal:
        _require_undamaged(journal)
        for entry in journal.entries():
            facts = [fact for _, fact in engine.apply(entry)]
            if speed is not None:
                if began_s is None:
                    began_s = time.monotonic()
                due_s = began_s + (entry.received_ns - engine.started_ns) / 1e9 / speed
                time.sleep(max(0.0, due_s - time.monotonic()))
            for fact in facts:
                if isinstance(fact, _PRINTED):
                    _print(fact, as_json=as_json)


def _require_undamaged(journal: Journal) -> None:
    if damage := journal.damage():
        raise PhysiomonError(f"{journal.path}: {damage.reason}; it cannot be replayed")


def _print(fact: Fact, *, as_json: bool) -> None:
    body = json.loads(payload(fact))
    if as_json:
        print_json({"at": utc(fact.at_ns), "kind": fact.kind, "subject": fact.subject, **body})
        return
    match fact:
        case AlarmFact():
            by = f" by {fact.by}" if fact.by else ""
            inside = f"  inside {fact.head}" if fact.head else ""
            text = f"{fact.step}{by}  {fact.priority}  {fact.public_text}{inside}"
        case BaselineFact():
            text = "baseline not established" if fact.value is None else f"baseline {fact.value:g}"
        case MarkerFact():
            text = f"{fact.text} ({fact.by})"
        case AdverseEventFact():
            text = f"adverse event {fact.step} by {fact.by}  severity {fact.severity}"
        case UndoFact():
            text = f"marker undone ({fact.by}: {fact.reason or 'no reason given'})"
        case LifeFact():
            text = f"{fact.text} ({fact.by}{f': {fact.reason}' if fact.reason else ''})"
        case CallFact():
            about = ", ".join(fact.alarms) or "test"
            by = f" by {fact.by}" if fact.by else ""
            text = f"call {fact.step}{by}  tier {fact.tier}  {about}"
        case _:
            return
    print_lines(f"{utc(fact.at_ns)}  {fact.subject:<22} {text}")
