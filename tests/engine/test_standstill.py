"""Interruptions of monitoring, and clocks that differ, in the engine."""

import doctest

import pytest

from alerts.alarm_fact import AlarmFact
from devices.packets import Quality
from monitor.core import wall_clock
from monitor.core.device_clock import DeviceClock
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import Fact, ReadingFact, WallClockFact, payload
from tests.calls.scripted_session import CALLS, Calls
from tests.engine.scripted_session import POLICY, START_NS, Script

SECOND = 10**9
FAULTS = "".join(
    f"""
[[rule]]
id = "{rule}"
fault = "{fault}"
priority = "{priority}"
message = "{message}"
source = "test"
"""
    for rule, fault, priority, message in (
        ("standstill", "standstill", "low", "The monitor stood still"),
        ("recorder", "recorder-failure", "high", "The recording cannot be written"),
        ("delivery", "delivery-failure", "low", "Nothing is delivered"),
        ("gateway", "clock-offset", "low", "A gateway has another time"),
    )
)


def script() -> Script:
    return Script(POLICY + FAULTS)


def stand_still(play: Script, since: float, until: float) -> None:
    since_ns = START_NS + round(since * SECOND)
    play.at(until).tell(EntryKind.STANDSTILL, "physiomon", since_ns=since_ns)


def run(play: Script, at: float, since: float | None, offset_s: float = 0) -> None:
    body: dict[str, object] = {"version": "0", "offset_ns": round(offset_s * SECOND)}
    if since is not None:
        body["since_ns"] = START_NS + round(since * SECOND)
    play.at(at).tell(EntryKind.RUN, "physiomon", **body)


def go_on(play: Script) -> None:
    play.tell(EntryKind.STANDSTILL, "physiomon", over=True)


def steps(play: Script, rule: str) -> list[AlarmFact]:
    """Return the steps of a rule's alarm, without covered and uncovered."""
    steps = (fact for fact in play.alarm_facts() if fact.step not in ("covered", "uncovered"))
    return [fact for fact in steps if fact.rule == rule]


def cause(play: Script, rule: str) -> str:
    return steps(play, rule)[-1].cause


def rows(facts: list[tuple[int, Fact]]) -> list[tuple[int, int, str]]:
    return [(seq, fact.at_ns, payload(fact)) for seq, fact in facts]


def replayed(play: Script) -> list[tuple[int, Fact]]:
    engine = Engine()
    again = [each for entry in play.entries for each in engine.apply(entry)]
    return again + [(engine.seq, fact) for fact in engine.advance(play.engine.now_ns)]


def test_examples() -> None:
    assert doctest.testmod(wall_clock) == (0, 1)


def test_packets_received_during_a_standstill_are_stored_not_evaluated() -> None:
    play = script()
    play.hearts(0, 60, 70)
    stand_still(play, 60, 240)
    for _ in range(180):
        play.heart(180)
    play.until(241)
    assert play.alarms("hr-high") == []
    readings = [fact for _, fact in play.facts if isinstance(fact, ReadingFact)]
    waited = [fact for fact in readings if fact.at_ns >= START_NS + 240 * SECOND]
    assert len(waited) == 180
    assert {fact.quality for fact in waited} == {int(Quality.STORED)}
    channel = play.engine.channels["strap/heart_rate"]
    assert (channel.value, channel.lost) == (71.0, True)
    play.at(242)
    go_on(play)
    play.hearts(243, 260, 180)
    assert play.alarms("hr-high") == ["253 hr-high raised"]


def test_alarm_during_a_standstill_has_its_announcement_time() -> None:
    play = script()
    play.hearts(0, 60, 70)
    stand_still(play, 60, 240)
    (raised,) = steps(play, "no-hr")
    assert raised.at_ns == START_NS + 69 * SECOND
    assert raised.announced_ns == START_NS + 240 * SECOND
    alarm = play.engine.alarms.find("no-hr@strap/heart_rate")
    assert alarm is not None
    assert play.engine.standstill.announced_ns(alarm) == START_NS + 240 * SECOND
    play.at(242)
    go_on(play)
    play.hearts(243, 400, 70)
    play.until(500)
    *_, again = steps(play, "no-hr")
    assert (again.step, again.announced_ns) == ("raised", None)
    assert play.engine.standstill.announced_ns(alarm) is None


