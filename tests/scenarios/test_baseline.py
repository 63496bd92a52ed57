"""Baseline rules: evaluated after the dose, or reported by an alarm if they cannot be."""

from monitor.entries import EntryKind
from monitor.facts import BaselineFact
from tests.engine.scripted_session import START_NS
from tests.scenarios.play import MDMA, STRAP, Play

WITHOUT_BASELINE = """
name = "fixed"
version = "1"

[[rule]]
id = "hr-130"
signal = "heart_rate"
above = 130
sustain = "10s"
priority = "medium"
message = "Heart rate above 130"
source = "test"
"""
TOO_LITTLE = "fewer than 5 valid minutes, or less than 70 % of the time, before {}; {}"
MISSING = "Baseline not established: " + TOO_LITTLE


def baselines(play: Play) -> list[tuple[float, str, float | None]]:
    return [
        ((fact.at_ns - START_NS) / 1e9, fact.subject, fact.value)
        for fact in play.facts_of(BaselineFact)
        if isinstance(fact, BaselineFact)
    ]


def test_policy_set_after_the_dose_uses_the_baseline_before_it() -> None:
    play = Play(STRAP, policy=WITHOUT_BASELINE).rates(0, [70, 71] * 450)
    play.at(900).dose()
    play.rates(901, [70, 71] * 30)
    play.change_policy(MDMA)
    play.rates(961, [105, 106] * 100)
    assert [(subject, value) for _, subject, value in baselines(play)] == [("strap/heart_rate", 71)]
    assert len(play.raised("hr-rise")) == 1
    assert play.times_raised(technical=True) == {}
    assert play.holds()


def test_sensor_added_after_the_dose_raises_a_missing_baseline_alarm() -> None:
    play = Play().both(0, 900, 70, 36.9)
    play.at(900).dose()
    play.both(901, 1000, 70, 36.9)
    play.sensor("strap2", "heart-rate-strap")
    for second in range(1001, 1600):
        play.at(second).beat(110 + second % 2, "strap2")
    assert play.steps("baseline")[-1] == "999 baseline raised"
    assert "baseline@strap2/heart_rate active" in play.standing()
    assert play.raised("hr-110") == [1061]  # fixed limits are judged
    assert play.holds()


def test_strap_put_on_after_the_dose_has_only_fixed_limits() -> None:
    play = Play().cores(0, 900, 36.9)
    play.at(900).dose()
    play.rates(901, [140, 141] * 350)
    assert "baseline@strap/heart_rate active" in play.standing()
    assert play.raised("hr-131") == [961]


def test_failed_new_baseline_keeps_the_earlier_one() -> None:
    play = Play(STRAP).rates(0, [70, 71] * 450)
    play.at(900).dose()
    play.rates(901, [70, 71] * 50).until(1700)
    play.rates(1700, [70, 71] * 30)
    play.tell(EntryKind.REBASELINE, "session", by="AB", reason="pause")
    assert baselines(play) == [(900, "strap/heart_rate", 71)]
    kept = "the earlier baseline stays in force"
    assert play.message("baseline") == MISSING.format("now", kept)
    play.rates(1760, [105, 106] * 100)
    assert len(play.raised("hr-rise")) == 1
    assert play.holds()


def test_dose_without_earlier_values_raises_a_missing_baseline_alarm() -> None:
    play = Play(STRAP).until(900)
    play.dose()
    only = "only fixed limits are judged"
    assert play.message("baseline") == MISSING.format("the dose", only)


def test_undone_dose_withdraws_its_alarms_and_another_sets_a_baseline() -> None:
    play = Play().both(0, 1000, 70, 36.9)
    play.at(1000).dose()
    given_ns = play.engine.dose_ns
    play.both(1001, 1200, 105, 36.9)
    assert play.raised("hr-rise") == [1125]
    play.at(1200).tell(EntryKind.UNDO, "dose", at_ns=given_ns, by="AB", reason="not taken")
    assert play.steps("hr-rise")[-1] == "1200 hr-rise withdrawn"
    assert play.engine.dose_ns is None
    play.both(1201, 1900, 72, 36.9)
    play.at(1900).dose()
    assert (1900, "strap/heart_rate", 73) in baselines(play)
    play.both(1901, 2100, 110, 36.9)
    assert len(play.raised("hr-rise")) == 2
    assert play.holds()


def test_required_baseline_coverage_is_exact() -> None:
    """Five valid minutes, and 70 % of the ten minutes before the dose."""
    for seconds, known in ((419, False), (420, True)):
        play = Play(STRAP).rates(600 - seconds, [70] * seconds)
        play.at(600).dose()
        assert (baselines(play)[0][2] is not None) is known, seconds
