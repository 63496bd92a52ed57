"""Clocks that tests advance."""

from dataclasses import dataclass

from dashboards.console.views.alarms import AlarmView
from monitor.clock import SessionClock
from monitor.sessions.session import Session


@dataclass
class Hands:
    """The hands of a wall clock and of a monotonic one."""

    wall_ns: int = 1_700_000_000 * 10**9
    monotonic_ns: int = 0

    def clock(self) -> SessionClock:
        return SessionClock(lambda: self.wall_ns, lambda: self.monotonic_ns)

    def pass_s(self, span_s: float) -> None:
        self.wall_ns += round(span_s * 1e9)
        self.monotonic_ns += round(span_s * 1e9)


def standing(session: Session) -> list[AlarmView]:
    """Return the open alarms, including covered ones."""
    return [each for alarm in session.view().alarms for each in (alarm, *alarm.inside)]
