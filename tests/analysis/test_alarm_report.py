"""The alarm burden of scripted sessions, second by second."""

import pytest

from alerts.policy.parser import load_shipped
from monitor.analysis.alarm_counts import counts
from monitor.analysis.alarm_report import AlarmReport, SessionAlarms, report
from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from monitor.sessions.alarm_occurrences import AlarmOccurrences
from tests.engine.scripted_session import START_NS, Script, spec

HR_HIGH = "hr-high@strap/heart_rate"
HR_LOW = "hr-low@strap/heart_rate"


def watched(script: Script, *, heard: bool = True) -> SessionAlarms:
    """Return the alarms raised until now."""
    ended_ns = START_NS + round(script.second * 1e9)
    alarms = (fact for _, fact in script.facts if isinstance(fact, AlarmFact))
    return SessionAlarms(
        policy=spec(script.policy).policy,
        began_ns=START_NS,
        ended_ns=ended_ns,
        occurrences=AlarmOccurrences(alarms).until(ended_ns),
        heard=heard,
    )


def reported(*scripts: Script) -> AlarmReport:
    return report([watched(script) for script in scripts])


def burden(found: AlarmReport, rule: str) -> tuple[int, float]:
    """Return how often a rule raised and how many seconds it was in alarm."""
    (row,) = (row for row in found.by_rule if row.rule == rule)
    return row.alarms, round(row.in_alarm_s, 3)  # entries of one second are a nanosecond apart


def fast_heart() -> Script:
    """Beat fast from 5 s to 40 s: raised at 15 s, cleared at 45 s."""
    script = Script()
    script.hearts(0, 5, 80)
    script.hearts(5, 40, 112)
    script.hearts(40, 60, 90)
    return script.until(60)


def test_time_in_alarm_ends_when_the_condition_is_over() -> None:
    found = reported(fast_heart())
    assert burden(found, "hr-high") == (1, 30.0)
    assert found.hours == pytest.approx(60 / 3600)
    assert next(row for row in found.by_rule if row.rule == "hr-high").share == 0.5


def test_active_alarm_lasts_until_the_end_of_the_recording() -> None:
    script = Script()
    script.hearts(0, 40, 112)
    assert burden(reported(script.until(45)), "hr-high") == (1, 35.0)


def test_latched_alarm_ends_with_its_condition_and_is_answered_by_reset() -> None:
    script = Script()
    script.hearts(0, 20, 38)  # raised at 5 s
    script.hearts(20, 30, 60)
    script.at(30).tell(EntryKind.RESET, HR_LOW, by="Ada")
    script.hearts(31, 40, 60)
    found = reported(script)
    assert burden(found, "hr-low") == (1, 15.0)
    assert found.response is not None
    assert found.response.answered == 1
    assert found.response.median_s == pytest.approx(25)


def test_alarm_raised_to_a_higher_priority_counts_under_both() -> None:
    script = Script()
    script.hearts(0, 30, 112)  # raised at 10 s
    script.tell(
        EntryKind.OVERRIDE, "hr-high", changes={"priority": "high"}, by="Dr A", reason="agreed"
    )
    script.hearts(30, 60, 112)
    rows = [row for row in reported(script).by_rule if row.rule == "hr-high" and row.alarms]
    times = {row.priority: (row.alarms, round(row.in_alarm_s, 3)) for row in rows}
    assert times == {"medium": (1, 19.0), "high": (1, 30.0)}


def test_suspended_alarm_counts_as_open() -> None:
    script = Script()
    script.hearts(0, 20, 112)  # raised at 10 s, then nothing comes any more
    assert burden(reported(script.until(120)), "hr-high") == (1, 110.0)


def test_response_time_is_to_the_first_acknowledgement() -> None:
    script = Script()
    for start, after_s in ((0, 20), (100, 4)):
        answer_s = start + 10 + after_s
        script.hearts(start, answer_s, 112)
        script.at(answer_s).tell(EntryKind.ACKNOWLEDGE, HR_HIGH, by="Ada")
        script.at(answer_s + 1).tell(EntryKind.ACKNOWLEDGE, HR_HIGH, by="Bo")
        script.hearts(answer_s + 2, start + 50, 112)
        script.hearts(start + 50, start + 100, 80)
    script.hearts(200, 250, 112)
    found = report([watched(script)])
    (row,) = (row for row in found.by_rule if row.rule == "hr-high")
    assert row.response is not None
    answered = row.response
    assert (answered.answered, answered.never) == (2, 1)
    assert answered.median_s == pytest.approx(12, abs=0.1)
    assert answered.longest_s == pytest.approx(20, abs=0.1)


def test_unannounced_alarms_have_no_response() -> None:
    found = report([watched(fast_heart(), heard=False)])
    assert found.response is None
    assert all(row.response is None for row in found.by_rule)


def test_physiological_technical_and_info_counts_are_separate() -> None:
    """About the person, about the equipment, and silent notices."""
    script = Script()
    script.at(0).tell(EntryKind.MARKER, "dose", text="", by="Ada")  # no baseline: equipment
    script.hearts(1, 30, 112)
    script.until(60)  # no heart rate
    found = reported(script)
    assert found.technical == found.by_priority["low"] - burden(found, "hr-jump")[0]
    assert found.physiological == sum(r.alarms for r in found.by_rule if not r.technical)
    assert found.physiological + found.technical + found.info == sum(found.by_priority.values())
    assert found.technical >= 2


