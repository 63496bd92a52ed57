"""The dashboard of the service itself, from its metrics in Prometheus."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
from grafana_foundation_sdk.models import common, units
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana.dashboard import DISCLAIMER
from dashboards.grafana.time_series_panels import series

SERVICE = "physiomon-service"
_WIDTH, _HEIGHT = 12, 8
_NAME = "{{site}} {{room}}"
_LATENCY = "physiomon_event_loop_latency_seconds_bucket"

# Title, description, unit, query, legend.
PANELS: Sequence[tuple[str, str, str, str, str]] = (
    (
        "Sessions well",
        "1: evaluated, journaled and able to call people. 0: the console shows why not.",
        units.Short,
        "physiomon_session_well",
        _NAME,
    ),
    (
        "Service answers",
        "1: Prometheus reaches the service.",
        units.Short,
        'up{job="physiomon"}',
        "{{instance}}",
    ),
    (
        "Time since the last evaluation",
        "The rules are evaluated at least once per second.",
        units.Seconds,
        "physiomon_engine_lag_seconds",
        _NAME,
    ),
    (
        "Latency of the event loop",
        "Delay of a timer that 99 of 100 do not exceed.",
        units.Seconds,
        f"histogram_quantile(0.99, sum by (le, instance) (rate({_LATENCY}[5m])))",
        "{{instance}}",
    ),
    (
        "Age of the backlog",
        "Age of the oldest fact that a destination has not received.",
        units.Seconds,
        "physiomon_backlog_age_seconds",
        f"{_NAME} {{{{destination}}}}",
    ),
    (
        "Backlog",
        "Facts that a destination has not received.",
        units.Short,
        "physiomon_backlog_facts",
        f"{_NAME} {{{{destination}}}}",
    ),
    (
        "Sensors not connected",
        "1 while the link of a sensor is lost, silent or not found.",
        units.Short,
        'physiomon_link{state=~"lost|failed|searching|silent"} == 1',
        f"{_NAME} {{{{sensor}}}} {{{{state}}}}",
    ),
    (
        "Channels by judgement",
        "Channels whose rules are evaluated, and those whose are not.",
        units.Short,
        "physiomon_channels",
        f"{_NAME} {{{{state}}}}",
    ),
    (
        "Open alarms",
        "Open alarms by priority.",
        units.Short,
        "sum by (site, room, priority) (physiomon_alarms)",
        f"{_NAME} {{{{priority}}}}",
    ),
    (
        "Calls",
        "Steps of calls in ten minutes.",
        units.Short,
        "increase(physiomon_calls_total[10m])",
        f"{_NAME} {{{{step}}}}",
    ),
    (
        "Journal",
        "Facts written per second; a session that runs writes some each second.",
        units.Short,
        "rate(physiomon_journal_facts_total[1m])",
        _NAME,
    ),
    (
        "Notices",
        "Notices that the console shows about the monitor itself.",
        units.Short,
        "physiomon_notices",
        _NAME,
    ),
)


def service() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    built = (
        dashboard.Dashboard("physiomon: service")
        .uid(SERVICE)
        .version(1)
        .description(f"Health of the service itself, from Prometheus. {DISCLAIMER}")
        .tags(["physiomon"])
        .readonly()
        .refresh("30s")
        .time("now-3h", "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
    )
    for number, (title, what, unit, query, legend) in enumerate(PANELS):
        row, column = divmod(number, 2)
        place = models.GridPos(h=_HEIGHT, w=_WIDTH, x=column * _WIDTH, y=row * _HEIGHT)
        panel = _panel(title, what, unit, query, legend).id(number + 1).grid_pos(place)
        built = built.with_panel(panel.datasource(_datasource()))
    return built


def _panel(title: str, what: str, unit: str, query: str, legend: str) -> timeseries.Panel:
    target = (
        prometheus.Dataquery()
        .expr(query)
        .legend_format(legend)
        .ref_id("A")
        .range()
        .datasource(_datasource())
    )
    return series(title, what, unit, target).min(0)


def _datasource() -> common.DataSourceRef:
    return common.DataSourceRef(type_val="prometheus", uid="${datasource}")