def test_alarm_due_before_a_standstill_has_no_late_announcement() -> None:
    """Live, a timer raises it; in a replay, the next entry does."""
    live, late = script(), script()
    for play in (live, late):
        play.hearts(0, 60, 70)
    live.until(70)
    for play in (live, late):
        stand_still(play, 70, 240)
        assert steps(play, "no-hr")[0].announced_ns is None
        assert steps(play, "no-hr")[0].at_ns == START_NS + 69 * SECOND
    assert rows(live.facts) == rows(late.facts)


def test_standstill_alarm_clears_when_acknowledged() -> None:
    play = script()
    play.hearts(0, 60, 70)
    stand_still(play, 60, 240)
    assert cause(play, "standstill") == (
        "monitoring was interrupted from 22:14:20 to 22:17:20 UTC (3 min): "
        "the process stood still, or the computer slept"
    )
    play.at(242)
    go_on(play)
    play.until(7200)
    assert [fact.step for fact in steps(play, "standstill")] == ["raised"]
    stand_still(play, 7200, 7210)
    play.at(7212)
    go_on(play)
    assert [fact.step for fact in steps(play, "standstill")] == ["raised", "cleared", "raised"]
    assert "(10 s)" in cause(play, "standstill")
    play.at(7300).tell(EntryKind.ACKNOWLEDGE, "standstill@session", by="MK")
    assert [fact.step for fact in steps(play, "standstill")][3:] == ["acknowledged", "cleared"]


@pytest.mark.parametrize(
    ("since", "at", "offsets", "says"),
    [
        pytest.param(60, 64, (0, 0), None, id="a short break concerns nobody"),
        pytest.param(60, 60, (0, -1e-6), None, id="nor does one behind the last nanosecond"),
        pytest.param(60, 3660, (0, 0), "from 22:14:20 to 23:14:20 UTC (60 min)", id="an hour"),
        pytest.param(
            60, 60, (0, -3600), "for an unknown time: the service was not running", id="set back"
        ),
        pytest.param(
            3660, 3660, (-3600, -3000), "from 22:14:20 to 22:24:20 UTC (10 min)", id="still behind"
        ),
        pytest.param(60, 3720, (3600, 0), "(60 s)", id="right from now on"),
    ],
)
def test_new_run_reports_the_length_of_the_interruption(
    since: float, at: float, offsets: tuple[float, float], says: str | None
) -> None:
    play = script()
    run(play, 0, None, offsets[0])
    play.until(since)
    run(play, at, since, offsets[1])
    if says is None:
        assert steps(play, "standstill") == []
    else:
        assert says in cause(play, "standstill")
        assert "was not running" in cause(play, "standstill")


def test_alarm_between_two_runs_is_announced_by_the_second_run() -> None:
    play = script()
    play.hearts(0, 60, 70)
    run(play, 300, 62)
    (raised,) = steps(play, "no-hr")
    assert raised.at_ns == START_NS + 69 * SECOND
    assert raised.announced_ns == START_NS + 300 * SECOND


def test_new_run_clears_the_faults_of_the_previous_process() -> None:
    play = script()
    for name in ("recorder-failure", "delivery-failure", "clock-offset"):
        play.at(5).tell(EntryKind.FAULT, name, on=True, reason="then")
    stand_still(play, 10, 20)
    play.tell(EntryKind.CLOCK, "physiomon", offset_ns=3600 * SECOND)
    run(play, 60, 58, 3600)
    left = {alarm.rule.id for alarm in play.engine.alarms.open()}
    # A gateway's clock does not belong to the process.
    assert {each for each in left if "hr" not in each and "heart" not in each} == {
        "gateway",
        "clock",
    }
    assert [fact.step for fact in steps(play, "clock")] == ["raised", "cleared", "raised"]
    play.at(70).tell(EntryKind.FAULT, "recorder-failure", on=True, reason="again")
    assert [fact.step for fact in steps(play, "recorder")] == ["raised", "cleared", "raised"]


