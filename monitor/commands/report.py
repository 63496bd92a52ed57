"""`physiomon report`: alarm burden and adverse events of recorded sessions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from alerts.policy.expressions import duration_text, parse_duration
from alerts.policy.rules import Policy
from alerts.policy.safeguards import with_safeguards
from alerts.policy.study_drug import OTHER
from dashboards.console.formatting import count
from monitor.analysis.adverse_event_table import AdverseEvent
from monitor.analysis.alarm_counts import counts
from monitor.analysis.alarm_report import (
    AlarmReport,
    HourBurden,
    Response,
    RuleBurden,
    SessionAlarms,
    Sustained,
    report,
)
from monitor.cohorts.alarm_variants import RECORDED, AlarmVariants, SessionVariants, Variant
from monitor.cohorts.journals import find_journals
from monitor.commands.cohort import CohortOptions, analyse, exit_if_incomplete, missing
from monitor.commands.output import (
    print_facts,
    print_json,
    print_lines,
    print_rows,
    print_title,
    utc,
)
from monitor.commands.policy import reviewed
from monitor.commands.report_sensors import print_sensors
from monitor.commands.report_verdicts import print_verdicts, verdicts
from monitor.commands.time_text import span_text
from monitor.config.policies import find_policy


def report_alarms(
    paths: list[Path],
    sustain: str,
    policy: str | None,
    options: CohortOptions,
    *,
    as_json: bool,
) -> None:
    """Print the alarm burden of each journal, and the total of several.

    Args:
        paths: of journals, or folders with journals.
        sustain: sustain times to try, such as ``0s,14s,19s``; empty for none.
        policy: report the alarms of this policy instead of the recorded ones.
        options: where to analyse several journals.
        as_json: print one JSON object instead of tables.

    Raises:
        PhysiomonError: a journal, the policy or a sustain time cannot be used.
    """
    times = sorted({parse_duration(text) for text in sustain.split(",")}) if sustain else []
    other = None if policy is None else find_policy(policy)
    task = AlarmVariants(_variants(other, times), sensors=True)
    cohort = analyse(task, find_journals(paths), options)
    sessions = [
        _session(SessionVariants(path, result), other, times)
        for path, result in cohort.results.items()
    ]
    total = report([session.watched for session in sessions]) if sessions else None
    if as_json:
        journals = [_facts(session) for session in sessions]
        whole = None if total is None else asdict(total)
        print_json({"journals": journals, "sum": whole, "missing": missing(cohort)})
    elif not cohort.interrupted:
        _print_all(sessions, total, len(cohort.missing))
    exit_if_incomplete(cohort, options.results)


@dataclass(frozen=True, slots=True)
class _Session:
    recorded: SessionVariants
    watched: SessionAlarms


def _variants(other: Policy | None, times: Sequence[float]) -> tuple[Variant, ...]:
    instead = () if other is None else (Variant(policy=other),)
    return (*instead, *(Variant(policy=other, sustain_s=time_s) for time_s in times))


def _session(found: SessionVariants, other: Policy | None, times: Sequence[float]) -> _Session:
    watched = SessionAlarms(
        policy=other or found.policy,
        began_ns=found.began_ns,
        ended_ns=found.ended_ns,
        occurrences=found.occurrences(RECORDED if other is None else Variant(policy=other).name),
        heard=other is None,
        sustained={
            time_s: counts(found.occurrences(Variant(policy=other, sustain_s=time_s).name))
            for time_s in times
        },
    )
    return _Session(found, watched)


def _facts(session: _Session) -> dict[str, object]:
    policy, recorded = session.watched.policy, session.recorded
    return {
        "journal": str(recorded.path),
        "session": recorded.id,
        "policy": f"{policy.name} {policy.version}",
        "policy_digest": policy.digest,
        "recorded": session.watched.heard,
        **asdict(report([session.watched])),
        "adverse_events": [asdict(each) for each in recorded.adverse_events],
        "sensors": recorded.sensors,
        "head": None if recorded.head is None else asdict(recorded.head),
    }


# Tables


def _print_all(sessions: Sequence[_Session], total: AlarmReport | None, lacking: int) -> None:
    for session in sessions:
        rules = session.watched.policy
        heard = "" if session.watched.heard else ", what-if"
        title = (
            f"{session.recorded.id}, policy {rules.name} {rules.version} ({reviewed(rules)}){heard}"
        )
        _print(title, report([session.watched]), rules)
        _print_events(session.recorded.adverse_events)
        print_sensors(session.recorded.sensors)
        _print_head(session.recorded)
    if total is not None and len(sessions) + lacking > 1:
        few = f"{len(sessions)} of {len(sessions) + lacking} sessions"
        _print(few if lacking else f"All {len(sessions)} sessions", total, None)


def _print(title: str, found: AlarmReport, policy: Policy | None) -> None:
    facts: dict[str, object] = {
        "lasted": f"{found.hours:.2f} h",
        "physiological_alarms": (
            f"{count(found.physiological, 'alarm')}, {found.physiological_per_hour:.1f} per hour, "
            f"in alarm {found.physiological_share:.1%} of the time"
        ),
        "technical_alarms": (
            f"{count(found.technical, 'alarm')}, {found.technical_per_hour:.1f} per hour, "
            f"in alarm {found.technical_share:.1%} of the time"
        ),
        "silent_notices": found.info,
        "covered_by_higher_alarms": found.inside,
        "by_priority": ", ".join(f"{name} {n}" for name, n in found.by_priority.items()),
        "answered": _answered(found.response),
    }
    if found.reviews is not None and found.reviews.reviewed:
        facts["reviewed"] = verdicts(found.reviews)
    print_facts(title, facts)
    raised = [rule for rule in found.by_rule if rule.alarms or rule.inside]
    if raised:
        print_title("By rule")
        headings = ("rule", "priority", "type", "alarms", "covered", "in alarm", "of the time")
        print_rows(headings, (_rule_row(rule) for rule in raised))
        print_title("By hour of the session")
        print_rows(
            ("hour", "physiological", "technical", "silent"),
            ((f"{hour.hour} to {hour.hour + 1} h", *_groups(hour)) for hour in found.by_hour),
        )
    answers = [(rule.rule, rule.response) for rule in raised if rule.alarms and rule.response]
    if any(response.answered for _, response in answers):
        print_title("Time to acknowledge")
        print_rows(
            ("rule", "answered", "median", "longest", "unanswered"),
            ((rule, *_answers(response)) for rule, response in answers),
        )
    print_verdicts(raised)
    if found.sustained:
        print_title("Alarms with the same sustain time for every rule")
        times = [duration_text(one.sustain_s) for one in found.sustained]
        print_rows(("rule", "current", *times), _sustained_rows(found, policy))
    print_title("")


def _print_events(events: Sequence[AdverseEvent]) -> None:
    if not events:
        return
    print_title("Adverse events")
    print_rows(
        ("at", "lasted", "adverse event", "severity", "relation", "action"),
        (
            (
                span_text(each.started_s),
                "not over" if each.lasted_s is None else span_text(each.lasted_s),
                each.text if each.kind == OTHER else each.kind,
                each.severity,
                each.relation,
                each.action or "-",
            )
            for each in events
        ),
    )
    print_title("")


def _print_head(session: SessionVariants) -> None:
    """Print the newest signed head, so that a printed report proves what the journal contained."""
    head, public = session.head, session.path.with_name("signing.pub")
    if head is None:
        return
    signed = "see --key of journal verify"
    if public.exists():
        from monitor.storage.signing_key import fingerprint, read_public_key  # noqa: PLC0415 - slow

        key = read_public_key(public)
        signed = fingerprint(key) if head.is_signed_by(key) else f"not with the key in {public}"
    print_facts(
        "Signed head of the journal",
        {
            "entries": head.entries,
            "until": utc(head.until_ns),
            "hash": head.hash,
            "signature": head.signature,
            "signed_with": signed,
        },
    )
    print_lines(f"{head.text()}\n")


def _rule_row(rule: RuleBurden) -> tuple[object, ...]:
    kind = "technical" if rule.technical else "physiological"
    span = span_text(rule.in_alarm_s)
    share = f"{rule.share:.1%}"
    return rule.rule, rule.priority, kind, rule.alarms, rule.inside, span, share


def _groups(found: HourBurden) -> tuple[object, ...]:
    return found.physiological, found.technical, found.info


def _answers(response: Response) -> tuple[object, ...]:
    median, longest = span_text(response.median_s), span_text(response.longest_s)
    return response.answered, median, longest, response.never


def _sustained_rows(found: AlarmReport, policy: Policy | None) -> list[tuple[object, ...]]:
    rules = with_safeguards(policy).rules if policy else ()
    own = {rule.id: rule.sustain_s for rule in rules}
    rows: list[tuple[object, ...]] = [
        (
            rule.rule,
            # A policy that was activated later in the session has other rules.
            f"{rule.alarms} ({duration_text(own[rule.rule])})" if rule.rule in own else rule.alarms,
            *(one.by_rule.get(rule.rule, 0) for one in found.sustained),
        )
        for rule in found.by_rule
        if rule.alarms or any(one.by_rule.get(rule.rule) for one in found.sustained)
    ]
    first = found.sustained[0]
    return [
        *rows,
        ("physiological alarms", found.physiological, *(s.physiological for s in found.sustained)),
        (
            f"  fewer than at {duration_text(first.sustain_s)}",
            _fewer(found.physiological, first),
            *(_fewer(one.physiological, first) for one in found.sustained),
        ),
        ("technical alarms", found.technical, *(s.technical for s in found.sustained)),
        ("silent notices", found.info, *(s.info for s in found.sustained)),
    ]


def _fewer(physiological: int, first: Sustained) -> str:
    """Return the share of alarms avoided, compared with the shortest sustain time."""
    if first.physiological == 0:
        return "-"
    return f"{(first.physiological - physiological) / first.physiological:.0%}"


def _answered(response: Response | None) -> str:
    if response is None:
        return "not applicable: these alarms were not announced"
    calls = response.answered + response.never
    if response.answered == 0:
        return f"0 of {calls}"
    return (
        f"{response.answered} of {calls}, median {span_text(response.median_s)}, "
        f"longest {span_text(response.longest_s)}"
    )
