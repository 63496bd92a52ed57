"""The table of docs/decisions/0014-evidence.md: the effect of other statistics."""

import random
import re
from pathlib import Path

import pytest

from tests.durations import LONG
from tests.scenarios.play import MDMA, STRAP, Play, swinging, turns

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "0014-evidence.md"
SEEDS = 10
# The one of the shipped policies; the others are compared with it in CI.
STATISTICS = ["median(10s)", *(["last", "median(30s)", "mean(10s)"] if LONG else [])]


def under(statistic: str) -> str:
    """Return `mdma-session` with another statistic of the heart rate."""
    line = "" if statistic == "last" else f'statistic = "{statistic}"\n'
    return re.sub(r'statistic = "median\(10s\)"\n', line, MDMA)


def seconds_until(policy: str, rule: str, *courses: list[int]) -> str:
    """Return the seconds until a rule raises its alarm, the latest of some runs, or ``-``."""
    raised = [Play(STRAP, policy=policy).rates(0, course).raised(rule) for course in courses]
    return f"{max(each[0] for each in raised):.0f}" if all(raised) else "-"


def noise(seconds: int) -> list[int]:
    """Return a strap that is put on dry: no value, noise, and then a resting heart."""
    rng = random.Random(3)
    return [0] * 20 + [rng.randint(152, 220) for _ in range(seconds)] + [70, 71] * 60


def row(statistic: str) -> str:
    """Return a row of the table."""
    policy = under(statistic)
    cells = [
        seconds_until(policy, "hr-150", turns(163, 147, seconds=120)),
        *(
            seconds_until(policy, rule, *(swinging(mean, sd, seed, 240) for seed in range(SEEDS)))
            for rule, mean, sd in (("hr-150", 155, 8), ("hr-131", 140, 10))
        ),
        seconds_until(policy, "hr-150", turns(160, *[70] * 9, seconds=900)),
        seconds_until(policy, "hr-150", noise(15)),
        seconds_until(policy, "hr-150", noise(30)),
        seconds_until(
            policy, "hr-150", [75, 76] * 50 + turns(156, 157, 158, seconds=130) + [75, 76] * 35
        ),
    ]
    return f"| `{statistic}` | {' | '.join(cells)} |"


@pytest.mark.no_cover
@pytest.mark.parametrize("statistic", STATISTICS)
def test_table_matches_the_engine(statistic: str) -> None:
    assert row(statistic) in PAGE.read_text("utf-8")
