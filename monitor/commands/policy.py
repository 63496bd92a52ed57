"""`physiomon policy`: check and explanation of alarm policies."""

from alerts.policy.expected_course import in_words as course_in_words
from alerts.policy.expressions import duration_text
from alerts.policy.parser import PolicyError
from alerts.policy.rule_text import as_json as policy_facts
from alerts.policy.rule_text import in_words
from alerts.policy.rules import Policy
from alerts.policy.safeguards import with_safeguards
from dashboards.console.formatting import count
from devices.signals import SIGNALS
from monitor.commands.output import print_error, print_facts, print_json, print_rows
from monitor.config.policies import find_policy


def check(name: str, *, as_json: bool) -> bool:
    """Print every mistake in a policy; return whether there is none."""
    try:
        policy = find_policy(name)
    except PolicyError as error:
        if not as_json:
            for problem in error.problems[1:]:
                print_error(f"{name}, {problem}")
            raise
        problems = [{"line": p.line, "key": p.key, "what": p.what} for p in error.problems]
        print_json({"ok": False, "problems": problems or [{"what": str(error)}]})
        return False
    if as_json:
        print_json({"ok": True, "problems": []})
    else:
        print_facts(name, {"ok": f"{count(len(policy.rules), 'rule')}, {reviewed(policy)}"})
    return True


def show(name: str, *, as_json: bool) -> None:
    """Print each rule in plain words, including the safeguards that every policy has."""
    policy = with_safeguards(find_policy(name))
    if as_json:
        print_json(policy_facts(policy))
        return
    facts: dict[str, object] = {"review": reviewed(policy), "digest": policy.digest}
    for signal, seconds in policy.settling:
        held = f"settles for {duration_text(seconds)}: no alarms for rises or low values meanwhile"
        facts[SIGNALS[signal].label] = held
    for course in policy.expected:
        facts[f"{SIGNALS[course.signal].label}, expected"] = course_in_words(course)
    print_facts(f"{policy.name} {policy.version}", facts)
    print_rows(
        ("rule", "in words", "source"),
        ((rule.id, in_words(rule), rule.source) for rule in policy.rules),
    )


def reviewed(policy: Policy) -> str:
    """Return who reviewed a policy."""
    if policy.reviewed_by:
        return f"reviewed by {policy.reviewed_by}"
    return "template, not reviewed: needs sign-off by the study physician"
