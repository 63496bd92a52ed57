"""Alarms that were announced later than they were raised."""

from dataclasses import replace
from datetime import UTC

import pytest

from dashboards.console.alarms import text as alarm_text
from dashboards.console.events import event_log
from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmEventView
from dashboards.console.views.session import SessionView
from tests.console.fake_backend import SESSION, TACHYCARDIA, raised

MINUTE = 60 * 10**9


@pytest.fixture
def view() -> SessionView:
    """Return the view after three minutes of sleep of the computer."""
    now_ns = SESSION.now_ns
    slept = replace(TACHYCARDIA, since_ns=now_ns - 3 * MINUTE, announced_ns=now_ns)
    event = replace(raised(slept, slept.since_ns), announced_ns=now_ns)
    return replace(SESSION, zone=UTC, alarms=[slept], history=[event])


def test_log_and_alarm_show_the_first_announcement(view: SessionView) -> None:
    now = f"{view.now_ns // 10**9 // 3600 % 24:02}:{view.now_ns // 10**9 // 60 % 60:02}"
    assert f": raised, first announced {now}:" in str(event_log.lines(view))
    assert f", first announced {now}:" in alarm_text.alarm_facts(view.alarms[0], view)


def test_alarm_sounds_when_announced_not_when_raised(view: SessionView) -> None:
    """A lower alarm that was raised meanwhile does not count as later."""
    standstill = AlarmEventView(
        at_ns=view.now_ns, key="s@session", message="m", priority="low", step="raised", by=None
    )
    assert status_summary.announcement([view]) == (view.now_ns, TACHYCARDIA.priority)
    both = replace(view, history=[standstill, *view.history])
    assert status_summary.announcement([both]) == (view.now_ns, TACHYCARDIA.priority)