def test_new_run_ends_a_standstill_and_evaluates_packets() -> None:
    play = script()
    stand_still(play, 10, 20)
    run(play, 60, 58)
    play.hearts(61, 80, 180)
    assert play.alarms("hr-high") == ["71 hr-high raised"]


def test_computer_clock_offset_is_reported_and_raises_an_alarm() -> None:
    play = script()
    run(play, 0, None)
    play.at(10).tell(EntryKind.CLOCK, "physiomon", offset_ns=-3600 * SECOND)
    play.hearts(11, 30, 180)
    assert play.alarms("hr-high") == ["21 hr-high raised"]  # not affected
    assert cause(play, "clock") == (
        "it was set by -3600.0 s; this session's times are 60 min ahead of the computer's clock; "
        "alarms are not affected"
    )
    play.at(40).tell(EntryKind.CLOCK, "physiomon", offset_ns=0)
    assert [fact.step for fact in steps(play, "clock")] == ["raised", "cleared"]
    told = [fact for _, fact in play.facts if isinstance(fact, WallClockFact)]
    assert [(fact.offset_ns // SECOND, fact.step_ns // SECOND) for fact in told] == [
        (0, 0),
        (-3600, -3600),
        (0, 3600),
    ]


def test_device_stamps_are_compared_with_the_computer_clock() -> None:
    """The session's time is an hour ahead of the computer's clock."""
    clock = DeviceClock(0)
    ahead_ns = 3600 * SECOND
    received_ns = 1_700_000_000 * SECOND + ahead_ns
    assert clock.stored(received_ns, "2023-11-14T22:13:20")
    clock = DeviceClock(0)
    clock.assume(ahead_ns)
    assert not clock.stored(received_ns, "2023-11-14T22:13:20")
    clock.assume(0)  # its observed offset takes precedence
    assert not clock.stored(received_ns + SECOND, "2023-11-14T22:13:21")


def test_standstill_extends_the_answer_time_of_a_call() -> None:
    calls = Calls()
    calls.at(0).fault("clock-offset")
    calls.until(32)
    assert calls.told() == ["2 anna 1 gateway"]
    stand_still(calls, 32, 72)
    go_on(calls)
    calls.until(103)
    assert calls.told() == ["2 anna 1 gateway"]
    calls.until(105)
    assert calls.told()[1:] == ["104 ben 2 gateway", "104 chris 2 gateway"]


def test_call_about_an_alarm_during_a_standstill_starts_when_announced() -> None:
    lost = POLICY.replace('absent = "10s"\npriority = "low"', 'absent = "10s"\npriority = "medium"')
    calls = Calls(policy=lost + CALLS)
    calls.hearts(0, 60, 70)
    stand_still(calls, 60, 660)
    assert calls.told() == []
    calls.until(665)
    alarms = {fact.rule: fact for _, fact in calls.facts if isinstance(fact, AlarmFact)}
    assert alarms["no-hr"].announced_ns == START_NS + 660 * SECOND
    assert [line.split()[:2] for line in calls.told()] == [["662", "anna"]]


def test_replay_derives_the_same_facts() -> None:
    play = script()
    run(play, 0, None, 5)
    play.hearts(1, 60, 120)
    play.until(63)
    stand_still(play, 64, 200)
    play.heart(150)
    play.at(203)
    go_on(play)
    play.hearts(204, 260, 70)
    play.until(280)
    run(play, 1000, 281, -700)
    play.hearts(1001, 1010, 70)
    play.until(1100)
    assert rows(replayed(play)) == rows(play.facts)
    assert any(fact.announced_ns for _, fact in play.facts if isinstance(fact, AlarmFact))
