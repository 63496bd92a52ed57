import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.engine import Engine
from monitor.entries import Entry, EntryKind
from monitor.facts import (
    AlarmFact,
    BaselineFact,
    Fact,
    LimitFact,
    LinkFact,
    ReadingFact,
    payload,
)
from tests.durations import examples
from tests.engine.scripted_session import START_NS, Script


def of(script: Script, kind: type[Fact]) -> list[Fact]:
    return [fact for _, fact in script.facts if isinstance(fact, kind)]


def test_alarm_is_raised_after_sustain_and_cleared_below_hysteresis() -> None:
    script = Script()
    script.hearts(0, 5, 80)
    script.hearts(5, 30, 112)
    script.hearts(30, 40, 107)  # in the band between 105 and 110: nothing changes
    script.hearts(40, 60, 90)
    assert script.alarms("hr-high") == ["15 hr-high raised", "45 hr-high cleared"]
    raised = next(fact for fact in of(script, AlarmFact) if isinstance(fact, AlarmFact))
    assert raised.rule == "hr-jump" or raised.value in (112.0, 113.0)


def test_timer_raises_an_alarm_between_two_packets() -> None:
    """The alarm has the time at which the sustain time ends."""
    script = Script()
    for second in range(1, 20, 2):  # two seconds apart, so that each is valid for three
        script.at(second).heart(100 if second < 11 else 120)
    script.until(20.9)
    assert script.alarms("hr-high") == []
    script.until(21)
    assert script.alarms("hr-high") == ["21 hr-high raised"]


@pytest.mark.parametrize("payload", ["06 00", "10 00", "04 28", "04 00"])
def test_no_contact_and_zero_heart_rate_raise_no_bradycardia_alarm(payload: str) -> None:
    script = Script()
    script.hearts(0, 10, 70)
    for second in range(10, 60):
        script.at(second).raw("strap/2A37", payload)
    assert script.alarms("hr-low") == []
    assert script.alarms("off-body") == ["15 off-body raised"]
    assert script.alarms("no-hr") == ["19 no-hr raised"]
    facts = [f for f in of(script, AlarmFact) if isinstance(f, AlarmFact) and f.rule == "no-hr"]
    assert facts[0].technical
    assert "strap" in facts[0].cause
    script.hearts(60, 70, 70)
    assert script.alarms("off-body")[-1] == "60 off-body cleared"
    assert script.alarms("no-hr")[-1] == "60 no-hr cleared"


def test_bradycardia_alarm_latches_until_reset() -> None:
    script = Script()
    script.hearts(0, 10, 60)
    script.hearts(10, 30, 38)
    script.hearts(30, 40, 60)
    assert script.alarms("hr-low") == ["15 hr-low raised", "30 hr-low latched"]
    script.tell(EntryKind.RESET, "hr-low@strap/heart_rate", by="AB")
    assert script.alarms("hr-low")[-1].endswith("reset")


def test_temperature_nan_has_no_value_and_raises_no_alarm() -> None:
    script = Script()
    for second in range(0, 100, 10):
        script.at(second).raw("patch/2A1C", "04 FFFF7F00 02")
    readings = [f for f in of(script, ReadingFact) if isinstance(f, ReadingFact)]
    assert {(f.subject, f.value) for f in readings} == {("patch/core_temperature", None)}
    assert not [a for a in script.alarms() if "ct-" in a]


def test_lost_sensor_suspends_its_alarm_without_clearing_it() -> None:
    script = Script()
    script.hearts(0, 15, 120)
    script.until(60)
    script.hearts(60, 80, 120)
    assert script.alarms("hr-high") == [
        "10 hr-high raised",
        "24 hr-high suspended",  # 10 s after the last value
        "60 hr-high resumed",
    ]
    assert script.alarms("no-hr")[:2] == ["24 no-hr raised", "60 no-hr cleared"]
    # From the start there were too few values for the one-minute rolling limit.
    assert script.alarms("no-hr")[2:] == ["70 no-hr raised"]


