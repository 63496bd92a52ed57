"""Doses and other markers that are dated back."""

import pytest

from monitor.core.markers import DOSE
from monitor.entries import EntryKind
from monitor.facts import BaselineFact, MarkerFact
from tests.engine.spot_session import HEAD, AlarmDriver, ns_of, rule
from tests.engine.test_lifecycle import same_again

RISE = rule("hr-rise", "heart_rate", 'at_least = "baseline + 30"\nsustain = "2min"', "info")


def baselines(script: AlarmDriver) -> list[float | None]:
    return [fact.value for _, fact in script.facts if isinstance(fact, BaselineFact)]


def dose(script: AlarmDriver) -> int | None:
    return script.engine.dose_ns


def climbing(script: AlarmDriver, start: int, stop: int) -> None:
    """Let the heart rate rise by one each minute from 70, up to 25 more."""
    for second in range(start, stop):
        script.at(second).heart(70 + min(25, max(0, second - 900) // 60) + second % 2)


def test_backdated_dose_sets_the_baseline_from_before_its_time() -> None:
    script = AlarmDriver(HEAD + RISE)
    climbing(script, 0, 2700)
    script.mark(2700, DOSE, at_s=900)
    assert dose(script) == ns_of(900)
    assert baselines(script) == [70.5]
    for second in range(2701, 3000):
        script.at(second).heart(101)
    assert script.alarms("hr-rise") == ["2821 hr-rise raised"]
    assert same_again(script)


def test_dose_without_backdating_sets_the_baseline_from_now() -> None:
    script = AlarmDriver(HEAD + RISE)
    climbing(script, 0, 2700)
    script.mark(2700, DOSE)
    assert baselines(script)[0] > 90  # type: ignore[operator]


def test_dose_backdated_over_two_hours_has_no_baseline_and_alarms() -> None:
    script = AlarmDriver(HEAD + RISE)
    for second in range(9000):
        script.at(second).heart(70 + second % 2)
    script.mark(9000, DOSE, at_s=900)
    assert baselines(script) == [None]
    assert any(key.startswith("baseline-not-established@strap") for key in script.open())


def test_backdated_dose_is_undone_by_its_own_time() -> None:
    script = AlarmDriver(HEAD + RISE)
    climbing(script, 0, 1000)
    script.mark(1000, DOSE, at_s=900)
    script.at(1060).tell(EntryKind.UNDO, DOSE, at_ns=ns_of(900), by="MK", reason="spat out")
    assert dose(script) is None
    assert baselines(script) == [70.5, None]
    script.mark(1100, DOSE, at_s=900)  # the time of the undone one is taken
    assert dose(script) == ns_of(900) + 1
    assert baselines(script)[-1] == 70.5
    assert same_again(script)


def test_undoing_the_first_dose_restores_the_second_and_its_baseline() -> None:
    script = AlarmDriver(HEAD + RISE)
    climbing(script, 0, 1000)
    script.mark(1000, DOSE)
    climbing(script, 1001, 1500)
    script.mark(1500, DOSE)
    script.at(1560).tell(EntryKind.UNDO, DOSE, at_ns=ns_of(1000), by="MK", reason="a slip")
    assert dose(script) == ns_of(1500)
    first, second = baselines(script)
    assert (first, second) == (71.0, 75.0)
    assert same_again(script)


def test_undoing_the_dose_clears_baselines_of_disabled_rules() -> None:
    script = AlarmDriver(HEAD + RISE)
    climbing(script, 0, 1000)
    script.mark(1000, DOSE)
    off = {"changes": {"enabled": False}, "by": "Dr A", "reason": "agreed"}
    script.at(1010).tell(EntryKind.OVERRIDE, "hr-rise", **off)
    script.at(1020).tell(EntryKind.UNDO, DOSE, at_ns=ns_of(1000), by="MK", reason="a slip")
    taken, cleared = baselines(script)
    assert taken is not None
    assert cleared is None
    assert all(channel.baseline is None for channel in script.engine.channels.values())


def test_markers_are_ordered_by_marked_time_not_by_entry() -> None:
    script = AlarmDriver()
    script.mark(100, "note")
    script.mark(200, "supplement", at_s=150, amount=60.0, unit="mg")
    script.mark(300, "rating", at_s=120)
    marked = script.engine.markers.marked
    assert [each.subject for each in marked] == ["note", "rating", "supplement"]
    told = [fact for _, fact in script.facts if isinstance(fact, MarkerFact)]
    assert [(f.at_ns, f.entered_ns) for f in told] == [
        (ns_of(100), ns_of(100)),
        (ns_of(150), ns_of(200)),
        (ns_of(120), ns_of(300)),
    ]
    assert (told[1].amount, told[1].unit) == (60.0, "mg")
    assert (told[0].amount, told[0].unit) == (None, "")


def test_markers_with_the_same_time_are_one_nanosecond_apart() -> None:
    script = AlarmDriver()
    script.mark(100, "note", at_s=50)
    script.mark(200, "note", at_s=50)
    first, second = script.engine.markers.marked
    assert (first.at_ns, second.at_ns) == (ns_of(50), ns_of(50) + 1)


def test_measurement_due_after_a_dose_counts_from_the_backdated_time() -> None:
    due = rule("due", "systolic", 'due = "every 30min from dose"\nsustain = "5min"')
    script = AlarmDriver(HEAD + due)
    script.mark(1000, DOSE, at_s=400)
    script.until(2499)
    assert script.alarms("due") == []
    script.until(2500)
    assert script.alarms("due") == ["2500 due raised"]


@pytest.mark.parametrize(
    ("measured_s", "missed"), [((100, 200), False), ((100, 500), True), ((500, 600), True)]
)
def test_only_measurements_before_a_backdated_dose_count_as_before_dose(
    measured_s: tuple[int, int], *, missed: bool
) -> None:
    before = rule("two", "systolic", 'due = "2 before dose"')
    script = AlarmDriver(HEAD + before)
    for second in measured_s:
        script.measure(second, systolic=120)
    script.mark(900, DOSE, at_s=400)
    assert bool(script.alarms("two")) is missed


def test_measurement_taken_before_and_entered_after_the_dose_clears_the_reminder() -> None:
    before = rule("two", "systolic", 'due = "2 before dose"')
    script = AlarmDriver(HEAD + before)
    script.mark(400, DOSE)
    script.measure(500, at_s=100, systolic=120)
    assert script.alarms("two") == ["400 two raised"]  # two are required
    script.measure(510, at_s=200, systolic=120)
    assert script.alarms("two")[-1] == "510 two cleared"


def test_old_backdated_measurement_does_not_clear_a_due_reminder() -> None:
    due = rule("due", "systolic", 'due = "every 30min"')
    script = AlarmDriver(HEAD + due)
    script.until(4000)
    script.measure(4000, at_s=600, systolic=120)
    assert script.alarms("due") == ["1800 due raised"]
    script.measure(4010, at_s=3000, systolic=120)
    assert script.alarms("due")[-1] == "4010 due cleared"
    ((_, due_ns),) = script.engine.due()
    assert due_ns == ns_of(4800)


def test_fluid_total_counts_backdated_and_corrected_amounts_once() -> None:
    script = AlarmDriver()
    script.measure(100, fluid_intake=200.0)
    entry = script.measure(200, at_s=50, fluid_intake=300.0)
    assert script.engine.manual_vitals.fluid_ml == 500
    script.correct(300, entry, fluid_intake=150.0)
    assert script.engine.manual_vitals.fluid_ml == 350
    script.correct(400, script.engine.seq, fluid_intake=None)
    assert script.engine.manual_vitals.fluid_ml == 200
    assert same_again(script)
