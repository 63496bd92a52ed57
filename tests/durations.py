"""Lengths of tests, and how long they wait."""

import os
from collections.abc import Iterable, Sequence
from itertools import cycle, islice, product
from typing import Any

import pytest

SOAK = "SOAK" in os.environ  # `make soak`: more random moments and examples, and longer sessions
CI = "CI" in os.environ
LONG = SOAK or CI  # the long form of tests that have one, and all combinations of their cases
SOAK_HOURS = 4.0 if SOAK else 0.1  # of a session in virtual time
PATIENCE_S = 240.0  # timeout for events that are immediate on an idle machine


def examples(few: int) -> int:
    """Return how many random examples to try: `few` of them, more in CI and in `make soak`."""
    return few * (30 if SOAK else 3 if CI else 1)


def combinations(*cases: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return all combinations; on a developer's machine only enough to include each case once."""
    if LONG:
        return [*product(*cases)]
    return [*islice(zip(*map(cycle, cases), strict=False), max(map(len, cases)))]


def rest_extended(cases: Iterable[Any], *, first: int = 1) -> list[Any]:
    """Return the cases of a parametrised test; all but the first are marked as `extended`."""
    return [
        case if number < first else pytest.param(case, marks=pytest.mark.extended)
        for number, case in enumerate(cases)
    ]


LAW_SESSIONS = int(os.environ.get("LAW_SESSIONS", examples(10)))  # random ones of tests.never_blind
