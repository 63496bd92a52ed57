"""Panels with lines or bars over time; one title always means one set of queries."""

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models import common, units
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana import signal_queries
from dashboards.grafana.influxql import InfluxQL
from dashboards.grafana.panel_styles import MANUAL_SIGNALS, neutral, unit_of
from devices.signals import SIGNALS

_LIMIT_INTERVAL_MS = 150_000  # a limit is written every minute while values arrive

_OTHER_TEMPERATURES = ("body_temperature", "skin_temperature", "ambient_temperature")


def series(
    title: str, what: str, unit: str, *queries: builder.Builder[variants.Dataquery]
) -> timeseries.Panel:
    """Return a panel with lines over time."""
    panel = timeseries.Panel().title(title).description(what).unit(unit).line_width(2)
    panel = panel.thresholds(neutral())
    panel = panel.show_points(common.VisibilityMode.AUTO)
    for query in queries:
        panel = panel.with_target(query)
    return panel.legend(common_builders.VizLegendOptions().show_legend(True))


def bars(title: str, what: str, unit: str, *queries: InfluxQL) -> timeseries.Panel:
    """Return a panel with bars over time."""
    return (
        series(title, what, unit, *queries)
        .draw_style(common.GraphDrawStyle.BARS)
        .fill_opacity(60)
        .min(0)
    )


def trend(signal: str) -> timeseries.Panel:
    """Return a panel with a signal's values, its limits over time, and the band between them."""
    limit_style = [
        models.DynamicConfigValue(id_val="custom.lineInterpolation", value="stepAfter"),
        models.DynamicConfigValue(
            id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 6]}
        ),
        models.DynamicConfigValue(id_val="custom.lineWidth", value=1),
        models.DynamicConfigValue(id_val="custom.spanNulls", value=_LIMIT_INTERVAL_MS),
    ]
    band_style = [
        models.DynamicConfigValue(id_val="custom.lineInterpolation", value="stepAfter"),
        models.DynamicConfigValue(id_val="custom.lineWidth", value=0),
        models.DynamicConfigValue(id_val="custom.showPoints", value="never"),
        models.DynamicConfigValue(
            id_val="color", value={"mode": "fixed", "fixedColor": "light-blue"}
        ),
    ]
    filled = [
        models.DynamicConfigValue(id_val="custom.fillBelowTo", value="tightest lower limit"),
        models.DynamicConfigValue(id_val="custom.fillOpacity", value=12),
    ]
    return (
        series(
            f"{SIGNALS[signal].label} and its limits",
            "Valid values, and each rule's limit over time. Shaded: the range between the tightest "
            "limits of all rules and sensors. A line ends where values or limits end.",
            unit_of(signal),
            signal_queries.values(signal),
            signal_queries.limits(signal, "upper", "B"),
            signal_queries.limits(signal, "lower", "C"),
            signal_queries.band(signal, "upper", "D"),
            signal_queries.band(signal, "lower", "E"),
        )
        .span_nulls(SIGNALS[signal].hold_s * 1000)
        .override_by_regexp("^limit .*", limit_style)
        .override_by_regexp("^tightest .*", band_style)
        .override_by_name("tightest upper limit", filled)
    )


def other_temperatures() -> timeseries.Panel:
    """Return a panel with body, skin and room temperature, a line for each sensor."""
    queries = [
        signal_queries.values(signal, ref_id, f"{SIGNALS[signal].label} ($tag_sensor)")
        for ref_id, signal in zip("ABC", _OTHER_TEMPERATURES, strict=True)
    ]
    return series(
        "Other temperatures",
        "Body, skin and room temperature by sensor.",
        units.Celsius,
        *queries,
    ).span_nulls(SIGNALS["skin_temperature"].hold_s * 1000)


def variability() -> timeseries.Panel:
    """Return a panel with RMSSD and SDNN."""
    return series(
        "Heart rate variability",
        "RMSSD and SDNN of the beats that pass the artefact check; blank if too few do.",
        units.Milliseconds,
        signal_queries.variability("rmssd", "A"),
        signal_queries.variability("sdnn", "B"),
    ).span_nulls(30_000)


def pressures() -> timeseries.Panel:
    """Return a panel with blood pressure, measured manually or by a cuff."""
    queries = [
        signal_queries.measured_values(signal, ref_id, SIGNALS[signal].label.split()[0])
        for ref_id, signal in zip("ABC", MANUAL_SIGNALS[:3], strict=True)
    ]
    return series("Blood pressure", "One point per measurement.", "mmHg", *queries).draw_style(
        common.GraphDrawStyle.POINTS
    )
