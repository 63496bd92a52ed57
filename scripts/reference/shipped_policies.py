"""The rules of the shipped policies, in plain words."""

from alerts.policy.parser import load_shipped, shipped
from alerts.policy.rule_text import in_words
from alerts.policy.rules import Rule
from alerts.policy.safeguards import with_safeguards
from scripts.reference.markdown import code, sections, table

_HEAD = """# Shipped policies

This is what `physiomon policy show NAME` prints. **They are templates that no physician has
reviewed**: each limit needs the approval of the study physician before use. The rules below
"Safeguards" are part of every policy without a rule for the same purpose."""


def page() -> str:
    """Return the page."""
    policies = {name: load_shipped(name) for name in shipped()}
    added: dict[str, Rule] = {}
    parts = []
    for name, policy in policies.items():
        own = {rule.id for rule in policy.rules}
        whole = with_safeguards(policy).rules
        added |= {rule.id: rule for rule in whole if rule.id not in own}
        parts += [f"## {name}", _rules([rule for rule in whole if rule.id in own])]
    return sections(_HEAD, *parts, "## Safeguards", _rules([*added.values()]))


def _rules(rules: list[Rule]) -> str:
    rows = ((code(rule.id), in_words(rule), rule.source) for rule in rules)
    return table(("Rule", "In words", "Source"), rows)
