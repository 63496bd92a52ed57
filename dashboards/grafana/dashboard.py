"""The common parts of all dashboards: variables, annotations, links and layout."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana import influxql

DISCLAIMER = "Not a medical device. Never the sole monitor."
LIVE, WARD, ALARMS, REVIEW, SENSORS = (
    f"physiomon-{name}" for name in ("live", "ward", "alarms", "review", "sensors")
)
_TITLES = {
    WARD: "Ward overview",
    LIVE: "Live session",
    ALARMS: "Alarm review",
    SENSORS: "Sensor health",
    REVIEW: "Session review",
}
# Excludes sessions written by `physiomon replay --to influx`, whose names contain this.
_NO_REPLAYS = "/^(?!.*~replay-).*$/"
_WIDTH = 24

Panel = stat.Panel | timeseries.Panel | statetimeline.Panel | table.Panel
Column = tuple[int, Sequence[tuple[int, Panel]]]  # width, and panels with their heights


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardSpec:
    """Properties of a dashboard.

    Attributes:
        uid: permanent, since users bookmark it.
        what: description in one sentence.
        since: initial start of the time range, such as ``now-1h``.
        refresh: refresh interval; empty for none.
        several: shows several sessions, initially all.
        replays: offers sessions written by a replay.
    """

    uid: str
    what: str
    since: str
    refresh: str = ""
    several: bool = False
    replays: bool = True


def board(spec: DashboardSpec, rows: Iterable[Sequence[Column]]) -> dashboard.Dashboard:
    """Return the builder of a dashboard with its panels in rows."""
    built = (
        dashboard.Dashboard(f"physiomon: {_TITLES[spec.uid].lower()}")
        .uid(spec.uid)
        .version(1)
        .description(f"{spec.what} {DISCLAIMER}")
        .tags(["physiomon"])
        .readonly()
        .refresh(spec.refresh)
        .time(spec.since, "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .links(list(_links(spec)))
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Database").type("influxdb")
        )
    )
    for annotation in influxql.ANNOTATIONS:
        built = built.annotation(
            dashboard.AnnotationQuery()
            .name(annotation.name)
            .enable(True)
            .icon_color("white")
            .datasource(_datasource())
            .target(annotation)
        )
    for name in influxql.VARIABLES:
        built = built.with_variable(_variable(name, spec))
    for number, panel in enumerate(_layout(rows), 1):
        built = built.with_panel(panel.id(number).datasource(_datasource()))
    return built


def span(width: int, height: int, panel: Panel) -> Column:
    """Return a column of one panel."""
    return width, [(height, panel)]


def session_url(uid: str) -> str:
    """Return the URL of another dashboard for the session in a table row."""
    chosen = "&".join(
        f"var-{name}=${{__data.fields.{name}:percentencode}}" for name in influxql.VARIABLES
    )
    return f"/d/{uid}?${{datasource:queryparam}}&{chosen}"


def _layout(rows: Iterable[Sequence[Column]]) -> Iterator[Panel]:
    """Place columns side by side and rows below each other."""
    y = 0
    for row in rows:
        x = 0
        for width, panels in row:
            top = y
            for height, panel in panels:
                yield panel.grid_pos(models.GridPos(h=height, w=width, x=x, y=top))
                top += height
            x += width
        y += max(sum(height for height, _ in panels) for _, panels in row)


def _links(spec: DashboardSpec) -> Iterator[dashboard.DashboardLink]:
    """Yield links to the other dashboards, with the session if both show one."""
    for uid, title in _TITLES.items():
        if uid == spec.uid:
            continue
        link = dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK).icon("dashboard")
        if spec.several or uid == WARD:
            link = link.url(f"/d/{uid}?${{datasource:queryparam}}&${{site:queryparam}}")
        else:
            link = link.url(f"/d/{uid}").include_vars(True)
        yield link.keep_time(LIVE not in (uid, spec.uid) and WARD not in (uid, spec.uid))


def _datasource() -> common.DataSourceRef:
    return common.DataSourceRef(
        type_val=influxql.DATASOURCE["type"], uid=influxql.DATASOURCE["uid"]
    )


def _variable(name: str, spec: DashboardSpec) -> dashboard.QueryVariable:
    variable = (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(_datasource())
        .query(influxql.variable_values(name))
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_DESC)
    )
    if spec.several:
        everything = models.VariableOption(text=["All"], value=["$__all"])
        variable = variable.multi(True).include_all(True).current(everything)
    if name == "session" and not spec.replays:
        variable = variable.regex(_NO_REPLAYS)
    return variable
