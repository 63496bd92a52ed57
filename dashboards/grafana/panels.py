"""Panels that several dashboards show; one title always means one set of queries."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common, units
from grafana_foundation_sdk.models import dashboard as models

from alerts.alarm_levels import PRIORITIES
from dashboards.grafana import influxql
from dashboards.grafana.dashboard import DISCLAIMER, Column, span
from dashboards.grafana.influxql import InfluxQL
from dashboards.grafana.level_colours import looks
from devices.signals import SIGNALS

Looks = dict[str, tuple[str, str]]  # of a value: word and colour

UNITS = {"Cel": units.Celsius, "%": units.Percent, "mL": "mlitre", "mm[Hg]": "mmHg"}
SINCE = "12h"  # longer than any session: what was told long ago may still hold
_LIMIT_TOLD_MS = 150_000  # a limit is told each minute while values come
# A link's state is technical: none of the colours that priorities of alarms have.
LINKS: Looks = {
    "connected": ("connected", "green"),
    "searching": ("searching", "purple"),
    "silent": ("silent", "orange"),
    "lost": ("lost", "dark-purple"),
    "failed": ("cannot be connected", "dark-purple"),
    "waiting": ("waits for a measurement", "green"),
}
MAIN_SIGNALS = ("heart_rate", "core_temperature")
_OTHER_TEMPERATURES = ("body_temperature", "skin_temperature", "ambient_temperature")
_BY_HAND = (
    "systolic",
    "diastolic",
    "mean_arterial",
    "pulse_rate",
    "body_temperature",
    "spo2",
    "fluid_intake",
)


def unit_of(signal: str) -> str:
    """Return Grafana's name of a signal's unit; what it does not know it shows as it is."""
    return UNITS.get(SIGNALS[signal].unit, SIGNALS[signal].unit)


def recent_s(signal: str) -> int:
    """Return for how long a value is shown as the present one.

    Three times as long as one value holds: deliveries and page are a few seconds late.
    """
    return round(3 * SIGNALS[signal].hold_s)


def words(looks: Looks) -> list[models.ValueMapping]:
    """Return the mapping from values to words and colours."""
    return [
        models.ValueMap(
            options={
                value: models.ValueMappingResult(text=text, color=color, index=index)
                for index, (value, (text, color)) in enumerate(looks.items())
            }
        )
    ]


def levels() -> list[models.ValueMapping]:
    """Return the mapping from levels of alarms to words and colours."""
    return words({str(level): look for level, look in looks().items()})


def coloured(looks: list[models.ValueMapping]) -> list[models.DynamicConfigValue]:
    """Return what makes a column of a table show words on their colours."""
    return [
        models.DynamicConfigValue(id_val="mappings", value=looks),
        models.DynamicConfigValue(
            id_val="custom.cellOptions", value={"type": "color-background", "mode": "basic"}
        ),
    ]


def neutral() -> dashboard.ThresholdsConfig:
    """Return thresholds that colour nothing: Grafana's own make every small number green."""
    grey = models.Threshold(value=None, color=looks()[0][1])
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps([grey])


# Numbers and states


def number(title: str, what: str, query: InfluxQL) -> stat.Panel:
    """Return a panel that shows the last value of each series."""
    return (
        stat.Panel()
        .title(title)
        .description(what)
        .with_target(query)
        .thresholds(neutral())
        .hide_time_override(True)
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.NONE)
    )


def value(signal: str) -> stat.Panel:
    """Return a signal's last good value, while it holds."""
    recent = f"{recent_s(signal)} s"
    return (
        number(
            SIGNALS[signal].label,
            f"The last valid value, if it is not older than {recent}. {DISCLAIMER}",
            influxql.last_value(signal),
        )
        .time_from(f"{recent_s(signal)}s")
        .unit(unit_of(signal))
        .decimals(0 if SIGNALS[signal].resolution >= 1 else 1)
        .no_value("no value")
    )


def age(signal: str) -> stat.Panel:
    """Return how long ago the last good value was measured."""
    return (
        number(
            f"{SIGNALS[signal].label}: age",
            "When the last valid value was measured.",
            influxql.last_value(signal),
        )
        .time_from(SINCE)
        .unit(units.DateTimeFromNow)
        .no_value("never")
        .reduce_options(
            common_builders.ReduceDataOptions().calcs(["lastNotNull"]).fields("/^Time$/")
        )
    )


def state(title: str, what: str, which: str) -> stat.Panel:
    """Return the level of the alarm to look at first, of some alarms, on its colour."""
    return (
        number(title, what, influxql.highest_level(which))
        .time_from(SINCE)
        .unit(units.NoUnit)
        .no_value("none raised")
        .mappings(levels())
        .color_mode(common.BigValueColorMode.BACKGROUND)
    )


