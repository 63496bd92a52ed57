"""Text of calls."""

import doctest
import re
from dataclasses import replace
from datetime import UTC
from types import ModuleType

import pytest

from alerts import call_plan, failure_reasons, notification_text, time_format
from alerts.alarm import Alarm
from alerts.call_fact import CallPurpose
from alerts.notification_text import (
    AlarmText,
    Message,
    Place,
    Urgency,
    alarm_lines,
    call_message,
)
from alerts.policy.conditions import Compare
from alerts.policy.parser import load_shipped, shipped
from alerts.policy.rules import Rule
from monitor.calls.alarm_texts import alarm_text
from monitor.core.engine import Engine

PLACE = Place(participant="P07", site="zurich", room="2")
LINK = "https://calls.example.org/accept/x"
AT_NS = 1_700_000_000 * 10**9  # 22:13:20 UTC
HOT = AlarmText(
    priority="high",
    what="Core temperature 39 degrees or more",
    value=39.2,
    limit=39.0,
    unit="Cel",
    since_ns=AT_NS,
    label="Tcore",
    bound=">=",
    before=38.9,
    before_min=10,
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


def test_expired_spot_measurement_is_not_described_as_a_lost_sensor() -> None:
    pressure = replace(HOT, what="Systolic pressure 180 or more", suspended=True, spot=True)
    lines = alarm_lines(pressure, None, UTC)
    assert lines[-1] == "No measurement for an hour: the alarm cannot be judged."


def test_message_text_is_complete() -> None:
    fast = replace(HOT, priority="medium", what="Heart rate 131 or more", value=140.0)
    fast = replace(fast, limit=131.0, unit="/min", before=None)
    fast = replace(fast, suspended=True, age_s=1620.0)
    told = call_message(
        PLACE,
        [HOT, fast],
        tier=2,
        purpose=CallPurpose.NEXT_TIER,
        dose_ns=AT_NS - 102 * 60 * 10**9,
        link="https://calls.example.org/accept/x",
        zone=UTC,
    )
    title = (
        "2ND TIER HIGH P07 room 2: Tcore 39.2 (>=39.0) - Core temperature 39 degrees or more (+1)"
    )
    assert told.title == title
    assert told.body == (
        "*** HIGH: Core temperature 39 degrees or more\n"
        "39.2 °C, limit 39.0 °C, rising from 38.9 in 10 min\n"
        "since 22:13:20 UTC, 1 h 42 min after the dose\n\n"
        "** MEDIUM: Heart rate 131 or more\n"
        "140 /min, limit 131 /min\n"
        "since 22:13:20 UTC, 1 h 42 min after the dose\n"
        "The sensor is lost: the last value is 27 min old, and the alarm cannot be judged.\n\n"
        "You are called in tier 2: no earlier recipient has accepted.\n\n"
        "Accept (you take over, nobody else is called), or answer 'I cannot':\n"
        "https://calls.example.org/accept/x\n\n"
        "Participant P07, room 2, zurich\n\n"
        "physiomon is not a medical device and never the sole monitor."
    )


def test_alarm_during_a_standstill_has_its_announcement_time() -> None:
    late = replace(HOT, announced_ns=AT_NS + 182 * 10**9)
    told = call_message(PLACE, [late], tier=1, dose_ns=None, link=None, zone=UTC)
    assert "since 22:13:20 UTC, first announced 22:16:22\n" in told.body


def test_message_without_dose_value_and_link_omits_them() -> None:
    bare = replace(HOT, value=None, limit=None)
    told = call_message(PLACE, [bare], tier=1, dose_ns=None, link=None, zone=UTC)
    assert "39 degrees or more\nsince 22:13:20 UTC\n" in told.body
    assert "Accept the call at the console" in told.body
    assert "tier" not in told.body


FAST = replace(HOT, what="Heart rate above 130 /min: call the physician", label="HR", bound=">")
FAST = replace(FAST, value=141.3, limit=130.0, unit="/min", before=None)


def message(purpose: CallPurpose, *alarms: AlarmText, tier: int = 1) -> Message:
    return call_message(
        PLACE, alarms, tier=tier, dose_ns=None, link=LINK, zone=UTC, purpose=purpose, over_ns=AT_NS
    )


@pytest.mark.parametrize(
    ("purpose", "tier", "first_words", "urgency"),
    [
        (CallPurpose.FIRST, 1, "HIGH P07 room 2: HR 141 (>130)", Urgency.HIGH),
        (CallPurpose.AGAIN, 1, "AGAIN HIGH P07 room 2: HR 141", Urgency.HIGH),
        (CallPurpose.NEXT_TIER, 2, "2ND TIER HIGH P07 room 2: HR 141", Urgency.HIGH),
        (CallPurpose.NEXT_TIER, 3, "3RD TIER HIGH P07 room 2: HR 141", Urgency.HIGH),
        (CallPurpose.NEXT_TIER, 4, "4TH TIER HIGH P07 room 2: HR 141", Urgency.HIGH),
        (CallPurpose.WORSE, 1, "WORSE HIGH P07 room 2: HR 141", Urgency.HIGH),
        (CallPurpose.OVER, 1, "OVER HIGH P07 room 2: HR 141", Urgency.QUIET),
        (CallPurpose.ACCEPTED, 1, "ACCEPTED HIGH P07 room 2: HR 141", Urgency.QUIET),
    ],
)
def test_title_starts_with_the_purpose_of_the_message(
    purpose: CallPurpose, tier: int, first_words: str, urgency: Urgency
) -> None:
    said = message(purpose, FAST, tier=tier)
    assert said.title.startswith(first_words)
    assert len(first_words) <= 40
    assert said.urgency is urgency


def test_title_of_a_test_call_starts_with_test() -> None:
    said = notification_text.test_message(PLACE, LINK)
    assert said.title == "TEST P07 room 2: nothing is wrong"
    assert (said.urgency, said.link) == (Urgency.TEST, LINK)


@pytest.mark.parametrize("purpose", [CallPurpose.OVER, CallPurpose.ACCEPTED])
def test_end_message_asks_for_no_action(purpose: CallPurpose) -> None:
    said = message(purpose, FAST)
    assert said.link is None
    assert LINK not in said.body
    assert "nothing left to accept" in said.body


def test_latched_alarm_shows_extreme_and_current_value() -> None:
    over = replace(FAST, over=True, extreme=163.0, value=71.0)
    assert "room 2: HR was 163, now 71 (>130) - " in message(CallPurpose.AGAIN, over).title


def test_end_message_shows_extreme_and_current_value() -> None:
    ended = replace(FAST, extreme=163.0, value=71.0)
    title = message(CallPurpose.OVER, ended).title
    assert title.startswith("OVER HIGH P07 room 2: HR was 163, now 71 (>130)")


def test_message_lists_ten_alarms_and_the_number_of_others() -> None:
    said = message(CallPurpose.FIRST, *[FAST] * 35)
    assert said.body.count("*** HIGH") == 10
    assert "\n\nand 25 more\n\n" in said.body
    assert said.title.endswith(" (+34)")


@pytest.mark.parametrize("letters", [100, 300, 5000])
@pytest.mark.parametrize("alarms", [1, 10, 40])
def test_message_fits_the_length_limit_of_ntfy(alarms: int, letters: int) -> None:
    said = message(CallPurpose.AGAIN, *[replace(FAST, what="ü" * letters)] * alarms)
    assert len(said.body.encode()) <= 3900
    assert LINK in said.body
    shown = said.body.count("*** HIGH")
    assert shown == alarms or f"\n\nand {alarms - shown} more\n\n" in said.body


def _raised(rule: Rule) -> Alarm:
    condition = rule.condition
    value = limit = None
    subject = "session"
    if isinstance(condition, Compare):
        subject, limit = (
            f"sensor/{condition.signal}",
            condition.limit.offset if condition.limit.anchor is None else 100.0,
        )
        value = limit + (9.23 if condition.bound.upper else -9.23)
    return Alarm(rule=rule, subject=subject, value=value, limit=limit, raised_ns=AT_NS)


@pytest.mark.parametrize("policy", shipped())
def test_first_forty_characters_show_priority_place_and_value(
    policy: str,
) -> None:
    valued = 0
    for rule in load_shipped(policy).rules:
        text = alarm_text(Engine(), _raised(rule), "")
        if text.priority not in {"low", "medium", "high"}:
            continue  # never calls
        title = message(CallPurpose.FIRST, text).title[:40]
        assert title.startswith(f"{text.priority.upper()} P07 room 2: ")
        if text.label:
            valued += 1
            assert re.search(r": [A-Z][A-Za-z0-9 ]* \d+(\.\d)? \([<>]=?\d+(\.\d)?\)", title), title
    assert valued >= 5
