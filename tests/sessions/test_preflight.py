"""The pre-flight checklist, item by item, and the start of a session."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.console.views.before_dose import DoseCheckView
from devices.sensor import SensorSpec
from devices.signals import SIGNALS
from monitor.sessions.preflight import (
    ChecklistInput,
    HostState,
    ItemState,
    SensorState,
    checklist,
    unresolved,
)
from tests.engine.scripted_session import spec
from tests.sessions.test_session import Live

STRAP = SensorState(label="strap", connected=True, valid=True, battery=80.0)
WELL = ChecklistInput(
    sensors=[STRAP],
    heard_by="MK",
    recipients=True,
    on_duty=["Anna"],
    reached=["Anna"],
    machine=HostState(free_bytes=10 << 30, synchronised=True),
    baseline=[DoseCheckView(what="Baseline of heart rate", progress="ready", done=True)],
    policy="test 1",
    reviewed_by="Dr A",
)


def state(known: ChecklistInput, item: str) -> tuple[ItemState, str]:
    return next((each.state, each.found) for each in checklist(known) if each.item == item)


def test_start_needs_no_reason_if_every_item_is_ok() -> None:
    assert unresolved(checklist(WELL)) == []
    assert [each.item for each in checklist(WELL)] == [
        *("sensor strap", "sound", "calls", "disk", "clock", "policy", "baseline"),
    ]


@pytest.mark.parametrize(
    ("unmeasured", "counts"),
    [(["pulse_rate", "spo2"], False), (["heart_rate", "spo2"], True), (["core_temperature"], True)],
)
def test_rules_without_a_sensor_need_a_reason_unless_only_an_oximeter_is_missing(
    unmeasured: list[str], counts: bool
) -> None:
    items = checklist(replace(WELL, unmeasured=unmeasured))
    (item,) = (each for each in items if each.item == "signals")
    assert (item.state, bool(unresolved(items))) == (ItemState.NOT_OK, counts)
    assert SIGNALS[unmeasured[0]].label.lower() in item.found


@pytest.mark.parametrize(
    ("known", "item", "mark", "says"),
    [
        (
            replace(WELL, sensors=[replace(STRAP, connected=False)]),
            "sensor strap",
            ItemState.NOT_OK,
            "not connected",
        ),
        (
            replace(WELL, sensors=[replace(STRAP, valid=False)]),
            "sensor strap",
            ItemState.NOT_OK,
            "without valid values",
        ),
        (
            replace(WELL, sensors=[replace(STRAP, battery=None)]),
            "sensor strap",
            ItemState.UNKNOWN,
            "fresh battery",
        ),
        (
            replace(WELL, sensors=[replace(STRAP, battery=19.0)]),
            "sensor strap",
            ItemState.NOT_OK,
            "19 %",
        ),
        (replace(WELL, heard_by=None), "sound", ItemState.UNKNOWN, "Play the test sound"),
        (replace(WELL, on_duty=[], reached=[]), "calls", ItemState.NOT_OK, "Nobody is on duty"),
        (replace(WELL, reached=[]), "calls", ItemState.UNKNOWN, "Send test call"),
        (replace(WELL, duty_gap="now"), "calls", ItemState.NOT_OK, "Nobody of the first tier is"),
        (replace(WELL, duty_gap="20:00"), "calls", ItemState.UNKNOWN, "From 20:00 on, nobody of"),
        (replace(WELL, on_duty=["Anna", "Bo"]), "calls", ItemState.UNKNOWN, "not to Bo"),
        (replace(WELL, failing=["Anna (mailto)"]), "calls", ItemState.UNKNOWN, "not to Anna (mail"),
        (replace(WELL, unconfirmed=["Anna"]), "calls", ItemState.NOT_OK, "No channel of Anna"),
        (
            replace(WELL, machine=HostState(synchronised=True)),
            "disk",
            ItemState.UNKNOWN,
            "Free space unknown",
        ),
        (
            replace(WELL, machine=HostState(free_bytes=1 << 20, synchronised=True)),
            "disk",
            ItemState.NOT_OK,
            "free some space",
        ),
        (
            replace(WELL, machine=HostState(free_bytes=1 << 40)),
            "clock",
            ItemState.UNKNOWN,
            "compare",
        ),
        (
            replace(WELL, machine=HostState(free_bytes=1 << 40, synchronised=False)),
            "clock",
            ItemState.NOT_OK,
            "set-ntp",
        ),
        (
            replace(WELL, machine=HostState(synchronised=True, offset_s=3600.0)),
            "clock",
            ItemState.NOT_OK,
            "60 min behind it. Alarms are not affected. Restart the service now",
        ),
        (
            replace(WELL, machine=HostState(synchronised=True, offset_s=-3600.0)),
            "clock",
            ItemState.NOT_OK,
            "60 min ahead of it, and a restart does not change that",
        ),
        (replace(WELL, reviewed_by=" "), "policy", ItemState.NOT_OK, "study physician"),
    ],
)
def test_unresolved_item_has_its_state_and_advice(
    known: ChecklistInput, item: str, mark: ItemState, says: str
) -> None:
    found = state(known, item)
    assert found[0] is mark
    assert says in found[1]


def test_unfinished_baseline_needs_no_reason() -> None:
    waits = DoseCheckView(what="Baseline", progress="3 of 5 min valid", done=False)
    known = replace(WELL, baseline=[waits])
    assert state(known, "baseline")[0] is ItemState.UNKNOWN
    assert unresolved(checklist(known)) == []


def test_calls_item_is_omitted_without_recipients() -> None:
    assert "calls" not in {item.item for item in checklist(replace(WELL, recipients=False))}


def test_signals_that_only_rules_know_are_found(tmp_path: Path) -> None:
    patch = tuple(each for each in spec().sensors if each.label == "patch")
    live = Live(tmp_path / "s.journal", replace(spec(), sensors=patch))
    (item,) = (each for each in live.session.control.checklist() if each.item == "signals")
    assert "heart rate" in item.found
    assert "core temperature" not in item.found
    live.session.actions.exchange(SensorSpec(label="strap", kind="heart-rate-strap"), "MK", "new")
    assert all(each.item != "signals" for each in live.session.control.checklist())
    live.close()
