"""Pairs of systolic and diastolic pressure: one reading of a cuff is one measurement."""

from dataclasses import replace

from dashboards.console.charts.pressure_chart import pressure_chart_html
from dashboards.console.charts.scales import TimeAxis
from dashboards.console.measurements import blood_pressure
from dashboards.console.views.channels import LimitView
from dashboards.console.views.measurements import (
    LatestMeasurementView,
    SpotMeasurementView,
    blood_pressures,
    latest_blood_pressure,
)
from dashboards.console.ward import tile_measurements
from tests.console.fake_backend import MINUTE_NS, NOW_NS, SESSION


def taken(
    signal: str, value: float, entry: int, at_ns: int = NOW_NS, corrected: str | None = None
) -> SpotMeasurementView:
    return SpotMeasurementView(
        entry=entry,
        signal=signal,
        label=signal,
        unit="mm[Hg]",
        at_ns=at_ns,
        value=value,
        by="AB",
        corrected=corrected,
    )


def test_values_of_one_entry_are_one_measurement_with_its_mean() -> None:
    found = blood_pressures(
        [
            taken("systolic", 140, 9, NOW_NS + MINUTE_NS),  # latest first, as in a view
            taken("diastolic", 95, 7),
            taken("body_temperature", 37, 7),
            taken("systolic", 165, 7),
        ]
    )
    assert [each.text for each in found] == ["140/--", "165/95 (118)"]


def test_measured_mean_precedes_the_calculated_one() -> None:
    (found,) = blood_pressures(
        [taken("systolic", 165, 7), taken("diastolic", 95, 7), taken("mean_arterial", 121, 7)]
    )
    assert found.text == "165/95 (121)"


def test_two_readings_at_the_same_time_stay_two() -> None:
    found = blood_pressures(
        [
            taken(signal, value, entry)
            for entry in (7, 8)
            for signal, value in (("systolic", 150.0 + entry), ("diastolic", 80.0 + entry))
        ]
    )
    assert [each.text for each in found] == ["158/88 (111)", "157/87 (110)"]


def test_corrected_and_voided_measurements_are_shown_in_place() -> None:
    measurements = [
        taken("systolic", 265, 7, corrected="MK"),
        taken("diastolic", 95, 7),
        # Of a cuff's value: a manual one a nanosecond later.
        replace(taken("systolic", 165, 9, NOW_NS + 1), by="MK"),
        taken("systolic", 300, 10, NOW_NS + MINUTE_NS, corrected="MK"),
    ]
    voided, corrected = blood_pressures(measurements)
    assert (voided.text, voided.counts) == ("--/--", False)
    assert (corrected.text, corrected.by) == ("165/95 (118)", "MK")
    assert [each.value for each in corrected.struck] == [265]
    assert latest_blood_pressure(measurements) == corrected


def test_pressure_without_its_other_half_is_as_old_as_it_is() -> None:
    newest = LatestMeasurementView(
        signal="systolic",
        label="Systolic",
        unit="mm[Hg]",
        value=140.0,
        age_s=60.0,
        stale=False,
        priority=None,
    )
    older = replace(newest, signal="diastolic", value=95.0, age_s=7200.0, stale=True)
    view = replace(
        SESSION,
        latest_measurements=[newest, older],
        spot_measurements=[
            taken("systolic", 140, 9, NOW_NS - MINUTE_NS),
            taken("diastolic", 95, 7, NOW_NS - 120 * MINUTE_NS),
        ],
    )
    assert "stale" not in blood_pressure.classes(view).split()
    assert ", old" not in tile_measurements.pressure(view)
    old = replace(view, latest_measurements=[replace(newest, stale=True), older])
    assert "stale" in blood_pressure.classes(old).split()
    assert ", old" in tile_measurements.pressure(old)


def test_chart_has_the_limits_of_both_pressures() -> None:
    limits = {
        signal: [LimitView(rule=signal, priority="high", upper=True, value=value)]
        for signal, value in (("systolic", 180.0), ("diastolic", 110.0))
    }
    time = TimeAxis(since_ns=NOW_NS - 30 * MINUTE_NS, until_ns=NOW_NS, zero_ns=None)
    html = pressure_chart_html(replace(SESSION, spot_limits=limits), time)
    assert "*** 180" in html
    assert "*** 110" in html
    assert html.count('class="limit p-high"') == 2
