"""Lengths of tests, and how long they wait."""

import os

SOAK = "SOAK" in os.environ  # `make soak`: more random moments and examples, and longer sessions
CI = "CI" in os.environ
SOAK_HOURS = 4.0 if SOAK else 0.1  # of a session in virtual time
LAW_SESSIONS = int(os.environ.get("LAW_SESSIONS", "20"))  # random ones of tests.never_blind
PATIENCE_S = 240.0  # for what an idle machine does at once: only what never comes may reach it


def examples(few: int) -> int:
    """Return how many random examples to try: `few` of them, more in CI and in `make soak`."""
    return few * (30 if SOAK else 3 if CI else 1)