def states() -> list[Column]:
    """Return a row of states: person, several signals, measurements, equipment, procedure."""
    return [
        span(width, 4, state(title, what, which))
        for width, title, what, which in (
            (5, "Person", "The first alarm on the person.", influxql.PHYSIOLOGICAL),
            (5, "Rules on several signals", "The first alarm of those.", influxql.JOINT),
            (
                5,
                "Spot measurements",
                "The first alarm on blood pressure and the like, by hand or by a cuff.",
                influxql.SPOT,
            ),
            (5, "Equipment", "The first technical alarm.", influxql.TECHNICAL),
            (
                4,
                "Procedure and monitor",
                "The first alarm of measurements due, and of the monitor's own troubles.",
                influxql.PROCEDURE,
            ),
        )
    ]


def signal_state(signal: str) -> stat.Panel:
    """Return the level of the alarm to look at first, of those on a signal."""
    label = SIGNALS[signal].label
    which = f"{influxql.PHYSIOLOGICAL} AND \"signal\" = '{signal}'"
    return state(f"{label} alarms", f"The first alarm on the {label.lower()}.", which)


# Over time


def series(title: str, what: str, unit: str, *queries: InfluxQL) -> timeseries.Panel:
    """Return lines over time."""
    panel = timeseries.Panel().title(title).description(what).unit(unit).line_width(2)
    panel = panel.thresholds(neutral())
    panel = panel.show_points(common.VisibilityMode.AUTO)
    for query in queries:
        panel = panel.with_target(query)
    return panel.legend(common_builders.VizLegendOptions().show_legend(True))


def bars(title: str, what: str, unit: str, *queries: InfluxQL) -> timeseries.Panel:
    """Return bars over time."""
    return (
        series(title, what, unit, *queries)
        .draw_style(common.GraphDrawStyle.BARS)
        .fill_opacity(60)
        .min(0)
    )


def trend(signal: str) -> timeseries.Panel:
    """Return a signal's values with its limits as they moved, and the band between them."""
    limit_style = [
        models.DynamicConfigValue(id_val="custom.lineInterpolation", value="stepAfter"),
        models.DynamicConfigValue(
            id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 6]}
        ),
        models.DynamicConfigValue(id_val="custom.lineWidth", value=1),
        models.DynamicConfigValue(id_val="custom.spanNulls", value=_LIMIT_TOLD_MS),
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
            "Valid values, and each rule's limit as it moves with baseline or window. Shaded: "
            "between the tightest limits of all rules and sensors. A line ends where values or "
            "limits end.",
            unit_of(signal),
            influxql.values(signal),
            influxql.limits(signal, "upper", "B"),
            influxql.limits(signal, "lower", "C"),
            influxql.band(signal, "upper", "D"),
            influxql.band(signal, "lower", "E"),
        )
        .span_nulls(SIGNALS[signal].hold_s * 1000)
        .override_by_regexp("^limit .*", limit_style)
        .override_by_regexp("^tightest .*", band_style)
        .override_by_name("tightest upper limit", filled)
    )


def other_temperatures() -> timeseries.Panel:
    """Return body, skin and room temperature; each place is a line of its own."""
    queries = [
        influxql.values(signal, ref_id, f"{SIGNALS[signal].label} ($tag_sensor)")
        for ref_id, signal in zip("ABC", _OTHER_TEMPERATURES, strict=True)
    ]
    return series(
        "Other temperatures",
        "Body, skin and room temperature by sensor.",
        units.Celsius,
        *queries,
    ).span_nulls(SIGNALS["skin_temperature"].hold_s * 1000)


def variability() -> timeseries.Panel:
    """Return RMSSD and SDNN."""
    return series(
        "Heart rate variability",
        "RMSSD and SDNN of the beats that pass the artefact check; blank where too few do.",
        units.Milliseconds,
        influxql.variability(),
    ).span_nulls(30_000)


def pressures() -> timeseries.Panel:
    """Return blood pressure, measured by hand or by a cuff."""
    queries = [
        influxql.measured_values(signal, ref_id, SIGNALS[signal].label.split()[0])
        for ref_id, signal in zip("ABC", _BY_HAND[:3], strict=True)
    ]
    return series(
        "Blood pressure", "Each measurement is a point of its own.", "mmHg", *queries
    ).draw_style(common.GraphDrawStyle.POINTS)


