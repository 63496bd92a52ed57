"""Lines against a parser written from the format's description, not from the encoder."""

import math
import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery.line_protocol import LineEncoder
from monitor.facts import (
    AdverseEventFact,
    AlarmFact,
    AlarmReviewFact,
    BaselineFact,
    CallFact,
    ClockFact,
    Fact,
    GapFact,
    HeadFact,
    LifeFact,
    LimitFact,
    LinkFact,
    MarkerFact,
    PolicyFact,
    ReadingFact,
    StatisticFact,
    UndoFact,
    WallClockFact,
    payload,
)
from monitor.storage.fact_rows import FactRow

FACTS: list[Fact] = [
    ReadingFact(subject="strap/heart_rate", at_ns=5, value=72.0, quality=0),
    StatisticFact(
        subject="strap/heart_rate", at_ns=5, window_s=60.0, values={"median": 71.5, "sd": None}
    ),
    LimitFact(
        subject="strap/heart_rate", at_ns=5, rule="hr", priority="low", upper=110.0, lower=None
    ),
    AlarmFact(
        subject="strap/heart_rate",
        at_ns=5,
        rule="hr",
        step="acknowledged",
        state="acknowledged",
        suspended=False,
        priority="low",
        technical=False,
        message="Heart rate high",
        value=112.0,
        limit=110.0,
        by="Dr Ada Lovelace",
        cause="org.bluez.Error from F0:00:00:00:01:01",
        announced_ns=7,
    ),
    HeadFact(subject="session", at_ns=5, entries=4, until_ns=4, hash="0f" * 32, signature="c2ln"),
    WallClockFact(subject="session", at_ns=5, offset_ns=-3_600_000_000_000, step_ns=0),
    PolicyFact(
        subject="hr", at_ns=5, change="above 120", by="Dr Ada Lovelace", reason="Mrs Smith paces"
    ),
    BaselineFact(
        subject="strap/heart_rate", at_ns=5, value=70.0, spread=3.0, coverage=1.0, by="Ada"
    ),
    AdverseEventFact(
        subject="nausea",
        at_ns=5,
        event=7,
        step="reported",
        severity=2,
        started_ns=4,
        ended_ns=None,
        relation="possible",
        action="rest",
        text="after Ada spoke",
        by="Ada",
        reason="",
    ),
    AlarmReviewFact(
        subject="strap/heart_rate", at_ns=5, rule="hr", raised_ns=3, verdict="false", by="Ada"
    ),
    MarkerFact(subject="rating", at_ns=5, text="7", by="Ada"),
    MarkerFact(subject="dose", at_ns=5, text="", by="Ada", amount=120.0, unit="mg", entered_ns=9),
    MarkerFact(subject="note", at_ns=5, text="Mrs Smith is calm", by="Ada"),
    UndoFact(subject="note", at_ns=5, by="Dr Ada Lovelace", reason="Mrs Smith was not calm"),
    LifeFact(
        subject="end",
        at_ns=5,
        text="nothing open",
        by="Dr Ada Lovelace",
        reason="Mrs Smith goes home",
    ),
    CallFact(
        subject="lovelace",
        at_ns=5,
        call=3,
        step="failed",
        tier=1,
        alarms=("hr@strap/heart_rate",),
        priority="low",
        channel="mailto",
        reason="ada@clinic.example refused it",
        by="Dr Ada Lovelace",
    ),
    GapFact(subject="strap/rr_interval", at_ns=5, after_ns=2, missing=3),
    ClockFact(subject="strap", at_ns=5, stamp_ns=8 * 10**17, drift_ppm=12.5, jumps=1),
    LinkFact(
        subject="strap",
        at_ns=5,
        state="lost",
        reason="F0:00:00:00:01:01 has gone",
        rssi=-60,
        battery=95.0,
        packets=10,
        gaps=1,
    ),
]


