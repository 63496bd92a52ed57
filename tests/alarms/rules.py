"""Two policies, and changes of their rules, that between them use every kind of condition."""

from typing import Any

from tests.alarms.model import Rule

HEART, CORE, SYSTOLIC = "strap/heart_rate", "patch/core_temperature", "manual/systolic"

FIRST = (
    Rule("hr-high", "above", 110, HEART, 105, 10, 15, "medium"),
    Rule("hr-low", "at_most", 40, HEART, None, 5, 0, "high", latch=True),
    Rule("hr-150", "above", 150, HEART, 140, 0, 0, "high", latch=True),
    Rule("hr-note", "above", 100, HEART, None, 3, 3, "info"),
    Rule("ct-high", "above", 38, CORE, 37, 40, 30, "high"),
    Rule("both", "all", ((CORE, 38), (HEART, 120)), "", None, 5, 3, "high", latch=True),
    Rule("bp", "above", 160, SYSTOLIC, 155, 0, 0, "medium"),
    Rule("no-hr", "absent", 10, HEART),
    Rule("no-hr-long", "absent", 30, HEART, None, 5, 10, "medium"),
    Rule("no-ct", "absent", 90, CORE),
    Rule("off-body", "invalid", 5, HEART, None, 0, 2),
    Rule("frozen", "frozen", 20, HEART, None, 0, 0, "medium"),
    Rule("recorder", "trouble", "recorder-failure", priority="high"),
    Rule("clock", "trouble", "clock-jump", sustain=5, clear_after=5),
    Rule("bp-due", "due", 120, SYSTOLIC, sustain=20, until=600),
    Rule("bp-before", "before", 60, SYSTOLIC, priority="medium"),
)

# Another order; rules that are new, gone, changed, and one that watches for something else.
SECOND = (
    Rule("frozen", "frozen", 30, HEART, None, 0, 0, "medium"),
    Rule("recording", "trouble", "recorder-failure", priority="high"),
    Rule("both", "all", ((CORE, 37), (HEART, 110)), "", None, 8, 0, "high"),
    Rule("hr-new", "above", 120, HEART, 115, 5, 5, "high", latch=True),
    Rule("hr-150", "above", 150, HEART, 140, 2, 2, "high", latch=True),
    Rule("hr-high", "above", 130, HEART, 105, 10, 5, "low"),
    Rule("no-hr", "invalid", 8, HEART),
    Rule("ct-high", "above", 39, CORE, 38, 30, 20, "high"),
    Rule("bp-due", "due", 240, SYSTOLIC, sustain=20),
)

POLICIES = {"first": FIRST, "second": SECOND}

OFF: dict[str, Any] = {"enabled": False}
CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hr-high", {"above": 130, "clear": 125}),
    ("hr-high", {"above": 90, "clear": 85}),
    ("hr-high", {"sustain": "3s"}),
    ("hr-high", {"sustain": "0s"}),
    ("hr-high", {"clear_after": "0s"}),
    ("hr-high", {"clear_after": "30s", "latch": True}),
    ("hr-high", {"priority": "high", "sustain": "5s"}),
    ("hr-150", {"sustain": "4s"}),
    ("hr-150", {"latch": False}),
    ("hr-low", {"sustain": "1s", "latch": False}),
    ("ct-high", {"sustain": "2s"}),
    ("ct-high", {"clear_after": "2s", "latch": True}),
    ("hr-150", {"priority": "info"}),
    ("both", {"sustain": "0s"}),
    ("both", {"latch": True, "clear_after": "0s"}),
    ("no-hr", {"absent": "4s"}),
    ("no-hr", {"absent": "20s"}),
    ("no-hr", {"invalid": "3s"}),
    ("no-hr-long", {"absent": "12s"}),
    ("frozen", {"frozen": "12s"}),
    ("frozen", {"frozen": "40s"}),
    ("bp-due", {"due": "every 60s"}),
    ("bp-due", {"sustain": "0s"}),
)
