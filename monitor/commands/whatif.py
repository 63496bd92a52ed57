"""`physiomon whatif`: alarms that another policy would have raised."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from alerts.policy.rules import Policy
from monitor.analysis.alarm_counts import Counts, added, counts
from monitor.analysis.whatif import alarms_under, always
from monitor.commands.output import print_json, print_rows, print_title, utc
from monitor.commands.progress import progress
from monitor.config.policies import find_policy
from monitor.core.session_spec import SessionSpec
from monitor.sessions.alarm_occurrences import AlarmOccurrences, Occurrence
from monitor.sessions.recording import read_recording, without_duplicates
from monitor.storage.journal import Journal


def compare(paths: list[Path], policy: str, *, as_json: bool) -> None:
    """Print recorded alarms and those of another policy, per journal and in total.

    Raises:
        PhysiomonError: a journal or the policy cannot be used.
    """
    other = find_policy(policy)
    found: list[tuple[Path, SessionSpec, Counts, list[Occurrence]]] = []
    with progress() as bar:
        for path in without_duplicates(paths):
            with Journal.read(path) as journal:
                session = read_recording(journal)
                until_ns = session.ended_ns
                then = counts(AlarmOccurrences(session.alarms()).until(until_ns))
                entries = bar(journal.entries(), journal.last_seq, path.name)
                alarms = alarms_under(always(other), entries, until_ns)
                would = AlarmOccurrences(alarms).until(until_ns)
            found.append((path, session.spec, then, would))
    sum_then = added(then for _, _, then, _ in found)
    sum_would = added(counts(would) for _, _, _, would in found)
    if as_json:
        journals = [
            {
                "journal": str(path),
                "session": spec.id,
                "recorded": _side(spec.policy, then),
                "whatif": _side(other, counts(would)),
                "alarms": [_alarm(one) for one in would],
            }
            for path, spec, then, would in found
        ]
        both = {"recorded": asdict(sum_then), "whatif": asdict(sum_would)}
        print_json({"journals": journals, "sum": both})
        return
    for _, spec, then, would in found:
        _print(spec.id, spec.policy.name, other, then, counts(would), [spec.policy])
    if len(found) > 1:
        policies = [spec.policy for _, spec, _, _ in found]
        _print(f"All {len(found)} sessions", "recorded", other, sum_then, sum_would, policies)


def _side(policy: Policy, raised: Counts) -> dict[str, object]:
    return {
        "policy": f"{policy.name} {policy.version}",
        "policy_digest": policy.digest,
        **asdict(raised),
    }


def _alarm(one: Occurrence) -> dict[str, object]:
    return {
        "at": utc(one.raised_ns),
        "until": utc(one.over_ns),
        "rule": one.rule,
        "subject": one.subject,
        "priority": one.priority,
        "technical": one.technical,
        "message": one.message,
        "value": one.value,
        "limit": one.limit,
        "inside": one.inside,
    }


def _print(
    title: str, name: str, other: Policy, then: Counts, would: Counts, policies: Sequence[Policy]
) -> None:
    print_title(title)
    old = {rule.id for policy in policies for rule in policy.rules}
    new = {rule.id for rule in other.rules}
    rules = dict.fromkeys(rule.id for policy in (*policies, other) for rule in policy.rules)
    rows: list[tuple[object, ...]] = [
        (
            rule,
            then.by_rule.get(rule, 0) if rule in old else "-",
            would.by_rule.get(rule, 0) if rule in new else "-",
        )
        for rule in rules
        if then.by_rule.get(rule) or would.by_rule.get(rule)
    ]
    rows += [
        ("physiological alarms", then.physiological, would.physiological),
        ("technical alarms", then.technical, would.technical),
        ("silent notices", then.info, would.info),
        ("covered by higher alarms", then.inside, would.inside),
    ]
    print_rows(("alarms", f"recorded ({name})", f"with {other.name} {other.version}"), rows)
    print_title("")
