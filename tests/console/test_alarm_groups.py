"""Rows of the alarm list, their requested actions, and the countdown to the next measurement."""

from dataclasses import replace
from datetime import UTC

import pytest

from dashboards.console.alarms import to_do
from dashboards.console.alarms.groups import alarm_groups
from dashboards.console.alarms.text import about, alarm_facts
from dashboards.console.status.status_summary import Status
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.session import SessionView
from tests.console.fake_backend import MINUTE_NS, NOW_NS, SESSION, TACHYCARDIA
from tests.console.test_blood_pressure import taken
from tests.console.test_session_tile import measured

SYSTOLIC = replace(
    TACHYCARDIA,
    key="bp-180@session/systolic",
    subject="session/systolic",
    message="Systolic pressure 180 mmHg or more: measure again within 5 minutes",
    unit="mm[Hg]",
    spot=True,
    measure_again_s=300.0,
)
DIASTOLIC = replace(
    SYSTOLIC,
    key="bp-110@session/diastolic",
    subject="session/diastolic",
    message="Diastolic pressure above 110 mmHg",
    measure_again_s=None,
    priority="low",
)
READING = [
    taken("systolic", 188, 7, NOW_NS - 100 * 10**9),
    taken("diastolic", 112, 7, NOW_NS - 100 * 10**9),
]


def view(*alarms: AlarmView) -> SessionView:
    return replace(SESSION, zone=UTC, alarms=alarms, spot_measurements=READING)


def test_alarms_on_one_measurement_are_one_row_led_by_the_most_severe() -> None:
    (group, other) = alarm_groups([DIASTOLIC, TACHYCARDIA, SYSTOLIC])
    assert [alarm.key for alarm in group.alarms] == [SYSTOLIC.key, DIASTOLIC.key]
    assert group.keys("active") == [SYSTOLIC.key, DIASTOLIC.key]  # acknowledged together
    assert other.head == TACHYCARDIA


def test_row_is_unacknowledged_while_one_of_its_alarms_is() -> None:
    seen = replace(SYSTOLIC, state="acknowledged", by="MK")
    (group,) = alarm_groups([seen, DIASTOLIC])
    assert group.unacknowledged
    assert group.head == seen
    assert group.keys("active") == [DIASTOLIC.key]


def test_highest_priority_comes_first_then_unacknowledged_alarms() -> None:
    seen = replace(TACHYCARDIA, key="seen", state="acknowledged", by="MK")
    high = replace(seen, key="high", priority="high")
    assert [group.key for group in alarm_groups([seen, TACHYCARDIA, high])] == [
        "high",
        TACHYCARDIA.key,
        "seen",
    ]


@pytest.mark.parametrize(
    ("alarms", "status"),
    [
        pytest.param(
            [SYSTOLIC, DIASTOLIC],
            Status("medium", "Acknowledge 1 alarm, measure again in 3:20"),
            id="one row is one alarm to acknowledge",
        ),
        pytest.param(
            [replace(SYSTOLIC, state="acknowledged", by="MK")],
            Status("low", "Measure again in 3:20"),
            id="the countdown outlasts the acknowledgement",
        ),
        pytest.param(
            [replace(TACHYCARDIA, priority="high", state="acknowledged", by="MK")],
            Status("high", "Resolve 1 high alarm"),
            id="a high alarm that lasts is never nothing",
        ),
        pytest.param(
            [replace(SYSTOLIC, state="latched", by="MK")],
            Status("low", "Reset 1 alarm"),
            id="what is over asks for no measurement",
        ),
        pytest.param([replace(TACHYCARDIA, priority="info")], Status("ok", "Nothing"), id="info"),
    ],
)
def test_tasks_have_their_status(alarms: list[AlarmView], status: Status) -> None:
    assert to_do.to_do(view(*alarms)) == status


def test_countdown_to_the_next_measurement() -> None:
    late = replace(view(SYSTOLIC), now_ns=NOW_NS + 10 * MINUTE_NS)
    assert to_do.to_do(late).text == "Acknowledge 1 alarm, measure again NOW"


def test_latched_alarm_shows_its_extreme_and_limit() -> None:
    over = replace(TACHYCARDIA, state="latched", extreme=150.0, limit=140.0, value=132.0)
    assert alarm_facts(over, view()).startswith("150 > 140 /min, now 132 · since 07:56")
    low = replace(over, extreme=38.0, limit=40.0, suspended=True)
    assert alarm_facts(low, view()).startswith("38 < 40 /min, last 132")


def test_alarm_subject_is_named_as_on_the_page() -> None:
    assert about(TACHYCARDIA, view()) == "Person · Heart rate, strap"
    due = replace(TACHYCARDIA, technical=True, procedure=True, subject="session")
    assert about(due, view()) == "Protocol"
    assert about(replace(due, procedure=False), view()) == "Equipment"
    assert about(replace(TACHYCARDIA, subject="ghost/x"), view()) == "Person · ghost/x"
    pressure = replace(TACHYCARDIA, subject="session/systolic")
    assert about(pressure, measured(SESSION)) == "Person · systolic, by hand"