def timeline(
    title: str, what: str, query: InfluxQL, looks: list[models.ValueMapping]
) -> statetimeline.Panel:
    """Return a band for each series whose colours change with its state."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(what)
        .with_target(query)
        .thresholds(neutral())
        .unit(units.NoUnit)
        .mappings(looks)
        .merge_values(True)
    )


def alarm_timelines(since: str = "") -> list[Column]:
    """Return the states of alarms: on the person, and technical ones.

    Args:
        since: looks further back than the page, for a page that shows the present.
    """
    row: list[Column] = []
    for title, which in (
        ("Physiological alarms", influxql.PHYSIOLOGICAL),
        ("Technical alarms", influxql.TECHNICAL),
    ):
        panel = timeline(
            title,
            "Each rule's alarm on each sensor, '-' for the whole session, 'session' for "
            "measurements by hand or by a cuff: its priority, and "
            "whether it is accepted.",
            influxql.alarm_levels(which),
            levels(),
        )
        row.append(span(12, 9, panel.time_from(since) if since else panel))
    return row


def links() -> statetimeline.Panel:
    """Return the states of links."""
    return timeline(
        "Links to sensors",
        "The state of each link; nothing where the monitor itself told nothing.",
        influxql.link_states(),
        words(LINKS),
    ).span_nulls(influxql.LINK_TOLD_S * 1000)


# Rows


def rows(title: str, what: str, queries: Iterable[InfluxQL], since: str = "") -> table.Panel:
    """Return a table."""
    panel = table.Panel().title(title).description(what).thresholds(neutral())
    for query in queries:
        panel = panel.with_target(query)
    return panel.time_from(since) if since else panel


def transformed(
    panel: table.Panel, *steps: tuple[str, dict[str, object]], only: str = ""
) -> table.Panel:
    """Let the page do to a table's rows what InfluxQL cannot.

    Args:
        panel: the table.
        steps: id and options of Grafana's transformations.
        only: the queries that these steps are for; all by default.
    """
    for id_val, options in steps:
        which = models.MatcherConfig(id_val="byRefId", options=only) if only else None
        panel = panel.with_transformation(
            models.DataTransformerConfig(id_val=id_val, options=options, filter_val=which)
        )
    return panel


def sorted_by(column: str) -> tuple[str, dict[str, object]]:
    """Return the transformation that puts the highest first."""
    return "sortBy", {"sort": [{"field": column, "desc": True}]}


def open_alarms() -> table.Panel:
    """Return the alarms that are open, worst first."""
    panel = rows(
        "Open alarms",
        "Alarms that are active, accepted, or over and not reset, of the last 12 hours, one for "
        "each matter; the one to look at first on top.",
        [influxql.open_alarms()],
    )
    return transformed(panel, sorted_by("level")).override_by_name("level", coloured(levels()))


def steps(since: str = "") -> table.Panel:
    """Return what happened to alarms."""
    return rows(
        "What happened to alarms",
        "Raised, acknowledged, cleared, suspended ...; newest first.",
        [influxql.alarm_steps()],
        since,
    )


def calls(since: str = "") -> table.Panel:
    """Return every step of calls."""
    return rows(
        "Calls",
        "Who was called about which rules, and what became of it; people are pseudonyms.",
        [influxql.calls()],
        since,
    )


def measured(since: str = "") -> table.Panel:
    """Return what was measured by hand: a row for each time, a column for each signal."""
    queries = [
        influxql.measured(signal, ref_id)
        for ref_id, signal in zip("ABCDEFG", _BY_HAND, strict=True)
    ]
    panel = rows("Measurements by hand", "What people have entered, newest first.", queries, since)
    for signal in _BY_HAND:
        unit = models.DynamicConfigValue(id_val="unit", value=unit_of(signal))
        panel = panel.override_by_name(signal, [unit])
    # One act has one time: merged, its values stand in one row.
    return transformed(panel, ("merge", {}), sorted_by("Time"))


def policy_changes(since: str = "") -> table.Panel:
    """Return how the rules were changed."""
    return rows(
        "Rules changed",
        "Rules and policies that are other from then on; the reasons are in the journal.",
        [influxql.policy_changes()],
        since,
    )


def sensors(since: str = "") -> table.Panel:
    """Return the last that was told of each sensor."""
    states = coloured(words(LINKS))
    percent = models.DynamicConfigValue(id_val="unit", value=units.Percent)
    decibels = models.DynamicConfigValue(id_val="unit", value=units.DecibelMilliWatt)
    return (
        rows(
            "Sensors",
            "The last that was told of each sensor, and when.",
            [influxql.sensors()],
            since,
        )
        .override_by_name("state", states)
        .override_by_name("battery", [percent])
        .override_by_name("rssi", [decibels])
    )


def priority_looks() -> Looks:
    """Return words and colours of priorities."""
    shown = looks()
    return {name: (name, shown[10 * rank + 3][1]) for rank, name in enumerate(PRIORITIES, 1)}
