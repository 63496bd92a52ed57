"""`physiomon report`: alarm burden and adverse events of recorded sessions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from alerts.policy.expressions import duration_text, parse_duration
from alerts.policy.rules import Policy
from alerts.policy.safeguards import with_safeguards
from alerts.policy.study_drug import OTHER
from dashboards.console.formatting import count
from monitor.analysis.adverse_event_table import AdverseEvent, adverse_events
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
from monitor.analysis.whatif import alarms_under, always, with_sustain
from monitor.commands.output import (
    print_facts,
    print_json,
    print_lines,
    print_rows,
    print_title,
    utc,
)
from monitor.commands.policy import reviewed
from monitor.commands.progress import Progress, progress
from monitor.commands.report_verdicts import print_verdicts, verdicts
from monitor.config.policies import find_policy
from monitor.facts import AdverseEventFact, AlarmFact
from monitor.sessions.alarm_occurrences import AlarmOccurrences
from monitor.sessions.recording import Recording, read_recording, without_duplicates
from monitor.storage.head_check import newest_head
from monitor.storage.journal import Journal
from monitor.storage.signed_head import SignedHead
from monitor.storage.signing_key import fingerprint, read_public_key


@dataclass(frozen=True, slots=True)
class _Session:
    path: Path
    recorded: Recording
    watched: SessionAlarms
    head: SignedHead | None
    events: Sequence[AdverseEvent]


def report_alarms(paths: list[Path], sustain: str, policy: str | None, *, as_json: bool) -> None:
    """Print the alarm burden of each journal, and the total of several.

    Args:
        paths: of journals.
        sustain: sustain times to try, such as ``0s,14s,19s``; empty for none.
        policy: report the alarms of this policy instead of the recorded ones.
        as_json: print one JSON object instead of tables.

    Raises:
        PhysiomonError: a journal, the policy or a sustain time cannot be used.
    """
    times = sorted({parse_duration(text) for text in sustain.split(",")}) if sustain else []
    other = None if policy is None else find_policy(policy)
    with progress() as bar:
        sessions: list[_Session] = []
        for path in without_duplicates(paths):
            with Journal.read(path) as journal:
                sessions.append(_session(journal, other, times, bar))
    total = report([session.watched for session in sessions])
    if as_json:
        journals = [_facts(session) for session in sessions]
        print_json({"journals": journals, "sum": asdict(total)})
        return
    for session in sessions:
        spec, rules = session.recorded.spec, session.watched.policy
        heard = "" if session.watched.heard else ", what-if"
        title = f"{spec.id}, policy {rules.name} {rules.version} ({reviewed(rules)}){heard}"
        _print(title, report([session.watched]), rules)
        _print_events(session.events)
        _print_head(session)
    if len(sessions) > 1:
        _print(f"All {len(sessions)} sessions", total, None)


def _session(
    journal: Journal, other: Policy | None, times: Sequence[float], bar: Progress
) -> _Session:
    session = read_recording(journal)
    policy = other or session.spec.policy

    def would(instead: Callable[[Policy], Policy], what: str) -> Iterable[AlarmFact]:
        entries = bar(journal.entries(), journal.last_seq, f"{journal.path.name}: {what}")
        return alarms_under(instead, entries, session.ended_ns)

    def sustained_for(time_s: float) -> Callable[[Policy], Policy]:
        return lambda in_force: with_sustain(other or in_force, time_s)

    raised = (
        session.occurrences().until(session.ended_ns)
        if other is None
        else AlarmOccurrences(would(always(other), other.name)).until(session.ended_ns)
    )
    sustained = {
        time_s: counts(
            AlarmOccurrences(
                would(sustained_for(time_s), f"sustain {duration_text(time_s)}")
            ).until(session.ended_ns)
        )
        for time_s in times
    }
    watched = SessionAlarms(
        policy=policy,
        began_ns=session.began_ns,
        ended_ns=session.ended_ns,
        occurrences=raised,
        heard=other is None,
        sustained=sustained,
    )
    events = adverse_events(session.facts(AdverseEventFact), session.began_ns)
    return _Session(journal.path, session, watched, newest_head(journal), events)


def _facts(session: _Session) -> dict[str, object]:
    policy = session.watched.policy
    return {
        "journal": str(session.path),
        "session": session.recorded.spec.id,
        "policy": f"{policy.name} {policy.version}",
        "policy_digest": policy.digest,
        "recorded": session.watched.heard,
        **asdict(report([session.watched])),
        "adverse_events": [asdict(each) for each in session.events],
        "head": None if session.head is None else asdict(session.head),
    }


# Tables


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
                _span(each.started_s),
                "not over" if each.lasted_s is None else _span(each.lasted_s),
                each.text if each.kind == OTHER else each.kind,
                each.severity,
                each.relation,
                each.action or "-",
            )
            for each in events
        ),
    )
    print_title("")


def _print_head(session: _Session) -> None:
    """Print the newest signed head, so that a printed report proves what the journal contained."""
    head, public = session.head, session.path.with_name("signing.pub")
    if head is None:
        return
    signed = "see --key of journal verify"
    if public.exists():
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
    span = _span(rule.in_alarm_s)
    share = f"{rule.share:.1%}"
    return rule.rule, rule.priority, kind, rule.alarms, rule.inside, span, share


def _groups(found: HourBurden) -> tuple[object, ...]:
    return found.physiological, found.technical, found.info


def _answers(response: Response) -> tuple[object, ...]:
    median, longest = _span(response.median_s), _span(response.longest_s)
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
        f"{response.answered} of {calls}, median {_span(response.median_s)}, "
        f"longest {_span(response.longest_s)}"
    )


def _span(seconds: float | None) -> str:
    """Format a time as h:mm:ss or m:ss."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
