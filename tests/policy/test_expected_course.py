"""The expected course after the dose: parsed, refused with its line, and described in words."""

from dataclasses import replace

import pytest

from alerts.policy.expected_course import in_words
from alerts.policy.parser import PolicyError, load_shipped, parse_policy
from alerts.policy.rule_text import as_json
from tests.policy.texts import HEADER, HR, written

RULE = written(HR + "above = 99").removeprefix(HEADER)


def text(points: str, signal: str = "heart_rate", more: str = "") -> str:
    """Return a policy whose expected table is on line 3, its points on line 5."""
    table = f'[[expected]]\nsignal = "{signal}"\npoints = {points}\nsource = "s"\n{more}'
    return HEADER + table + RULE


def test_points_are_minutes_after_the_dose_and_differences_from_the_baseline() -> None:
    (course,) = parse_policy(text("[[0, -10, 10], [90.5, 0, 40]]"), "here").expected
    assert course.points == ((0.0, -10.0, 10.0), (90.5, 0.0, 40.0))
    assert in_words(course).startswith("expected +0 to +40 /min from baseline 90.5 min after")


def test_digest_covers_the_expected_course_and_rules_do_not_change() -> None:
    plain, wide = (parse_policy(text(f"[[0, 0, 1], [9, 0, {high}]]"), "here") for high in (1, 2))
    assert plain.digest != wide.digest
    assert plain.rules == wide.rules == parse_policy(HEADER + RULE, "here").rules


@pytest.mark.parametrize(
    ("points", "line", "what"),
    [
        ("[[0, 1, 2]]", 5, "must be 2 to 100 points [minutes after the dose, low, high]"),
        ("[[0, 1, 2],\n[9, 1]]", 6, "must be [minutes after the dose, low, high]"),
        ("[[0, 1, 2],\n[9, 2, 2]]", 6, "low must be less than high"),
        ("[[0, 1, 2],\n[-1, 1, 2]]", 6, "minutes must be 0 to 1440"),
        ("[[0, 1, 2],\n[9, 1, 900]]", 6, "added to the baseline: at most"),
        ("[[9, 1, 2],\n[9, 1, 2]]", 6, "must be later than the point before it"),
        ("[[0, 1, nan],\n[9, 1, 2]]", 5, "must be 2 to 100 points"),
        ('"wide"', 5, "must be 2 to 100 points"),
    ],
)
def test_mistake_is_reported_with_its_line(points: str, line: int, what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text(points), "here")
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (line, "points of expected 1")
    assert what in problem.what


def test_unknown_signals_and_keys_are_reported() -> None:
    for wrong, key, what in (
        (text("[[0, 1, 2], [9, 1, 2]]", signal="hart_rate"), "signal", "mean heart_rate?"),
        (text("[[0, 1, 2], [9, 1, 2]]", more="low = 1\n"), "low", "is not a known key"),
    ):
        with pytest.raises(PolicyError) as caught:
            parse_policy(wrong, "here")
        (problem,) = caught.value.problems
        assert problem.key == f"{key} of expected 1"
        assert what in problem.what
    with pytest.raises(PolicyError, match=r"already has a course on line 4"):
        again = (
            '[[expected]]\nsignal = "heart_rate"\npoints = [[0, 1, 2], [9, 1, 2]]\nsource = "s"\n'
        )
        parse_policy(text("[[0, 1, 2], [9, 1, 2]]", more=again), "here")
    with pytest.raises(PolicyError, match="tables under"):
        parse_policy(HEADER + "expected = 3\n" + RULE, "here")


def test_expected_course_of_the_session_policy_is_a_proposal() -> None:
    policy = load_shipped("mdma-session")
    assert [course.signal for course in policy.expected] == ["heart_rate", "core_temperature"]
    assert all(course.source.startswith("proposal") for course in policy.expected)
    assert [course["signal"] for course in as_json(policy)["expected"]] == [
        "heart_rate",
        "core_temperature",
    ]
    assert replace(policy, expected=()).rules == policy.rules
