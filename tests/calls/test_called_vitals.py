"""Vital signs on the page behind a call's link."""

from dataclasses import replace

import numpy as np
import pytest

from dashboards.console.views.channels import ChannelView
from dashboards.console.views.chart_series import Trace
from dashboards.console.views.measurements import SpotMeasurementView
from monitor.calls.called_vitals import called_vitals
from tests.console.fake_backend import CORE, HEART_RATE, MINUTE_NS, SESSION

NOW_NS = SESSION.now_ns


def before(*values: float) -> Trace:
    """Return values of 10.5 minutes ago, with one earlier and one current value."""
    at_ns = [NOW_NS - 12 * MINUTE_NS, *[NOW_NS - 21 * MINUTE_NS // 2] * len(values), NOW_NS]
    return Trace(
        at_ns=np.array(at_ns, np.int64), values=np.array([999.0, *values, 999.0]), limits=()
    )


@pytest.mark.parametrize(
    ("channel", "then", "said"),
    [
        pytest.param(HEART_RATE, (60.0, 61.0, 300.0), "72 /min; +11 in 10 min", id="rise"),
        pytest.param(CORE, (37.5,), "37.2 °C; -0.3 in 10 min", id="fall"),
        pytest.param(HEART_RATE, (72.3,), "72 /min; no change in 10 min", id="no change"),
        pytest.param(HEART_RATE, (), "72 /min; no value 10 min ago", id="nothing measured then"),
        pytest.param(HEART_RATE, (np.nan,), "72 /min; no value 10 min ago", id="gap then"),
        pytest.param(
            replace(HEART_RATE, stale=True, age_s=200.0),
            (60.0,),
            "72 /min; NOT LIVE: 3 min ago",
            id="stale",
        ),
    ],
)
def test_changes_are_differences_between_measured_values(
    channel: ChannelView, then: tuple[float, ...], said: str
) -> None:
    view = replace(SESSION, channels=(channel,))
    vitals = called_vitals(view, lambda *_: before(*then))
    assert said in [f"{each.value}; {each.note}" for each in vitals]


def test_live_value_is_preferred_to_a_stale_one() -> None:
    pulse = replace(HEART_RATE, channel="clip/pulse_rate", label="Pulse rate", value=140.0)
    view = replace(SESSION, channels=(replace(HEART_RATE, stale=True), pulse))
    first = called_vitals(view, lambda *_: before())[0]
    assert (first.label, first.value) == ("Pulse rate", "140 /min")


def test_missing_values_are_shown_as_missing() -> None:
    vitals = called_vitals(replace(SESSION, channels=()), lambda *_: before())
    assert [(each.value, each.note) for each in vitals] == [
        ("--", "no value"),
        ("--", "no value"),
        ("--", "not measured"),
    ]


def test_blood_pressure_has_its_time_and_the_previous_value() -> None:
    def values(entry: int, minutes: int, **pair: float) -> list[SpotMeasurementView]:
        return [
            SpotMeasurementView(
                entry=entry,
                signal=signal,
                label=signal,
                unit="mm[Hg]",
                at_ns=NOW_NS - minutes * MINUTE_NS,
                value=value,
                by="MK",
                corrected=None,
            )
            for signal, value in pair.items()
        ]

    spots = [
        *values(2, 5, systolic=165.0, diastolic=95.0),
        *values(1, 35, systolic=150.0, diastolic=90.0),
    ]
    view = replace(SESSION, spot_measurements=spots)
    last = called_vitals(view, lambda *_: before())[-1]
    assert last.value == "165/95 mmHg"
    assert ", mean 118; 150/90 at " in last.note
