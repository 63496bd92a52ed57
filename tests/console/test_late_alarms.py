"""Alarms that were raised while nobody could hear of them."""

from dataclasses import replace
from datetime import UTC

import pytest

from dashboards.console import alarm_list, event_log, status_summary
from dashboards.console.views.alarms import AlarmEventView
from dashboards.console.views.session import SessionView
from tests.console.fake_backend import SESSION, TACHYCARDIA, raised

MINUTE = 60 * 10**9


@pytest.fixture
def view() -> SessionView:
    """A machine that has slept for three minutes."""
    now_ns = SESSION.now_ns
    slept = replace(TACHYCARDIA, since_ns=now_ns - 3 * MINUTE, announced_ns=now_ns)
    event = replace(raised(slept, slept.since_ns), announced_ns=now_ns)
    return replace(SESSION, zone=UTC, alarms=[slept], history=[event])


def test_the_log_and_the_alarm_say_when_it_was_first_announced(view: SessionView) -> None:
    now = f"{view.now_ns // 10**9 // 3600 % 24:02}:{view.now_ns // 10**9 // 60 % 60:02}"
    assert f": raised, first announced {now}:" in str(event_log.lines(view))
    assert f", first announced {now}:" in alarm_list._facts(view.alarms[0], view)


def test_it_sounds_when_it_is_announced_not_when_it_was_raised(view: SessionView) -> None:
    """Something lower that was raised meanwhile is no later than it."""
    standstill = AlarmEventView(
        at_ns=view.now_ns, key="s@session", message="m", priority="low", step="raised", by=None
    )
    assert status_summary.announcement([view]) == (view.now_ns, TACHYCARDIA.priority)
    both = replace(view, history=[standstill, *view.history])
    assert status_summary.announcement([both]) == (view.now_ns, TACHYCARDIA.priority)
