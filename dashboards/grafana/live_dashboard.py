"""The dashboard of a session that is under way."""

from grafana_foundation_sdk.builders import dashboard

from dashboards.grafana import panels
from dashboards.grafana.dashboard import LIVE, About, Column, board, span
from dashboards.grafana.panels import SINCE

_ABOUT = About(
    uid=LIVE,
    what="Values, moving limits, alarms and sensors of one session.",
    since="now-1h",
    refresh="5s",
    replays=False,
)


def live() -> dashboard.Dashboard:
    """Return the dashboard's builder."""
    return board(
        _ABOUT,
        [
            panels.states(),
            *(_signal(signal) for signal in panels.MAIN_SIGNALS),
            [span(24, 6, panels.open_alarms())],
            panels.alarm_timelines(SINCE),
            [span(24, 5, panels.links())],
            [span(14, 10, panels.steps(SINCE)), span(10, 10, panels.sensors(SINCE))],
            [span(12, 8, panels.variability()), span(12, 8, panels.pressures())],
            [
                span(10, 8, panels.measured(SINCE)),
                span(8, 8, panels.calls(SINCE)),
                span(6, 8, panels.policy_changes(SINCE)),
            ],
        ],
    )


def _signal(signal: str) -> list[Column]:
    return [
        (4, [(4, panels.value(signal)), (3, panels.age(signal)), (3, panels.signal_state(signal))]),
        span(20, 10, panels.trend(signal)),
    ]
