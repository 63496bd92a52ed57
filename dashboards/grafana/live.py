"""The dashboard of a session that is under way."""

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common, units
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana import influxql

UID = "physiomon-live"
_DISCLAIMER = "Not a medical device. Never the sole monitor."
# Source for the colours: IEC 60601-1-8, as read in docs/decisions: red high, yellow medium,
# cyan low. A dashboard cannot know the policy: these are the alarm levels, not limits.
_LEVELS = {
    0: ("over", "green"),
    1: ("latched", "blue"),
    2: ("accepted", "yellow"),
    3: ("ALARM", "red"),
}
_ALARMS_SINCE = "12h"


def live() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    board = (
        dashboard.Dashboard("physiomon: live session")
        .uid(UID)
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
    panels = (
        _value("Heart rate", "heart_rate", "/min", 0, y=0).id(1),
        _value("Core temperature", "core_temperature", units.Celsius, 1, y=9).id(2),
        _trend("Heart rate and its limits", "heart_rate", "/min", y=0).id(3),
        _trend("Core temperature and its limits", "core_temperature", units.Celsius, y=9).id(4),
        _timeline(y=18).id(5),
        _steps(y=27).id(6),
        _sensors(y=27).id(7),
    )
    for panel in panels:
        board = board.with_panel(panel)
    return board


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


def _value(title: str, signal: str, unit: str, decimals: int, *, y: int) -> stat.Panel:
    return (
        stat.Panel()
        .title(title)
        .description(f"The last valid value of the last minute, if there is one. {_DISCLAIMER}")
        .datasource(_datasource())
        .with_target(influxql.last_value(signal))
        .time_from("1m")
        .unit(unit)
        .decimals(decimals)
        .no_value("no value")
        .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.VALUE)
        .grid_pos(models.GridPos(h=9, w=5, x=0, y=y))
    )


def _trend(title: str, signal: str, unit: str, *, y: int) -> timeseries.Panel:
    limit_style = [
        models.DynamicConfigValue(id_val="custom.lineInterpolation", value="stepAfter"),
        models.DynamicConfigValue(
            id_val="custom.lineStyle", value={"fill": "dash", "dash": [8, 6]}
        ),
        models.DynamicConfigValue(id_val="custom.lineWidth", value=1),
    ]
    return (
        timeseries.Panel()
        .title(title)
        .description("Valid values, and each rule's limit as it moves with baseline or window.")
        .datasource(_datasource())
        .with_target(influxql.values(signal))
        .with_target(influxql.limits(signal, "upper", "B"))
        .with_target(influxql.limits(signal, "lower", "C"))
        .unit(unit)
        .line_width(2)
        .show_points(common.VisibilityMode.NEVER)
        .override_by_regexp("^limit .*", limit_style)
        .legend(common_builders.VizLegendOptions().show_legend(True))
        .grid_pos(models.GridPos(h=9, w=19, x=5, y=y))
    )


def _timeline(*, y: int) -> statetimeline.Panel:
    results = {
        str(level): models.ValueMappingResult(text=text, color=color, index=level)
        for level, (text, color) in _LEVELS.items()
    }
    return (
        statetimeline.Panel()
        .title("Alarms")
        .description("The state of each rule's alarm.")
        .datasource(_datasource())
        .with_target(influxql.alarm_levels())
        .time_from(_ALARMS_SINCE)
        .mappings([models.ValueMap(options=results)])
        .merge_values(True)
        .grid_pos(models.GridPos(h=9, w=24, x=0, y=y))
    )


def _steps(*, y: int) -> table.Panel:
    return (
        table.Panel()
        .title("What happened to alarms")
        .description("Raised, acknowledged, cleared, suspended ...; newest first.")
        .datasource(_datasource())
        .with_target(influxql.alarm_steps())
        .time_from(_ALARMS_SINCE)
        .grid_pos(models.GridPos(h=9, w=14, x=0, y=y))
    )


def _sensors(*, y: int) -> table.Panel:
    return (
        table.Panel()
        .title("Sensors")
        .description("The last that was told of each sensor, and when.")
        .datasource(_datasource())
        .with_target(influxql.sensors())
        .grid_pos(models.GridPos(h=9, w=10, x=14, y=y))
    )
