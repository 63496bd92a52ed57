"""Manual measurements, and measurements that are due."""

from monitor.entries import EntryKind
from monitor.facts import AlarmFact, ReadingFact, StatisticFact
from tests.engine.scripted_session import POLICY, Script

RULE = """
[[rule]]
id = "{id}"
signal = "{signal}"
{condition}
priority = "low"
message = "m"
source = "s"
"""


def ruled(*rules: tuple[str, str, str]) -> Script:
    more = "".join(RULE.format(id=name, signal=s, condition=c) for name, s, c in rules)
    return Script(POLICY + more)


def measure(script: Script, second: float, **values: float) -> None:
    script.at(second).tell(EntryKind.VITALS, "manual", values=values, by="AB", role="nurse")


def test_manual_value_raises_an_alarm_and_the_next_clears_it() -> None:
    script = ruled(("bp", "systolic", "above = 160\nclear = 155"))
    measure(script, 10, systolic=165, diastolic=90)
    assert script.alarms("bp") == ["10 bp raised"]
    measure(script, 300, systolic=158)
    assert script.alarms("bp") == ["10 bp raised"]
    measure(script, 600, systolic=150)
    assert script.alarms("bp")[-1] == "600 bp cleared"
    readings = [f for _, f in script.facts if isinstance(f, ReadingFact) and "manual" in f.subject]
    assert [fact.value for fact in readings if fact.subject == "manual/systolic"] == [165, 158, 150]


def test_alarm_is_suspended_when_its_manual_value_is_an_hour_old() -> None:
    script = ruled(("bp", "systolic", "above = 160"))
    measure(script, 10, systolic=165)
    script.until(3610)
    assert script.alarms("bp") == ["10 bp raised", "3610 bp suspended"]


def test_manual_signal_is_absent_after_the_configured_time() -> None:
    script = ruled(("no-sys", "systolic", 'absent = "4h"'))
    measure(script, 10, systolic=120)
    script.until(14_410)
    assert script.alarms("no-sys") == ["14410 no-sys raised"]
    measure(script, 15_000, systolic=120)
    assert script.alarms("no-sys")[-1] == "15000 no-sys cleared"


def test_repeated_rule_needs_two_values_within_its_time() -> None:
    script = ruled(("again", "systolic", 'above = 160\nrepeated = "2 in 10min"'))
    measure(script, 0, systolic=165)
    measure(script, 700, systolic=165)
    assert script.alarms("again") == []
    measure(script, 800, systolic=150)
    measure(script, 900, systolic=165)
    assert script.alarms("again") == []
    measure(script, 1400, systolic=161)
    assert script.alarms("again") == ["1400 again raised"]
    measure(script, 2100, systolic=170)  # too late to be a repetition, and not lower
    assert script.alarms("again") == ["1400 again raised"]
    measure(script, 2200, systolic=160)
    assert script.alarms("again")[-1] == "2200 again cleared"


def test_fluid_intake_is_totalled() -> None:
    script = Script()
    measure(script, 10, fluid_intake=200)
    measure(script, 900, fluid_intake=150)
    totals = [f for _, f in script.facts if isinstance(f, StatisticFact)]
    assert [fact.values for fact in totals] == [{"total": 200}, {"total": 350}]
    assert script.engine.manual_vitals.fluid_ml == 350


def test_measurement_is_due_one_interval_after_the_last_one() -> None:
    script = ruled(("due", "systolic", 'due = "every 30min from dose until dose + 3h"'))
    script.until(4000)
    script.at(4000).tell(EntryKind.MARKER, "dose", text="", by="AB")
    script.until(5799)
    assert script.alarms("due") == []
    script.until(5800)
    assert script.alarms("due") == ["5800 due raised"]
    measure(script, 5900, systolic=120)
    assert script.alarms("due")[-1] == "5900 due cleared"
    measure(script, 7000, diastolic=80)  # another signal
    script.until(7700)
    assert script.alarms("due")[-1] == "7700 due raised"
    for second in range(8000, 14_400, 1500):
        measure(script, second, systolic=120)
    script.until(40_000)  # three hours after the dose nothing is due any more
    assert len(script.alarms("due")) == 4


def test_overdue_alarm_is_raised_after_the_grace_time() -> None:
    script = ruled(("due", "systolic", 'due = "every 30min"\nsustain = "5min"'))
    script.until(2099)
    assert script.alarms("due") == []
    script.until(2100)
    assert script.alarms("due") == ["2100 due raised"]
    (fact,) = [f for _, f in script.facts if isinstance(f, AlarmFact) and f.rule == "due"]
    assert fact.technical


def test_measurement_missing_before_a_marker_is_reported_at_the_marker() -> None:
    script = ruled(
        ("two", "systolic", 'due = "2 before dose"'),
        ("soon", "systolic", 'due = "1 within 15min before supplement"'),
    )
    measure(script, 10, systolic=120)
    script.at(600).tell(EntryKind.MARKER, "dose", text="", by="AB")
    assert script.alarms("two") == ["600 two raised"]
    measure(script, 660, systolic=120)
    assert script.alarms("two")[-1] == "660 two cleared"
    script.at(5000).tell(EntryKind.MARKER, "supplement", text="", by="AB")
    assert script.alarms("soon") == ["5000 soon raised"]
    measure(script, 5100, systolic=120)
    script.at(5500).tell(EntryKind.MARKER, "supplement", text="", by="AB")
    assert script.alarms("soon") == ["5000 soon raised", "5100 soon cleared"]


def test_next_due_measurement_is_known() -> None:
    script = ruled(("due", "systolic", 'due = "every 30min"'))
    start_ns = script.entries[0].received_ns
    ((alarm, due_ns),) = script.engine.due()
    assert (alarm.rule.id, due_ns) == ("due", start_ns + 1800 * 10**9)
    measure(script, 60, systolic=120)
    ((_, due_ns),) = script.engine.due()
    assert due_ns == start_ns + 1860 * 10**9