def test_gap_pauses_the_sustain_time_and_a_long_gap_restarts_it() -> None:
    script = Script()
    script.hearts(0, 5, 120)
    script.until(30)  # the value of second 4 is valid until 5.5
    assert script.alarms("hr-high") == []
    script.hearts(30, 40, 120)
    assert script.alarms("hr-high") == ["34.5 hr-high raised"]
    forgotten = Script()
    forgotten.hearts(0, 5, 120)
    forgotten.hearts(304, 315, 120)  # nothing was seen for five minutes
    assert forgotten.alarms("hr-high") == ["314 hr-high raised"]


def test_sensor_that_never_connects_is_reported() -> None:
    script = Script()
    script.until(11)
    assert script.alarms() == ["10 no-hr raised"]


def test_short_dropouts_raise_no_alarms() -> None:
    """Five seconds without values each minute for an hour."""
    script = Script()
    for second in range(3600):
        if second % 60 < 55:
            script.at(second).heart(70 + second % 3)
    assert [each for each in script.alarms() if "core" not in each] == []


def test_frozen_value_alarm_clears_with_a_different_value() -> None:
    script = Script()
    for second in range(100):
        script.at(second).heart(72)
    assert script.alarms("frozen") == ["60 frozen raised"]
    script.at(100).heart(73)
    assert script.alarms("frozen")[-1] == "100 frozen cleared"


def test_frozen_value_that_lacks_a_nanosecond_waits_for_the_next_value() -> None:
    """A nanosecond must not become a deadline for each nanosecond of a gap."""
    script = Script()
    for second in range(58):
        script.at(second).heart(72)
    script.at(58.499999999).heart(72)  # valid for 1.5 s
    script.until(3600)
    script.at(3600).heart(72)
    script.until(3601)
    assert script.engine.failure is None
    assert script.alarms("frozen") == ["3600 frozen raised"]


def test_baseline_is_set_at_the_dose_and_limits_depend_on_it() -> None:
    script = Script()
    script.hearts(0, 600, 70)
    script.at(600).tell(EntryKind.MARKER, "dose", text="100 mg", by="AB")
    baseline = of(script, BaselineFact)
    assert isinstance(baseline[0], BaselineFact)
    assert (baseline[0].value, baseline[0].spread) == (70.5, 3.0)  # the floor of the spread
    limits = [f for f in of(script, LimitFact) if isinstance(f, LimitFact) and f.rule == "hr-rise"]
    assert [f.upper for f in limits] == [None, 100.5]
    script.hearts(601, 640, 99)  # varies between 99 and 100
    assert script.alarms("hr-rise") == []
    script.hearts(640, 660, 101)
    assert script.alarms("hr-rise") == ["650 hr-rise raised"]
    # More values change nothing, nor does a second dose marker: it is frozen.
    script.tell(EntryKind.MARKER, "dose", text="again", by="AB")
    assert len(of(script, BaselineFact)) == len(baseline)


def test_missing_baseline_is_reported_and_only_absolute_limits_apply() -> None:
    script = Script()
    script.hearts(0, 200, 70)
    script.tell(EntryKind.MARKER, "dose", text="", by="AB")
    assert script.alarms("no-baseline") == ["199 no-baseline raised"]
    script.hearts(200, 230, 130)
    assert script.alarms("hr-rise") == []
    assert script.alarms("hr-high") == ["210 hr-high raised"]
    script.hearts(230, 800, 70)
    script.tell(EntryKind.REBASELINE, "session", by="AB", reason="strap was late")
    assert script.alarms("no-baseline")[-1].endswith("cleared")


def test_rolling_limit_follows_the_median_of_the_previous_minute() -> None:
    script = Script()
    script.hearts(0, 60, 70)
    script.at(60).heart(91)
    assert script.alarms("hr-jump") == ["60 hr-jump raised"]
    script.at(61).heart(80)
    assert script.alarms("hr-jump")[-1] == "61 hr-jump cleared"


