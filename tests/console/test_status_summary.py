"""The sentences of the summary, and the priority to sound."""

from dataclasses import replace

import pytest

from dashboards.console.alarms import to_do
from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.session import ReplayView, SessionView
from tests.console.fake_backend import (
    CORE,
    HEART_RATE,
    NOW_NS,
    PILL,
    SESSION,
    STRAP,
    TACHYCARDIA,
    raised,
)

TECHNICAL = replace(TACHYCARDIA, key="t", technical=True, priority="high", message="No heart rate")
REPLAY = ReplayView(began_ns=0, ended_ns=NOW_NS, speed=1.0, playing=True, seeking=False, moments=())
STALE = replace(CORE, stale=True)
ROOM = replace(CORE, channel="room/ambient_temperature", label="Room temperature")


def view(*alarms: AlarmView, **changes: object) -> SessionView:
    return replace(SESSION, alarms=alarms, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "level", "text"),
    [
        pytest.param(view(), "ok", "No alarm", id="well"),
        pytest.param(
            view(TACHYCARDIA), "medium", "Heart rate 131 or more", id="an alarm of the person"
        ),
        pytest.param(view(TECHNICAL), "ok", "No alarm", id="equipment is not the person"),
        pytest.param(
            view(channels=(HEART_RATE, STALE)),
            "low",
            "No alarm, but no live core temperature",
            id="half blind is not well",
        ),
        pytest.param(
            view(channels=(STALE, ROOM)),
            "unknown",
            "No alarm, and no signal is judged",
            id="who sees only the room is blind",
        ),
        pytest.param(
            view(channels=()), "unknown", "No alarm, and no signal is judged", id="no sensors"
        ),
        pytest.param(
            view(replace(TACHYCARDIA, priority="info"), channels=(HEART_RATE, STALE)),
            "low",
            "Heart rate 131 or more, but no live core temperature",
            id="an alarm does not hide what is not seen",
        ),
    ],
)
def test_person(seen: SessionView, level: str, text: str) -> None:
    assert status_summary.person(seen) == status_summary.Status(level, text)


@pytest.mark.parametrize(
    ("seen", "level", "text"),
    [
        pytest.param(view(), "ok", "2 sensors connected", id="all there"),
        pytest.param(
            view(replace(TACHYCARDIA, technical=True, message="No baseline: too little")),
            "medium",
            "2 sensors connected. No baseline",
            id="equipment, though all there",
        ),
        pytest.param(view(TACHYCARDIA), "ok", "2 sensors connected", id="person, not equipment"),
        pytest.param(
            view(TECHNICAL, sensors=(replace(STRAP, state="silent"), PILL)),
            "high",
            "strap silent",
            id="the alarm shows how bad",
        ),
        pytest.param(
            view(sensors=(replace(STRAP, battery=19.0), replace(PILL, state="lost"))),
            "low",
            "pill lost, strap battery 19 %",
            id="before any alarm",
        ),
        pytest.param(view(sensors=()), "unknown", "No sensors configured", id="none"),
    ],
)
def test_sensors(seen: SessionView, level: str, text: str) -> None:
    assert status_summary.sensors(seen) == status_summary.Status(level, text)


def test_task_summary_counts_open_tasks() -> None:
    latched = replace(TACHYCARDIA, state="latched", by="MK")
    accepted = replace(TACHYCARDIA, state="acknowledged", by="MK")
    assert to_do.to_do(view()).text == "Nothing"
    assert to_do.to_do(view(accepted)).text == "Nothing"
    assert to_do.to_do(view(replace(TACHYCARDIA, priority="info"))).text == "Nothing"
    told = to_do.to_do(view(TACHYCARDIA, TECHNICAL, latched, notices=("Disk full.",)))
    assert told == status_summary.Status(
        "high", "Acknowledge 2 alarms, reset 1 alarm, read 1 notice"
    )


@pytest.mark.parametrize(
    ("seen", "priority"),
    [
        pytest.param(view(TACHYCARDIA, TECHNICAL), "high", id="the highest of all"),
        pytest.param(view(replace(TACHYCARDIA, suspended=True)), "medium", id="sensor came off"),
        pytest.param(view(replace(TACHYCARDIA, state="latched")), "medium", id="over, but unseen"),
        pytest.param(view(replace(TACHYCARDIA, state="latched", by="MK")), "", id="over and seen"),
        pytest.param(view(replace(TACHYCARDIA, state="acknowledged")), "", id="accepted"),
        pytest.param(view(replace(TACHYCARDIA, priority="info")), "", id="information"),
        pytest.param(view(TECHNICAL, audio_paused_s=1.0), "", id="paused"),
        pytest.param(view(TECHNICAL, replay=REPLAY), "", id="a replay"),
    ],
)
def test_sounding_priority(seen: SessionView, priority: str) -> None:
    assert status_summary.sounding([view(), seen]) == priority


def test_announcement_is_the_newest_audible_one() -> None:
    info = replace(TACHYCARDIA, priority="info")
    steps = [raised(info, NOW_NS + 9), raised(TACHYCARDIA, NOW_NS + 5), raised(TECHNICAL, NOW_NS)]
    cleared = replace(raised(TACHYCARDIA, NOW_NS + 7), step="cleared")
    assert status_summary.announcement([view(history=(*steps, cleared))]) == (NOW_NS + 5, "medium")
    assert status_summary.announcement([view(history=tuple(steps), audio_paused_s=3.0)]) == (0, "")
    taken_back = replace(raised(TACHYCARDIA, NOW_NS + 6), step="unacknowledged")
    inside = replace(raised(TECHNICAL, NOW_NS + 8), head="t-2")
    assert status_summary.announcement([view(history=(inside, taken_back))]) == (
        NOW_NS + 6,
        "medium",
    )


def test_unknown_state_ranks_like_a_medium_alarm() -> None:
    blind = view(channels=())
    assert status_summary.urgency(status_summary.level(blind)) == status_summary.urgency(
        status_summary.level(view(TACHYCARDIA))
    )
    assert status_summary.urgency(status_summary.level(view())) < status_summary.urgency("info")


def test_title_has_the_stars_of_its_sentence() -> None:
    equipment = replace(TECHNICAL, priority="high")
    assert status_summary.title([view(TACHYCARDIA, equipment)]) == "*** P-014 - No heart rate"
    both = replace(TACHYCARDIA, priority="high")
    assert status_summary.title([view(equipment, both)]) == "*** P-014 - Heart rate 131 or more"
    seen = replace(equipment, state="acknowledged")
    assert status_summary.title([view(TACHYCARDIA, seen)]) == "** P-014 - Heart rate 131 or more"
