"""A fault in the view of one session: it is shown there, and hides no other session."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dashboards.console.status import status_summary
from monitor.errors import ActError
from monitor.service.metrics import ServiceMetrics
from monitor.sessions.console_backend import ConsoleBackend
from tests.engine.scripted_session import spec
from tests.engine.test_unreadable_entries import POISON, let_fail
from tests.sessions.test_session import Live
from tests.sessions.view_faults import SECRET, ViewFaults

KEY = "view-failure@session"


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[list[Live]]:
    rooms = [
        Live(tmp_path / f"{name}.journal", replace(spec(), id=name, room=name[1], participant=name))
        for name in ("P1", "P2")
    ]
    yield rooms
    for room in rooms:
        room.session.close()


@pytest.fixture
def backend(rooms: list[Live]) -> ConsoleBackend:
    return ConsoleBackend([room.session for room in rooms])


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> ViewFaults:
    return ViewFaults(monkeypatch)


def test_fault_is_shown_in_its_room_only_and_logged_once(
    rooms: list[Live], backend: ConsoleBackend, faults: ViewFaults
) -> None:
    rooms[1].beat(30, 130)
    faults.broken = ["P1"]
    with capture_logs() as logs:
        for _ in range(5):
            rooms[0].wait(1)
            first, second = backend.sessions()
    assert [alarm.rule for alarm in second.alarms] == ["hr-high"]
    (alarm,) = first.alarms
    assert (alarm.key, alarm.priority, alarm.state) == (KEY, "high", "active")
    assert alarm.message == first.failure
    assert alarm.message.startswith("This session cannot be shown: watch the participant.")
    assert first.now_ns - alarm.since_ns == 4 * 10**9
    assert (first.room, first.participant, first.channels) == ("1", "P1", [])
    assert status_summary.sounding([first]) == "high"
    assert status_summary.person(first) == status_summary.Status("high", first.failure)
    assert status_summary.sensors(first).level == status_summary.UNKNOWN
    (logged,) = logs
    assert (logged["event"], logged["session"]) == ("view.failed", "P1")
    assert logged["error"].startswith("KeyError at view_faults.py:")
    assert "in _view\n" in logged["traceback"]
    assert SECRET not in str(logs)
    assert SECRET not in str(first)
    assert backend.health().reason == "a session cannot be shown"
    faults.broken = []
    with capture_logs() as logs:
        first, _ = backend.sessions()
    assert (first.failure, first.alarms) == ("", [])
    assert [each["event"] for each in logs] == ["view.back"]
    assert backend.health().reason is None


def test_failure_is_acknowledged_until_it_is_over(
    rooms: list[Live], backend: ConsoleBackend, faults: ViewFaults
) -> None:
    with pytest.raises(ActError, match="nothing to acknowledge"):
        backend.acknowledge("P1", KEY, "MK")
    faults.broken = ["P1"]
    backend.sessions()
    with pytest.raises(ActError, match="nothing to undo"):
        backend.unacknowledge("P1", KEY, "MK", "")
    with pytest.raises(ActError, match="give your name"):
        backend.acknowledge("P1", KEY, " ")
    backend.acknowledge("P1", KEY, "MK")
    (alarm,) = backend.sessions()[0].alarms
    assert (alarm.state, alarm.by) == ("acknowledged", "MK")
    backend.unacknowledge("P1", KEY, "MK", "")
    assert status_summary.sounding(backend.sessions()) == "high"
    backend.pause_audio("P1", "MK")
    assert backend.sessions()[0].audio_paused_s == pytest.approx(120)
    backend.acknowledge("P1", KEY, "MK")
    faults.broken = []
    backend.sessions()
    faults.broken = ["P1"]
    assert backend.sessions()[0].alarms[0].state == "active"
    assert {entry.kind for entry in rooms[0].session.journal.entries()} == {
        "session",
        "run",
        "pause",
    }


def test_view_that_fails_after_the_engine_shows_both(
    rooms: list[Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_fail(monkeypatch)
    rooms[0].beat(1, POISON)
    monkeypatch.setattr("monitor.sessions.session.failed_view", lambda *_: 1 / 0)
    view = rooms[0].session.view()
    assert [alarm.rule for alarm in view.alarms] == ["view-failure", "engine-failure"]


def test_ended_session_that_cannot_be_shown_has_no_alarm(
    rooms: list[Live], faults: ViewFaults
) -> None:
    rooms[0].session.actions.finish("MK", "over")
    faults.broken = ["P1"]
    view = rooms[0].session.view()
    assert (view.ended, view.alarms, view.notices) == (True, [], [view.failure])


async def test_fault_in_the_metrics_of_one_session_leaves_those_of_the_others(
    rooms: list[Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = ServiceMetrics(lambda: [room.session for room in rooms])
    monkeypatch.setattr(rooms[0].session, "delivery_health", None)
    with capture_logs() as logs:
        texts = [(await metrics.text()).decode() for _ in range(2)]
    assert [each["event"] for each in logs] == ["metrics.failed"]
    for text in texts:
        assert 'physiomon_session_well{room="1",site="here"} 0.0' in text
        assert 'physiomon_session_well{room="2",site="here"} 1.0' in text
        assert 'physiomon_notices{room="1"' not in text