def test_rolling_limit_needs_half_its_window() -> None:
    script = Script()
    script.hearts(0, 20, 70)
    script.at(20).heart(100)
    assert script.alarms("hr-jump") == []


EWMA = """
name = "ewma"
version = "1"

[[rule]]
id = "hr-ewma"
signal = "heart_rate"
above = "ewma(1min) + 20"
priority = "low"
message = "Above the weighted mean"
source = "test"
"""


def test_ewma_limit_is_unknown_after_a_gap_of_one_half_life() -> None:
    script = Script(EWMA)
    script.hearts(0, 120, 70)
    script.at(120).heart(95)
    assert script.alarms() == ["120 hr-ewma raised"]
    script.hearts(121, 125, 70)
    script.at(300).heart(95)  # the value of three minutes ago is too old
    assert script.alarms("hr-ewma")[1:] == ["121 hr-ewma cleared"]
    limits = [f for f in of(script, LimitFact) if isinstance(f, LimitFact)]
    assert limits[-1].upper is None


def test_core_temperature_limit_is_compared_exactly() -> None:
    script = Script()
    for second, celsius in enumerate([37.99, 38.00, 38.01, 38.00]):
        script.at(10 * second).core(celsius)
    assert script.alarms("ct-high") == ["20 ct-high raised", "30 ct-high cleared"]


def test_fast_temperature_rise_raises_the_rate_alarm() -> None:
    script = Script()
    for minute in range(30):
        script.at(60 * minute).core(36.80 + 0.02 * minute)
    assert script.alarms("ct-rate") == []
    for minute in range(30, 50):
        script.at(60 * minute).core(37.38 + 0.05 * (minute - 29))
    assert script.alarms("ct-rate")[0].endswith("raised")


def test_composite_alarm_is_raised_suspended_resumed_and_cleared() -> None:
    script = Script()
    script.at(0).core(38.2)
    script.at(0).heart(100)
    assert script.alarms("both") == []
    script.at(1).heart(125)
    assert script.alarms("both")[0].endswith("1 both raised")
    script.until(30)  # the strap is lost: the alarm stays open
    assert script.alarms("both")[-1] == "11 both suspended"
    script.at(31).core(38.2)
    script.at(31).heart(100)
    assert [a.split()[-1] for a in script.alarms("both")] == [
        "raised",
        "suspended",
        "resumed",
        "cleared",
    ]


def test_battery_clock_and_unreadable_packet_alarms_are_technical() -> None:
    script = Script()
    script.at(0).raw("strap/2A19", "64")
    script.at(1).raw("strap/2A19", "13")
    script.at(2).tell(EntryKind.FAULT, "clock-jump", on=True, reason="set by +3600 s")
    script.at(3).tell(EntryKind.FAULT, "clock-jump", on=False, reason="")
    for second in (4, 5, 6, 7):
        script.at(second).raw("strap/2A37", "")
    script.at(8).heart(70)
    assert script.alarms() == [
        "1 battery raised",
        "2 clock raised",
        "3 clock cleared",
        "6 garbage raised",
        "8 garbage cleared",
    ]
    assert all(f.technical for f in of(script, AlarmFact) if isinstance(f, AlarmFact))


def test_packets_and_gaps_of_a_link_are_counted() -> None:
    script = Script()
    for second, state in [(0, "connected"), (50, "lost"), (51, "searching"), (60, "connected")]:
        script.at(second).tell(EntryKind.LINK, "strap", state=state, reason="", rssi=-60)
        if state == "connected":
            script.hearts(second, second + 30, 70)
    links = [fact for fact in of(script, LinkFact) if isinstance(fact, LinkFact)]
    assert (links[-1].packets, links[-1].gaps, links[-1].rssi) == (30, 1, -60)


