"""Start, sensor replacement, undo and end of a session."""

from pathlib import Path

import pytest

from devices.radio import LinkState
from devices.sensor import SensorSpec
from monitor.analysis.replay import verify
from monitor.commands.journal import describe
from monitor.errors import ActError, ConfigError
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.engine.scripted_session import spec
from tests.sessions.test_session import Live, live

__all__ = ["live"]


def holds(path: Path) -> bool:
    with Journal.read(path) as recorded:
        assert recorded.damage() is None
        return verify(recorded).difference is None


def test_start_with_unresolved_items_needs_a_reason(live: Live) -> None:
    live.session.link("strap", LinkState.CONNECTED, "", -55)
    live.beat(5, 70)
    marks = {each.item: each.state for each in live.session.view().preflight}
    assert marks["sensor strap"] == "unknown"
    assert marks["sensor patch"] == "not ok"
    with pytest.raises(ActError, match="sensor strap, sensor patch, sound, disk"):
        live.session.actions.start("MK", " ")
    live.session.actions.heard("AB")
    assert (
        "Heard by AB" in {each.item: each.found for each in live.session.view().preflight}["sound"]
    )
    live.session.actions.start("MK", "patch comes later")
    view = live.session.view()
    assert view.preflight == []
    assert [(each.step, each.by) for each in view.session_events] == [("start", "MK")]
    with pytest.raises(ActError, match="already started by MK"):
        live.session.actions.start("AB", "again")
    live.close()
    assert holds(live.path)
    started = describe(live.path)["started_by"]
    assert isinstance(started, dict)
    assert started["by"] == "MK"
    assert "sensor patch" in started["unresolved"]


def test_ended_session_stops_its_clock_and_is_not_resumed(live: Live) -> None:
    live.session.actions.mark("dose", "100 mg", "MK", reason="a test")
    live.beat(30, 130)
    assert "only 30 s since the dose" in live.session.view().open_items[0]
    with pytest.raises(ActError, match="Give a reason"):
        live.session.actions.finish("MK", "")
    live.session.actions.finish("MK", "taken to the ward")
    assert live.session.control.over.is_set()
    live.wait(600)
    view = live.session.view()
    assert view.ended
    assert view.alarms == []
    assert view.now_ns - view.started_ns < 40 * 10**9
    live.session.packet("strap", "2A37", bytes([6, 70]))
    live.session.report_fault("recorder-failure", on=True, reason="late")
    with pytest.raises(ActError, match="has ended"):
        live.session.actions.mark("note", "late", "MK")
    with pytest.raises(ActError, match="has ended"):
        live.session.actions.finish("MK", "again")
    live.close()
    assert holds(live.path)
    ended = describe(live.path)["ended_by"]
    assert isinstance(ended, dict)
    assert (ended["by"], ended["reason"]) == ("MK", "taken to the ward")
    with pytest.raises(ConfigError, match=r"was ended by MK at .*give \[session\] a new 'id'"):
        Session.open(spec(), live.path, live.hands.clock())
    assert holds(live.path)


def test_stopped_session_resumes(live: Live) -> None:
    live.session.actions.start("MK", "test")
    live.close()
    again = Session.open(spec(), live.path, live.hands.clock())
    assert not again.view().ended
    assert again.view().preflight == []
    again.close()


def test_only_an_ended_session_is_dismissed(live: Live) -> None:
    backend = ConsoleBackend([live.session])
    with pytest.raises(ActError, match="end it first"):
        backend.dismiss("s1", "MK")
    backend.finish("s1", "MK", "")
    assert [view.ended for view in backend.sessions()] == [True]
    backend.dismiss("s1", "MK")
    assert backend.sessions() == []


def test_undoing_a_dose_needs_a_reason_within_ten_minutes(live: Live) -> None:
    live.beat(10, 70)
    live.session.actions.mark("dose", "100 mg", "MK", reason="a test")
    (marker,) = live.session.view().markers
    with pytest.raises(ActError, match="reason"):
        live.session.actions.undo(marker.at_ns, "MK", "")
    live.session.actions.undo(marker.at_ns, "MK", "wrong button")
    view = live.session.view()
    assert view.dose_ns is None
    assert [each.undone for each in view.markers] == ["MK"]
    with pytest.raises(ActError, match="already undone"):
        live.session.actions.undo(marker.at_ns, "MK", "again")
    live.session.actions.mark("dose", "100 mg", "MK", reason="a test")
    live.wait(601)
    with pytest.raises(ActError, match="10 minutes"):
        live.session.actions.undo(live.session.view().markers[-1].at_ns, "MK", "too late")
    live.session.actions.mark("note", "x", "MK")
    live.session.actions.undo(live.session.view().markers[-1].at_ns, "MK", "")
    live.close()
    assert holds(live.path)


def test_measurement_is_corrected_and_invalid_corrections_are_refused(live: Live) -> None:
    live.session.actions.measure({"systolic": 182, "fluid_intake": 200}, "MK", "nurse")
    taken = {each.signal: each for each in live.session.view().spot_measurements}
    entry = taken["systolic"].entry
    with pytest.raises(ActError, match="reason"):
        live.session.actions.correct(entry, "systolic", 128, "AB", "")
    with pytest.raises(ActError, match="not possible"):
        live.session.actions.correct(entry, "systolic", 1280, "AB", "typo")
    live.session.actions.correct(entry, "systolic", 128, "AB", "typo")
    live.session.actions.correct(entry, "fluid_intake", None, "AB", "not drunk")
    view = live.session.view()
    assert [each.value for each in view.latest_measurements if each.signal == "systolic"] == [128]
    assert view.fluid_ml == 0
    with pytest.raises(ActError, match="already corrected"):
        live.session.actions.correct(entry, "systolic", 120, "AB", "typo")
    live.close()
    assert holds(live.path)


@pytest.mark.parametrize(
    ("device", "why"),
    [
        (SensorSpec(label="strap", kind="core-patch"), "does not measure what 'strap' does"),
        (SensorSpec(label="strap 2", kind="heart-rate-strap"), "a label of letters"),
        (SensorSpec(label="manual", kind="core-patch"), "neither 'manual' nor 'session'"),
        (SensorSpec(label="more", kind="heart-rate-strap"), "neither address nor name"),
        (SensorSpec(label="more", kind="teapot"), "kind 'teapot' is unknown"),
        (SensorSpec(label="more", kind="skin-thermometer"), "choose the device"),
        (
            SensorSpec(label="strap", kind="heart-rate-strap", address="x"),
            "not a Bluetooth address",
        ),
    ],
)
def test_impossible_replacement_device_is_refused(live: Live, device: SensorSpec, why: str) -> None:
    with pytest.raises(ActError, match=why):
        live.session.actions.exchange(device, "MK", "battery")


def test_replacement_device_is_used_after_a_restart(live: Live) -> None:
    device = SensorSpec(label="strap", kind="heart-rate-strap", address="C0:FF:EE:00:00:09")
    with pytest.raises(ActError, match="reason"):
        live.session.actions.exchange(device, "MK", "")
    live.session.actions.exchange(device, "MK", "battery empty")
    with pytest.raises(ActError, match="is already sensor 'strap'"):
        live.session.actions.exchange(
            SensorSpec(label="b", kind="heart-rate-strap", address="c0:ff:ee:00:00:09"), "MK", "x"
        )
    live.close()
    again = Session.open(spec(), live.path, live.hands.clock())
    assert again.engine.lifecycle.devices["strap"] == device
    again.close()
    assert holds(live.path)
