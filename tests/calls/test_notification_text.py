"""Text of calls."""

import doctest
from dataclasses import replace
from datetime import UTC
from types import ModuleType

import pytest

from alerts import call_plan, failure_reasons, notification_text, time_format
from alerts.notification_text import AlarmText, Place, alarm_lines, call_message

PLACE = Place(participant="P07", site="zurich", room="2")
AT_NS = 1_700_000_000 * 10**9  # 22:13:20 UTC
HOT = AlarmText(
    priority="high",
    what="Core temperature 39 degrees or more",
    value=39.2,
    limit=39.0,
    unit="Cel",
    slope_per_min=0.03,
    since_ns=AT_NS,
)


@pytest.mark.parametrize(
    "module",
    [notification_text, time_format, failure_reasons, call_plan],
    ids=lambda m: m.__name__,
)
def test_examples(module: ModuleType) -> None:
    failed, attempted = doctest.testmod(module)
    assert attempted > 0
    assert not failed


def test_a_measurement_that_nobody_has_repeated_is_no_lost_sensor() -> None:
    pressure = replace(HOT, what="Systolic pressure 180 or more", suspended=True, spot=True)
    lines = alarm_lines(pressure, None, UTC)
    assert lines[-1] == "No measurement for an hour: the alarm cannot be judged."


def test_a_whole_message() -> None:
    fast = replace(HOT, priority="medium", what="Heart rate 131 or more", value=140.0)
    fast = replace(fast, limit=131.0, unit="/min", slope_per_min=None)
    fast = replace(fast, suspended=True, age_s=1620.0)
    told = call_message(
        PLACE,
        [HOT, fast],
        tier=2,
        dose_ns=AT_NS - 102 * 60 * 10**9,
        link="https://calls.example.org/accept/x",
        zone=UTC,
    )
    assert told.title == "*** HIGH P07: Core temperature 39 degrees or more (+1), room 2"
    assert told.body == (
        "Participant P07, room 2, zurich\n\n"
        "*** HIGH: Core temperature 39 degrees or more\n"
        "39.2 °C, limit 39.0 °C, rising 0.3 °C in 10 min\n"
        "since 22:13:20 UTC, 1 h 42 min after the dose\n\n"
        "** MEDIUM: Heart rate 131 or more\n"
        "140 /min, limit 131 /min\n"
        "since 22:13:20 UTC, 1 h 42 min after the dose\n"
        "The sensor is lost: the last value is 27 min old, and the alarm cannot be judged.\n\n"
        "You are called in tier 2: no earlier recipient has accepted.\n\n"
        "Accept (you take over, nobody else is called):\n"
        "https://calls.example.org/accept/x\n\n"
        "physiomon is not a medical device and never the sole monitor."
    )


def test_an_alarm_of_a_standstill_says_when_it_was_first_announced() -> None:
    late = replace(HOT, announced_ns=AT_NS + 182 * 10**9)
    told = call_message(PLACE, [late], tier=1, dose_ns=None, link=None, zone=UTC)
    assert "since 22:13:20 UTC, first announced 22:16:22\n" in told.body


def test_without_dose_value_or_link_it_says_what_it_knows() -> None:
    bare = replace(HOT, value=None, limit=None)
    told = call_message(PLACE, [bare], tier=1, dose_ns=None, link=None, zone=UTC)
    assert "39 degrees or more\nsince 22:13:20 UTC\n" in told.body
    assert "Accept the call at the console" in told.body
    assert "tier" not in told.body
