"""Watch of another physiomon by a service that runs sessions."""

from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from monitor.service.outputs import Outputs
from monitor.service.task_group import Part
from monitor.service.watch import PART, Watcher
from monitor.sessions.session import Session


def watch_part(first: Outputs, sessions: Callable[[], Iterable[Session]]) -> Part:
    """Return the watch of a service; its problem is shown in all sessions, and called about.

    Args:
        first: outputs of a configuration that has `[watch]`.
        sessions: returns the sessions of this service.

    Raises:
        ConfigError: the certificates cannot be used.
    """
    config = first.planned.config
    assert config.watch is not None  # noqa: S101 - checked by the caller

    def on_duty() -> set[str]:
        plans = (each.engine.calling.escalation for each in sessions() if not each.ended)
        return {name for plan in plans for name in plan.on_duty}

    def report(sentence: str | None) -> None:
        for session in sessions():
            session.notice(PART, sentence)

    zone = config.watch.zone or config.session.zone
    return Watcher(
        config.watch,
        config.watch.tls(first.planned.beside["watch"]),
        {} if first.calls is None else first.calls.channels,
        on_duty,
        None if zone is None else ZoneInfo(zone),
        report,
    ).run