def line(fact: Fact, site: str = "zurich", participant: str = "P01") -> str | None:
    row = FactRow(1, 1, fact.at_ns, fact.kind, fact.subject, payload(fact))
    written = LineEncoder(site, "s1", participant).line(row)
    return None if written is None else written.decode()


def split(text: str, mark: str, *, quotes: bool = True) -> list[str]:
    """Split at separators that are not escaped and not within quotes of fields."""
    parts, part, quoted, escaped = [], "", False, False
    for character in text:
        if escaped:
            part, escaped = part + character, False
        elif character == "\\":
            part, escaped = part + character, True
        elif quotes and character == '"':
            part, quoted = part + character, not quoted
        elif character == mark and not quoted:
            parts.append(part)
            part = ""
        else:
            part += character
    return [*parts, part]


def parse(text: str) -> tuple[str, dict[str, str], dict[str, str | float | int | bool], int]:
    series = split(text, " ", quotes=False)[0]
    written, at_ns = split(text[len(series) + 1 :], " ")
    measurement, *tags = split(series, ",", quotes=False)
    found: dict[str, str | float | int | bool] = {}
    for field in split(written, ","):
        key, value = split(field, "=")
        if value.startswith('"'):
            found[key] = re.sub(r"\\(.)", r"\1", value[1:-1])
        elif value in ("true", "false"):
            found[key] = value == "true"
        elif value.endswith("i"):
            found[key] = int(value[:-1])
        else:
            found[key] = float(value)
    pairs = (split(each, "=", quotes=False) for each in tags)
    named = {key: re.sub(r"\\([ ,=])", r"\1", value) for key, value in pairs}
    return measurement, named, found, int(at_ns)


def test_reading_has_its_expected_line() -> None:
    assert line(FACTS[0]) == (
        "heart_rate,site=zurich,session=s1,participant=P01,sensor=strap value=72.0,quality=0i 5"
    )


@pytest.mark.parametrize(
    "written",
    [
        payload(FACTS[1]),
        '{"statistic":"median","window_s":60.0,"value":71.5}',  # until derivation 8
    ],
)
def test_statistic_has_its_expected_line(written: str) -> None:
    row = FactRow(1, 1, 5, "statistic", "strap/heart_rate", written)
    assert LineEncoder("zurich", "s1", "P01").line(row) == (
        b"rolling,site=zurich,session=s1,participant=P01,sensor=strap,signal=heart_rate,window=60s "
        b"median=71.5 5"
    )


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.kind}-{fact.subject}")
def test_tag_and_field_keys_are_distinct(fact: Fact) -> None:
    _, tags, found, at_ns = parse(line(fact) or "")
    assert not tags.keys() & found.keys()
    assert at_ns == 5
    assert {"site", "session", "participant", "sensor"} <= tags.keys()


def test_tested_facts_include_every_kind() -> None:
    assert {type(fact) for fact in FACTS} == set(get_args(Fact))


def test_each_measurement_has_one_set_of_tags_and_types() -> None:
    tags_of: dict[str, set[str]] = {}
    types_of: dict[tuple[str, str], type] = {}
    for fact in FACTS:
        measurement, tags, found, _ = parse(line(fact) or "")
        assert tags_of.setdefault(measurement, set(tags)) == set(tags)
        for key, value in found.items():
            assert types_of.setdefault((measurement, key), type(value)) is type(value)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.kind}-{fact.subject}")
def test_line_contains_no_name_address_or_free_text(fact: Fact) -> None:
    written = line(fact) or ""
    for secret in ("Ada", "Lovelace", "lovelace", "Smith", "F0:00", "ada@"):
        assert secret not in written


def test_dose_has_its_amount_and_the_time_it_was_given() -> None:
    dose = MarkerFact(
        subject="dose", at_ns=5, text="", by="Ada", amount=120.0, unit="mg", entered_ns=9
    )
    _, _, found, at_ns = parse(line(dose) or "")
    assert (found["amount"], found["unit"], at_ns) == (120.0, "mg", 5)


