"""A session as people and sensors see it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.radio import LinkState
from monitor.analysis.replay import verify
from monitor.core.session_spec import SessionSpec
from monitor.errors import ActError, ConfigError, JournalError
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.sessions.manual_clocks import Hands, standing


class Live:
    """A session with a manual clock."""

    def __init__(self, path: Path, session: SessionSpec | None = None) -> None:
        self.path = path
        self.hands = Hands()
        self.session = Session.open(session or spec(), path, self.hands.clock())

    def beat(self, seconds: int, rate: int) -> None:
        for second in range(seconds):
            self.hands.pass_s(1)
            self.session.packet("strap", "2A37", bytes([0x06, rate + second % 2]))
            self.session.derive()

    def wait(self, seconds: float) -> None:
        self.hands.pass_s(seconds)
        self.session.derive()

    def alarms(self) -> dict[str, str]:
        return {alarm.rule: alarm.state for alarm in self.session.view().alarms}

    def close(self) -> None:
        self.session.end("test")
        self.session.close()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path / "s.journal")
    yield live
    live.session.close()


HIGH = "hr-high@strap/heart_rate"


def test_view_has_values_sensors_and_alarms(live: Live) -> None:
    live.session.link("strap", LinkState.CONNECTED, "", -55)
    live.session.packet("strap", "2A19", bytes([88]))
    live.beat(30, 120)
    view = live.session.view()
    heart = next(channel for channel in view.channels if channel.channel == "strap/heart_rate")
    assert (heart.value, heart.unit, heart.stale, heart.quality) == (121.0, "/min", False, "good")
    assert heart.priority == "medium"
    strap = next(sensor for sensor in view.sensors if sensor.label == "strap")
    assert (strap.state, strap.battery, strap.rssi, strap.packets) == ("connected", 88.0, -55, 31)
    assert live.alarms() == {"hr-high": "active"}
    live.wait(60)
    heart = next(c for c in live.session.view().channels if c.channel == "strap/heart_rate")
    assert heart.stale
    assert heart.age_s == pytest.approx(60, abs=0.001)
    assert live.alarms() == {
        "hr-high": "active",
        "unjudged-heart_rate-long": "active",  # and "no-hr" inside it
        "unjudged-core_temperature": "active",
    }
    assert next(alarm for alarm in live.session.view().alarms if alarm.rule == "hr-high").suspended


def test_acknowledgement_needs_a_name_and_an_active_alarm(live: Live) -> None:
    live.beat(30, 120)
    for name in ("", "   ", "x" * 81):
        with pytest.raises(ActError, match="name"):
            live.session.actions.acknowledge(HIGH, name)
    live.session.actions.acknowledge(HIGH, " MK ")
    assert next(iter(live.session.view().alarms)).by == "MK"
    with pytest.raises(ActError, match="not active any more"):
        live.session.actions.acknowledge(HIGH, "MK")
    with pytest.raises(ActError, match="condition is over"):
        live.session.actions.reset(HIGH, "MK")
    with pytest.raises(ActError, match="no session 's9' is running here"):
        ConsoleBackend([live.session]).acknowledge("s9", HIGH, "MK")


def test_undoing_an_acknowledgement_needs_a_name(live: Live) -> None:
    live.beat(30, 120)
    with pytest.raises(ActError, match="not acknowledged"):
        live.session.actions.unacknowledge(HIGH, "MK", "")
    live.session.actions.acknowledge(HIGH, "MK")
    with pytest.raises(ActError, match="name"):
        live.session.actions.unacknowledge(HIGH, "", "")
    live.session.actions.unacknowledge(HIGH, " CD ", " the wrong room ")
    (alarm,) = (each for each in live.session.view().alarms if each.rule == "hr-high")
    assert (alarm.state, alarm.by) == ("active", None)
    entry = [*live.session.journal.entries()][-1]
    assert (entry.kind, entry.body()) == (
        "unacknowledge",
        {"by": "CD", "reason": "the wrong room"},
    )
    event = live.session.view().history[0]
    assert (event.step, event.by) == ("unacknowledged", "CD")


def test_covered_alarm_cannot_be_unacknowledged_alone(live: Live) -> None:
    live.beat(45, 70)
    live.beat(1, 95)  # a sudden rise, low, and inside what follows
    live.beat(30, 120)
    (alarm,) = (each for each in live.session.view().alarms if not each.technical)
    assert (alarm.rule, [each.rule for each in alarm.inside]) == ("hr-high", ["hr-jump"])
    live.session.actions.acknowledge(HIGH, "MK")
    with pytest.raises(ActError, match="acknowledged with a higher one"):
        live.session.actions.unacknowledge("hr-jump@strap/heart_rate", "MK", "")
    (left,) = live.session.control.unfinished()
    assert left == "Open medium alarm (acknowledged): Heart rate high."


def test_marker_kinds_are_checked_and_the_dose_is_marked_once(live: Live) -> None:
    live.session.actions.mark("dose", "100 mg", "MK", reason="a test")
    with pytest.raises(ActError, match="already marked"):
        live.session.actions.mark("dose", "again", "MK", reason="a test")
    with pytest.raises(ActError, match="marker 'lunch' is unknown"):
        live.session.actions.mark("lunch", "", "MK")
    with pytest.raises(ActError, match="longer than 500"):
        live.session.actions.mark("note", "x" * 501, "MK")
    assert [marker.kind for marker in live.session.view().markers] == ["dose"]
    assert live.session.view().dose_ns is not None


def test_new_alarm_ends_the_audio_pause(live: Live) -> None:
    live.session.actions.pause_audio("MK")
    assert live.session.view().audio_paused_s == pytest.approx(120)
    live.beat(30, 120)
    assert live.session.view().audio_paused_s == 0


def test_session_resumes_in_its_last_state(live: Live) -> None:
    live.beat(600, 70)
    live.session.actions.mark("dose", "100 mg", "MK", reason="a test")
    live.beat(30, 120)
    live.session.actions.acknowledge(HIGH, "MK")
    before = live.alarms()
    live.close()

    live.hands.pass_s(5)
    again = Session.open(spec(), live.path, live.hands.clock())
    assert {alarm.rule: alarm.state for alarm in again.view().alarms} == before
    channel = again.engine.channels["strap/heart_rate"]
    assert channel.baseline is not None
    hour_ago_ns = again.now_ns() - 3600 * 10**9
    trace = again.trace("strap/heart_rate", hour_ago_ns, again.now_ns(), 10_000)
    assert len(trace.at_ns) >= 630
    again.end("test")
    again.close()
    with Journal.read(live.path) as recorded:
        assert verify(recorded).difference is None


def test_downtime_is_evaluated_after_the_restart(live: Live) -> None:
    """After two minutes of downtime the alarm has the time at which it was due."""
    live.beat(20, 70)
    live.close()
    live.hands.pass_s(120)
    again = Session.open(spec(), live.path, live.hands.clock())
    alarm = next(alarm for alarm in standing(again) if alarm.rule == "no-hr")
    assert again.view().now_ns - alarm.since_ns == pytest.approx(110 * 10**9, abs=10**6)
    again.close()


def test_journal_in_use_or_of_another_session_is_refused(live: Live) -> None:
    with pytest.raises(JournalError, match="recorded by another process"):
        Session.open(spec(), live.path, live.hands.clock())
    live.close()
    other = type(spec())(
        **{
            **{name: getattr(spec(), name) for name in spec().__slots__},
            "id": "s2",
        }
    )
    with pytest.raises(ConfigError, match="contains session s1, not s2"):
        Session.open(other, live.path, live.hands.clock())
    Session.open(spec(), live.path, live.hands.clock()).close()  # and it is free again


def test_session_continues_on_a_full_disk_and_reports_it(live: Live) -> None:
    live.session.journal._db.execute("PRAGMA max_page_count = 1")
    live.beat(400, 120)
    assert live.alarms()["hr-high"] == "active"
    assert any("disk is full" in notice for notice in live.session.view().notices)
    live.session.journal._db.execute("PRAGMA max_page_count = 100000")
    live.beat(5, 120)
    live.session._recorder.write()
    assert not live.session.view().notices
    live.close()
    with Journal.read(live.path) as recorded:
        assert recorded.damage() is None
        assert verify(recorded).difference is None
        assert sum(entry.kind == "packet" for entry in recorded.entries()) == 405
