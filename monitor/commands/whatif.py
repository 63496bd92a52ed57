"""`physiomon whatif`: alarms that another policy would have raised."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from alerts.policy.rules import Policy
from monitor.analysis.alarm_counts import Counts, added, counts
from monitor.cohorts.alarm_variants import AlarmVariants, SessionVariants, Variant
from monitor.cohorts.journals import find_journals
from monitor.commands.cohort import CohortOptions, analyse, exit_if_incomplete, missing
from monitor.commands.output import print_json, print_rows, print_title, utc
from monitor.config.policies import find_policy
from monitor.sessions.alarm_occurrences import Occurrence


def compare(paths: list[Path], policy: str, options: CohortOptions, *, as_json: bool) -> None:
    """Print recorded alarms and those of another policy, per journal and in total.

    Raises:
        PhysiomonError: a journal or the policy cannot be used.
    """
    other = find_policy(policy)
    variant = Variant(policy=other)
    cohort = analyse(AlarmVariants((variant,)), find_journals(paths), options)
    sessions = [SessionVariants(path, result) for path, result in cohort.results.items()]
    found = [
        (each, counts(each.occurrences()), each.occurrences(variant.name)) for each in sessions
    ]
    sum_then = added(then for _, then, _ in found)
    sum_would = added(counts(would) for _, _, would in found)
    if as_json:
        journals = [
            {
                "journal": str(session.path),
                "session": session.id,
                "recorded": _side(session.policy, then),
                "whatif": _side(other, counts(would)),
                "alarms": [_alarm(one) for one in would],
            }
            for session, then, would in found
        ]
        both = {"recorded": asdict(sum_then), "whatif": asdict(sum_would)}
        print_json({"journals": journals, "sum": both, "missing": missing(cohort)})
    elif not cohort.interrupted:
        for session, then, would in found:
            own = session.policy
            _print(session.id, own.name, other, then, counts(would), [own])
        total = len(found) + len(cohort.missing)
        if found and total > 1:
            few = f"{len(found)} of {total} sessions" if cohort.missing else f"All {total} sessions"
            policies = [session.policy for session in sessions]
            _print(few, "recorded", other, sum_then, sum_would, policies)
    exit_if_incomplete(cohort, options.results)


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
