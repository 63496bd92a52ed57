"""Rules in one plain sentence."""

import pytest

from alerts.policy.parser import parse_policy
from alerts.policy.rule_text import as_json, in_words

HEADER = 'name = "p"\nversion = "1"\n'
FIRM = """
[[rule]]
id = "firm"
signal = "core_temperature"
above = 39.0
priority = "low"
message = "m"
source = "s"
"""


def words(rule: str, priority: str = "low") -> str:
    """Return the words for a policy's first rule."""
    table = f'[[rule]]\nid = "r"\npriority = "{priority}"\nmessage = "m"\nsource = "s"\n{rule}'
    return in_words(parse_policy(HEADER + table + FIRM, "here").rules[0])


HR = 'signal = "heart_rate"\n'
CT = 'signal = "core_temperature"\n'
OVER = "clears as soon as that is over"
JUDGED = "clears when it is judged again; on an unstable link 5 to 15 min later"


@pytest.mark.parametrize(
    ("rule", "when", "end"),
    [
        (
            HR + 'above = 110\nsustain = "60s"\nclear = 105\nclear_after = "30s"',
            "heart rate has been above 110 /min for 60 s in all",
            "clears when it has been below 105 /min for 30 s in all",
        ),
        (
            HR + "at_most = 40\nclear = 43\nlatch = true",
            "heart rate is at most 40 /min",
            "as soon as it is above 43 /min, the alarm stays until it is reset",
        ),
        (
            HR + 'above = 99\nrepeated = "2 in 10min"',
            "heart rate is above 99 /min 2 times in a row within 10 min",
            OVER,
        ),
        (
            CT + 'due = "every 30min from dose until dose + 3h"',
            (
                "a measurement of core temperature is due: "
                "every 30 min from the dose until 3 h after the dose"
            ),
            OVER,
        ),
        (
            CT + 'due = "1 within 15min before supplement"',
            ("a measurement of core temperature is due: 1 within the 15 min before the supplement"),
            OVER,
        ),
        (
            CT + 'statistic = "median(60s)"\nat_least = "baseline + 1.0 + 3 spread"',
            "the 60 s median of core temperature is at least the baseline + 1 °C + 3 spreads",
            OVER,
        ),
        (
            CT + 'above = "rolling(5min) - 0.5 + 1 spread"\nclear_after = "2min"',
            "core temperature is above the median of the 5 min before - 0.5 °C + 1 spread",
            "clears when that has been over for 2 min in all",
        ),
        (
            HR + 'statistic = "ewma(90s)"\nabove = "ewma(1h) + 9"',
            (
                "the exponentially weighted mean (half-life 90 s) of heart rate is above "
                "the exponentially weighted mean (half-life 1 h) before + 9 /min"
            ),
            OVER,
        ),
        (
            'signal = "rr_interval"\nstatistic = "sd(5min)"\nbelow = 10',
            "the 5 min standard deviation of RR interval is below 10 ms",
            OVER,
        ),
        (
            'signal = "rr_interval"\nstatistic = "rmssd(5min)"\nbelow = 8',
            "the 5 min RMSSD of RR interval is below 8 ms",
            OVER,
        ),
        (
            'all = ["sdnn(60s) of rr_interval below 9", "heart_rate above 99"]',
            (
                "the ultra-short 60 s SDNN of RR interval is below 9 ms and heart rate is above "
                "99 /min"
            ),
            OVER,
        ),
        (
            HR + 'statistic = "slope(5min)"\nabove = 5',
            "the 5 min slope of heart rate is above 5 /min per minute",
            OVER,
        ),
        (HR + 'absent = "10s"', "heart rate has not been judged for 10 s", JUDGED),
        (HR + 'invalid = "5s"', "only invalid values of heart rate have come for 5 s", JUDGED),
        (HR + 'frozen = "5min"', "heart rate has kept the same value for 5 min", OVER),
        ('fault = "recorder-failure"', "the recording cannot be written", OVER),
        (
            CT + 'rise = "0.5 in 15min"\nall = ["heart_rate above 120"]\nsustain = "2min"',
            (
                "the one-minute median of core temperature has risen by 0.5 °C or more within "
                "15 min and heart rate has been above 120 /min for 2 min in all"
            ),
            OVER,
        ),
    ],
)
def test_rule_text_describes_condition_and_end(rule: str, when: str, end: str) -> None:
    assert words(rule) == f"Raises a low alarm when {when}; {end}."


@pytest.mark.parametrize(
    ("priority", "beginning"),
    [("info", "Raises an info alarm"), ("high", "Raises a high alarm")],
)
def test_rule_text_names_the_priority(priority: str, beginning: str) -> None:
    assert words('signal = "heart_rate"\nabove = 99', priority).startswith(beginning)


def test_policy_in_json_has_the_keys_of_its_file_and_rule_texts() -> None:
    policy = parse_policy(HEADER + FIRM, "here")
    assert as_json(policy) == {
        "name": "p",
        "version": "1",
        "reviewed_by": "",
        "digest": policy.digest,
        "rules": [
            {
                "id": "firm",
                "signal": "core_temperature",
                "statistic": "last",
                "above": "39",
                "sustain": "0s",
                "clear_after": "0s",
                "priority": "low",
                "latch": False,
                "message": "m",
                "source": "s",
                "technical": False,
                "words": in_words(policy.rules[0]),
            }
        ],
        "settling": {},
        "expected": [],
    }
