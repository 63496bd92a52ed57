"""Properties: any text is a policy or refused, and a policy round-trips through JSON."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from alerts.policy.parser import PolicyError, load_shipped, parse_policy
from alerts.policy.rule_text import as_json
from alerts.policy.rules import Policy
from alerts.policy.tables import RuleTable
from tests.policy.texts import HEADER, written


def sound_or_refused(text: str) -> Policy | None:
    """Parse a text; any mistake must be a PolicyError on one of its lines."""
    try:
        return parse_policy(text, "here")
    except PolicyError as error:
        told = error.problems
    assert told
    for problem in told:
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.what
    return None


@example("'\r0")  # only a line feed ends a line
@given(st.text())
def test_any_text_is_a_valid_policy_or_refused(text: str) -> None:
    sound_or_refused(text)


SHIPPED = load_shipped("mdma-session").text


@given(st.integers(0, len(SHIPPED)), st.integers(0, 40), st.text(max_size=20))
def test_edited_policy_is_valid_or_refused(start: int, length: int, text: str) -> None:
    sound_or_refused(SHIPPED[:start] + text + SHIPPED[start + length :])


# The first two values of each key are valid for some rule.
CHOICES = {
    "signal": "'heart_rate' | 'core_temperature' | 'battery' | 'rr_interval' | '' | 1",
    "statistic": (
        "'last' | 'median(60s)' | 'sd(5min)' | 'ewma(90s)' | 'rmssd(5min)' | 'coverage(9s)' | '('"
    ),
    **dict.fromkeys(
        ("above", "at_least", "below", "at_most", "clear"),
        "99 | 'baseline + 1' | 'rolling(5min) - 2 spread' | 'ewma(90s)' | -0.0 | 1e300 | inf | []",
    ),
    "rise": "'0.5 in 15min' | '9 in 2h' | 'in' | 0.5",
    **dict.fromkeys(("absent", "invalid", "frozen"), "'10s' | '90min' | '0s' | 9"),
    "due": "'every 30min from dose until dose + 3h' | '2 within 9min before dose' | 'dose'",
    "repeated": "'2 in 10min' | '3 in 1h' | '1 in 9s'",
    "fault": "'clock-jump' | 'decode-errors' | 'x'",
    "all": (
        "['heart_rate above 99', 'median(60s) of core_temperature below baseline - 1'] | "
        "['core_temperature rise 0.5 in 15min', 'heart_rate at_least 99'] | ['']"
    ),
    **dict.fromkeys(("sustain", "clear_after"), "'0s' | '90s' | '1h' | '500ms' | 'soon'"),
    "latch": "true | false | 1",
}
VALUES = {key: choices.split(" | ") for key, choices in CHOICES.items()}
TABLES = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in VALUES.items()})
SOUND = {key: values[:2] for key, values in VALUES.items()}
KINDS = ("above", "at_least", "below", "at_most", "rise", "absent", "fault", "all")


@given(st.lists(TABLES, max_size=3))
def test_any_combination_of_keys_is_a_valid_policy_or_refused(tables: list[dict[str, str]]) -> None:
    sound_or_refused(written(*("\n".join(f"{k} = {v}" for k, v in t.items()) for t in tables)))


def rule_text(rule: dict[str, Any]) -> str:
    """Write a rule of a policy's JSON as TOML: JSON's strings, lists and booleans are TOML's."""
    keys = [key for key in rule if key in RuleTable.model_fields]
    return "\n".join(f"{key} = {json.dumps(rule[key], ensure_ascii=False)}" for key in keys)


@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: st.fixed_dictionaries(
            {kind: st.sampled_from(SOUND[kind])},
            optional={
                key: st.sampled_from(SOUND[key])
                for key in ("signal", "statistic", "clear", "sustain", "clear_after", "latch")
            },
        )
    )
)
def test_rule_round_trips_through_json(table: dict[str, str]) -> None:
    policy = sound_or_refused(written("\n".join(f"{k} = {v}" for k, v in table.items())))
    if policy is not None:
        (rule,) = as_json(policy)["rules"]
        assert parse_policy(f"{HEADER}[[rule]]\n{rule_text(rule)}", "json").rules == policy.rules


def test_shipped_policy_round_trips_through_json() -> None:
    policy = load_shipped("mdma-session")
    rules = json.loads(json.dumps(as_json(policy)))["rules"]
    text = HEADER + "".join(f"[[rule]]\n{rule_text(rule)}\n" for rule in rules)
    assert parse_policy(text, "json").rules == policy.rules