@pytest.mark.parametrize(
    ("subject", "sensor", "signal"),
    [
        ("session/systolic", "session", "systolic"),  # from any source
        ("session", "-", None),
        ("strap/heart_rate", "strap", "heart_rate"),
    ],
)
def test_alarms_on_measurements_are_distinct_from_those_of_the_session(
    subject: str, sensor: str, signal: str | None
) -> None:
    alarm = next(fact for fact in FACTS if isinstance(fact, AlarmFact))
    _, tags, found, _ = parse(line(replace(alarm, subject=subject)) or "")
    assert (tags["sensor"], found.get("signal")) == (sensor, signal)


def test_person_has_one_pseudonym_per_session() -> None:
    one, other = LineEncoder("a", "s1", "P"), LineEncoder("a", "s2", "P")
    assert one.pseudonym("Ada") == one.pseudonym("Ada") != other.pseudonym("Ada")


def test_pseudonym_depends_on_the_salt() -> None:
    one, other = LineEncoder("a", "s1", "P", "x"), LineEncoder("a", "s1", "P", "y")
    assert one.pseudonym("Ada") != other.pseudonym("Ada")


def test_fact_without_a_value_has_its_other_fields_or_no_line() -> None:
    reading = ReadingFact(subject="strap/heart_rate", at_ns=5, value=None, quality=4)
    assert parse(line(reading) or "")[2] == {"quality": 4}
    limit = LimitFact(
        subject="strap/heart_rate", at_ns=5, rule="r", priority="low", upper=None, lower=None
    )
    assert line(limit) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_not_written(value: float) -> None:
    reading = ReadingFact(subject="strap/heart_rate", at_ns=5, value=value, quality=0)
    assert parse(line(reading) or "")[2] == {"quality": 0}


@pytest.mark.parametrize(("text", "fields"), [("7", {"rating": 7}), ("9" * 400, {})])
def test_rating_beyond_all_numbers_is_left_out(text: str, fields: dict[str, object]) -> None:
    written = line(MarkerFact(subject="rating", at_ns=5, text=text, by="Ada")) or ""
    assert {k: v for k, v in parse(written)[2].items() if k == "rating"} == fields


def test_line_breaks_in_values_are_replaced() -> None:
    fact = FACTS[3]
    assert isinstance(fact, AlarmFact)
    written = line(replace(fact, message="one\r\ntwo"), site="three\nfour") or ""
    assert "\n" not in written
    assert "\r" not in written
    _, tags, found, _ = parse(written)
    assert (tags["site"], found["message"]) == ("three four", "one  two")


@pytest.mark.parametrize(
    ("state", "priority", "level"),
    [
        ("active", "high", 43),
        ("acknowledged", "medium", 32),
        ("latched", "low", 21),
        ("inactive", "high", 0),
        ("pending", "info", 0),
    ],
)
def test_alarm_level_combines_priority_and_state(state: str, priority: str, level: int) -> None:
    fact = FACTS[3]
    assert isinstance(fact, AlarmFact)
    assert parse(line(replace(fact, state=state, priority=priority)) or "")[2]["level"] == level


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


@given(PRINTABLE, PRINTABLE)
def test_tags_round_trip(site: str, participant: str) -> None:
    _, tags, _, _ = parse(line(FACTS[0], site, participant) or "")
    assert tags["site"] == site.replace("\\", "/")
    assert tags["participant"] == participant.replace("\\", "/")


@given(PRINTABLE)
def test_messages_round_trip(message: str) -> None:
    fact = FACTS[3]
    assert isinstance(fact, AlarmFact)
    assert parse(line(replace(fact, message=message)) or "")[2]["message"] == message


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_values_round_trip_exactly(value: float) -> None:
    reading = ReadingFact(subject="strap/heart_rate", at_ns=5, value=value, quality=0)
    got = parse(line(reading) or "")[2]["value"]
    assert isinstance(got, float)
    assert math.copysign(1, got) == math.copysign(1, value)
    assert got == value