def test_entry_out_of_order_is_refused() -> None:
    script = Script()
    with pytest.raises(ValueError, match="cannot follow"):
        script.engine.apply(script.entries[0])


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 1.0, 3.0, 12.0, 40.0, 200.0]),
        st.one_of(
            st.tuples(st.just("heart"), st.sampled_from([0, 35, 70, 71, 100, 108, 115, 130, 200])),
            st.tuples(st.just("core"), st.sampled_from([36.8, 37.2, 37.9, 38.1, 39.5])),
            st.tuples(st.just("raw"), st.sampled_from(["", "06", "0646", "1646AB03", "FFFF7F00"])),
            st.tuples(
                st.sampled_from(["acknowledge", "reset"]),
                st.sampled_from(["hr-high@strap/heart_rate", "hr-low@strap/heart_rate", "no@one"]),
            ),
            st.tuples(st.just("dose"), st.just("")),
            st.tuples(st.just("lost"), st.just("")),
        ),
    ),
    max_size=50,
)


def play(steps: list[tuple[float, tuple[str, object]]], *, timer: bool) -> Script:
    script = Script()
    second = 0.0
    for gap, (what, value) in steps:
        if timer:  # a live timer fires at any time between the entries
            for part in (0.25, 0.5, 1.0):
                script.until(second + gap * part)
        second += gap
        script.at(second)
        match what:
            case "heart":
                script.heart(int(str(value)))
            case "core":
                script.core(float(str(value)))
            case "raw":
                script.raw("strap/2A37", str(value))
            case "dose":
                script.tell(EntryKind.MARKER, "dose", text="", by="AB")
            case "lost":
                script.tell(EntryKind.LINK, "strap", state="lost", reason="gone", rssi=None)
            case kind:
                script.tell(EntryKind(kind), str(value), by="AB")
    return script


def rows(facts: list[tuple[int, Fact]]) -> list[tuple[int, int, str, str, str]]:
    return [(seq, f.at_ns, f.kind, f.subject, payload(f)) for seq, f in facts]


@settings(max_examples=examples(20), deadline=None)
@given(STEPS)
def test_facts_do_not_depend_on_when_the_timer_fires(
    steps: list[tuple[float, tuple[str, object]]],
) -> None:
    with_timer, without = play(steps, timer=True), play(steps, timer=False)
    assert rows(with_timer.facts) == rows(without.facts)


@settings(max_examples=examples(20), deadline=None)
@given(STEPS)
def test_times_within_a_series_strictly_increase(
    steps: list[tuple[float, tuple[str, object]]],
) -> None:
    """A database keys points by series and time: no fact may overwrite another."""
    last: dict[tuple[object, ...], int] = {}
    for _, fact in play(steps, timer=False).facts:
        series = (
            fact.kind,
            fact.subject,
            getattr(fact, "rule", None),
            getattr(fact, "window_s", None),
        )
        assert fact.at_ns > last.get(series, 0), fact
        last[series] = fact.at_ns


@settings(max_examples=examples(20), deadline=None)
@given(STEPS)
def test_replay_derives_the_same_facts(steps: list[tuple[float, tuple[str, object]]]) -> None:
    live = play(steps, timer=True)
    engine = Engine()
    replayed: list[tuple[int, Fact]] = []
    for entry in live.entries:
        replayed += engine.apply(entry)
    assert rows(replayed) == rows(live.facts)
    assert engine.now_ns >= START_NS


@settings(max_examples=examples(20), deadline=None)
@given(st.binary(max_size=12), st.sampled_from(["2A37", "2A19", "2A38", "2A29", "FFFF"]))
def test_arbitrary_packets_do_not_fail_the_engine(
    payload_bytes: bytes, characteristic: str
) -> None:
    script = Script()
    script.enter(EntryKind.PACKET, f"strap/{characteristic}", payload_bytes)
    assert isinstance(script.entries[-1], Entry)
