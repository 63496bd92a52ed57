"""The dashboard of a session that is under way."""

from collections.abc import Iterator

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common, units
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana import influxql
from dashboards.grafana.levels import looks
from devices.signals import SIGNALS

UID = "physiomon-live"
_DISCLAIMER = "Not a medical device. Never the sole monitor."
_SINCE = "12h"  # longer than any session: what was told long ago may still hold
_LIMIT_TOLD_MS = 150_000  # a limit is told each minute while values come
_LINK_TOLD_MS = 150_000  # so is a link
# A link's state is technical: none of the colours that priorities of alarms have.
_LINKS = {
    "connected": ("connected", "green"),
    "searching": ("searching", "purple"),
    "silent": ("silent", "orange"),
    "lost": ("lost", "dark-purple"),
}
_WIDE, _NARROW, _HIGH = 24, 4, 10

Panel = stat.Panel | timeseries.Panel | statetimeline.Panel | table.Panel


def live() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    board = (
        dashboard.Dashboard("physiomon: live session")
        .uid(UID)
        .version(1)
        .description(f"Values, moving limits, alarms and sensors of one session. {_DISCLAIMER}")
        .tags(["physiomon"])
        .readonly()
        .refresh("5s")
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Database").type("influxdb")
        )
        .annotation(
            dashboard.AnnotationQuery()
            .name("Markers")
            .enable(True)
            .icon_color("white")
            .datasource(_datasource())
            .target(influxql.Markers())
        )
    )
    for name in influxql.VARIABLES:
        board = board.with_variable(_variable(name))
    for number, panel in enumerate(_panels(), 1):
        board = board.with_panel(panel.id(number).datasource(_datasource()))
    return board


def _panels() -> Iterator[Panel]:
    for row, (signal, unit, decimals) in enumerate(
        (("heart_rate", "/min", 0), ("core_temperature", units.Celsius, 1))
    ):
        yield _value(signal, unit, decimals).grid_pos(_at(0, row * _HIGH, _NARROW, 4))
        yield _age(signal).grid_pos(_at(0, row * _HIGH + 4, _NARROW, 3))
        yield _state(signal).grid_pos(_at(0, row * _HIGH + 7, _NARROW, 3))
        yield _trend(signal, unit).grid_pos(_at(_NARROW, row * _HIGH, _WIDE - _NARROW, _HIGH))
    yield _alarms("physiological").grid_pos(_at(0, 20, 12, 9))
    yield _alarms("technical").grid_pos(_at(12, 20, 12, 9))
    yield _links().grid_pos(_at(0, 29, _WIDE, 5))
    yield _steps().grid_pos(_at(0, 34, 14, _HIGH))
    yield _sensors().grid_pos(_at(14, 34, 10, _HIGH))


def _at(x: int, y: int, w: int, h: int) -> models.GridPos:
    return models.GridPos(h=h, w=w, x=x, y=y)


def _datasource() -> common.DataSourceRef:
    return common.DataSourceRef(
        type_val=influxql.DATASOURCE["type"], uid=influxql.DATASOURCE["uid"]
    )


def _variable(name: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(_datasource())
        .query(influxql.known(name))
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_DESC)
    )


def _words(looks: dict[str, tuple[str, str]]) -> list[models.ValueMapping]:
    """Return the mapping from values to words and colours."""
    return [
        models.ValueMap(
            options={
                value: models.ValueMappingResult(text=text, color=color, index=index)
                for index, (value, (text, color)) in enumerate(looks.items())
            }
        )
    ]


def _levels() -> list[models.ValueMapping]:
    return _words({str(level): look for level, look in looks().items()})


def _value(signal: str, unit: str, decimals: int) -> stat.Panel:
    # Three times as long as one value holds: deliveries and page are a few seconds late.
    recent_s = round(3 * SIGNALS[signal].hold_s)
    return (
        stat.Panel()
        .title(SIGNALS[signal].label)
        .description(f"The last valid value, if it is not older than {recent_s} s. {_DISCLAIMER}")
        .with_target(influxql.last_value(signal))
        .time_from(f"{recent_s}s")
        .hide_time_override(True)
        .unit(unit)
        .decimals(decimals)
        .no_value("no value")
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.NONE)
    )


def _age(signal: str) -> stat.Panel:
    return (
        stat.Panel()
        .title(f"{SIGNALS[signal].label}: age")
        .description("When the last valid value was measured.")
        .with_target(influxql.last_value(signal))
        .time_from(_SINCE)
        .hide_time_override(True)
        .unit(units.DateTimeFromNow)
        .no_value("never")
        .reduce_options(
            common_builders.ReduceDataOptions().calcs(["lastNotNull"]).fields("/^Time$/")
        )
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.NONE)
    )


def _state(signal: str) -> stat.Panel:
    label = SIGNALS[signal].label
    return (
        stat.Panel()
        .title(f"{label} alarms")
        .description(f"The alarm to look at first, of all on the {label.lower()}.")
        .with_target(influxql.highest_level(signal))
        .time_from(_SINCE)
        .hide_time_override(True)
        .unit(units.NoUnit)
        .no_value("none raised")
        .mappings(_levels())
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.BACKGROUND)
    )


def _trend(signal: str, unit: str) -> timeseries.Panel:
    limit_style = [
        models.DynamicConfigValue(id_val="custom.lineInterpolation", value="stepAfter"),
        models.DynamicConfigValue(
            id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 6]}
        ),
        models.DynamicConfigValue(id_val="custom.lineWidth", value=1),
        models.DynamicConfigValue(id_val="custom.spanNulls", value=_LIMIT_TOLD_MS),
    ]
    return (
        timeseries.Panel()
        .title(f"{SIGNALS[signal].label} and its limits")
        .description(
            "Valid values, and each rule's limit as it moves with baseline or window. A line ends "
            "where values or limits end."
        )
        .with_target(influxql.values(signal))
        .with_target(influxql.limits(signal, "upper", "B"))
        .with_target(influxql.limits(signal, "lower", "C"))
        .unit(unit)
        .line_width(2)
        .show_points(common.VisibilityMode.AUTO)
        .span_nulls(SIGNALS[signal].hold_s * 1000)
        .override_by_regexp("^limit .*", limit_style)
        .legend(common_builders.VizLegendOptions().show_legend(True))
    )


def _alarms(kind: str) -> statetimeline.Panel:
    return (
        statetimeline.Panel()
        .title(f"{kind.capitalize()} alarms")
        .description("Each rule's alarm on each sensor: its priority, and whether it is accepted.")
        .with_target(influxql.alarm_levels(kind))
        .time_from(_SINCE)
        .unit(units.NoUnit)
        .mappings(_levels())
        .merge_values(True)
    )


def _links() -> statetimeline.Panel:
    return (
        statetimeline.Panel()
        .title("Links to sensors")
        .description("The state of each link; nothing where the monitor itself told nothing.")
        .with_target(influxql.link_states())
        .mappings(_words(_LINKS))
        .merge_values(True)
        .span_nulls(_LINK_TOLD_MS)
    )


def _steps() -> table.Panel:
    return (
        table.Panel()
        .title("What happened to alarms")
        .description("Raised, acknowledged, cleared, suspended ...; newest first.")
        .with_target(influxql.alarm_steps())
        .time_from(_SINCE)
    )


def _sensors() -> table.Panel:
    return (
        table.Panel()
        .title("Sensors")
        .description("The last that was told of each sensor, and when.")
        .with_target(influxql.sensors())
        .time_from(_SINCE)
    )