def test_info_notices_are_neither_alarms_nor_unanswered() -> None:
    script = Script()
    script.hearts(0, 600, 70)
    script.at(600).tell(EntryKind.MARKER, "dose", text="", by="Ada")
    script.hearts(601, 700, 86)  # slowly: a sudden rise would be a higher alarm
    script.hearts(700, 740, 104)
    found = reported(script)
    assert (found.info, found.inside) == (1, 0)
    assert burden(found, "hr-rise")[0] == 1
    assert found.response is not None
    assert found.response.never == found.physiological + found.technical


def test_alarms_are_counted_by_hour_of_the_session() -> None:
    script = Script()
    for start in (0, 3700, 7300):
        script.hearts(start, start + 30, 112)
        script.hearts(start + 30, start + 60, 80)
    script.until(4 * 3600 + 5)  # the last seconds are not a fifth hour
    found = report([watched(script)])
    assert [hour.hour for hour in found.by_hour] == [0, 1, 2, 3]
    raised = [hour.physiological + hour.technical + hour.info for hour in found.by_hour]
    assert sum(raised) == sum(found.by_priority.values())
    assert raised[0] > 0
    assert raised[3] == 0


def test_overlapping_alarms_of_one_rule_count_their_time_once() -> None:
    """Shares are of the session's time, so they cannot exceed it."""
    ended_ns = START_NS + 10 * 10**9

    def step(subject: str, second: int, word: str, state: str) -> AlarmFact:
        return AlarmFact(
            subject=subject,
            at_ns=START_NS + second * 10**9,
            rule="battery",
            step=word,
            state=state,
            suspended=False,
            priority="low",
            technical=True,
            message="",
            value=None,
            limit=None,
            by=None,
        )

    raised = AlarmOccurrences(
        [
            step("a/battery", 1, "raised", "active"),
            step("b/battery", 3, "raised", "active"),
            step("a/battery", 5, "cleared", "inactive"),
            step("b/battery", 7, "cleared", "inactive"),
            step("b/battery", 9, "raised", "active"),
        ],
    ).until(ended_ns)
    session = SessionAlarms(
        policy=spec().policy, began_ns=START_NS, ended_ns=ended_ns, occurrences=raised
    )
    assert burden(report([session]), "battery") == (3, 7.0)
    assert report([session]).technical_share == 0.7


def test_sessions_are_totalled() -> None:
    one, two = fast_heart(), fast_heart()
    found = reported(one, two)
    assert found.sessions == 2
    assert burden(found, "hr-high") == (2, 60.0)
    assert found.physiological == 2 * reported(one).physiological
    assert found.physiological_share == reported(one).physiological_share


def test_report_matches_a_session_calculated_by_hand() -> None:
    def rule(name: str, condition: str, priority: str) -> str:
        return (
            f'[[rule]]\nid = "{name}"\nsignal = "heart_rate"\n{condition}\n'
            f'priority = "{priority}"\nmessage = "m"\nsource = "s"\n'
        )

    high = 'above = 110\nsustain = "10s"\nclear = 105\nclear_after = "5s"'
    script = Script(
        'name = "t"\nversion = "1"\n'
        + rule("hi", high, "medium")
        + rule("vhi", 'above = 140\nsustain = "5s"\nlatch = true', "high")
        + rule("no-hr", 'absent = "10s"', "low")
    )
    script.hearts(1, 100, 70)
    script.hearts(100, 200, 120)  # hi from 110 to 205: 95 s
    script.hearts(200, 300, 70)
    script.hearts(300, 400, 150)  # vhi from 305 to 400, latched; inside it hi
    script.hearts(400, 500, 70)  # hi from 310 to 405: 95 s
    script.at(500).tell(EntryKind.RESET, "vhi@strap/heart_rate", by="A")  # answered after 195 s
    script.hearts(501, 600, 70)
    script.until(700)  # no-hr from 609 to 700: 91 s
    script.at(700).heart(70)
    found = reported(script.until(800))  # and from 710 to 800: 90 s
    assert burden(found, "hi") == (1, 190.0)  # once for itself, once inside the higher one
    assert burden(found, "vhi") == (1, 95.0)
    assert burden(found, "no-hr") == (1, 181.0)  # then inside that of the safeguards
    assert (found.physiological, found.inside) == (2, 2)
    assert found.physiological_per_hour == pytest.approx(2 / (800 / 3600))
    # hi and vhi together from 110 to 205 and from 305 to 405.
    assert found.physiological_share == pytest.approx((95 + 100) / 800)
    assert found.technical_share == pytest.approx((91 + 90) / 800)
    assert found.response is not None
    assert found.response.answered == 1
    assert found.response.median_s == pytest.approx(195)


def test_rules_without_alarms_are_reported() -> None:
    quiet = SessionAlarms(
        policy=load_shipped("mdma-session"), began_ns=0, ended_ns=1, occurrences=[]
    )
    found = report([quiet])
    assert [row.rule for row in found.by_rule] == [rule.id for rule in quiet.policy.rules]
    assert counts([]).by_rule == {}
