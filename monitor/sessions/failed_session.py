"""Operation of a session whose engine or view has failed: recording, display and end."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alerts.alarm import State
from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.session import SessionView
from monitor.core.engine import Engine
from monitor.core.engine_failure import EngineFailure
from monitor.core.session_spec import SessionSpec
from monitor.entries import EntryKind
from monitor.errors import ActError

VIEW_FAILURE = "view-failure@session"  # key of the alarm that a view shows about itself

# Kinds of entries that are recorded without the engine.
_WITHOUT_ENGINE = frozenset(
    {
        EntryKind.ACCESS,
        EntryKind.ACKNOWLEDGE,
        EntryKind.ADVERSE_EVENT,
        EntryKind.ALARM_REVIEW,
        EntryKind.CALL,
        EntryKind.COMMAND,
        EntryKind.DUTY,
        EntryKind.END,
        EntryKind.GATEWAY,
        EntryKind.MARKER,
        EntryKind.SENSOR,
        EntryKind.STANDSTILL,
        EntryKind.START,
        EntryKind.UNACKNOWLEDGE,
        EntryKind.VITALS,
    }
)


def refuse_without_engine(engine: Engine, kind: EntryKind) -> None:
    """Refuse actions that need the engine if it has failed.

    Raises:
        ActError: the action needs the engine; names what is still possible.
    """
    if engine.failure is not None and kind not in _WITHOUT_ENGINE:
        raise ActError(
            "monitoring of this session has failed, so this is not possible: only markers, "
            "adverse events and measurements are recorded, and the session can be ended"
        )


def where_failed(error: Exception) -> str:
    """Return the type and source line of an exception, without any personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def failed_view(
    failure: EngineFailure, spec: SessionSpec, now_ns: int, view: Callable[[], SessionView]
) -> SessionView:
    """Return the view of a session whose engine has failed.

    Args:
        failure: of the engine.
        spec: of the session.
        now_ns: session time.
        view: returns the engine's view; may raise in a failed state.
    """
    try:
        shown = view()
    except Exception:  # noqa: BLE001 - the alarm must be shown in any case
        shown = _empty_view(spec, now_ns)
    return replace(
        shown,
        alarms=[_alarm(failure), *(replace(alarm, suspended=True) for alarm in shown.alarms)],
        channels=[
            replace(channel, stale=True, change=None, settling_s=0.0) for channel in shown.channels
        ],
        scheduled=[],
        audio_paused_s=0.0,
    )


def unshown_view(
    error: Exception, since_ns: int, by: str | None, engine: Engine, spec: SessionSpec, now_ns: int
) -> SessionView:
    """Return a view that says that the session cannot be shown, from what needs no computation.

    Args:
        error: raised by the view.
        since_ns: session time of the first one.
        by: who acknowledged it, or None.
        engine: of the session.
        spec: of the session.
        now_ns: session time.
    """
    failure = (
        "This session cannot be shown: watch the participant. Internal fault of its display "
        f"({type(error).__name__}); recording, alarms and calls do not depend on it"
    )
    shown = replace(
        _empty_view(spec, now_ns),
        audio_paused_s=max(0, engine.alarms.audio_paused_until_ns - now_ns) / 1e9,
        failure=failure,
    )
    if engine.lifecycle.ended is not None:
        return replace(shown, ended=True, notices=[failure])
    alarms = [_technical_alarm(VIEW_FAILURE, failure, "high", since_ns, by)]
    if engine.failure is not None:
        alarms.append(_alarm(engine.failure))
    return replace(shown, alarms=alarms)


def _alarm(failure: EngineFailure) -> AlarmView:
    priority = failure.rule.priority.name.lower()
    return _technical_alarm(failure.key, failure.sentence, priority, failure.at_ns, failure.by)


def _technical_alarm(
    key: str, message: str, priority: str, since_ns: int, by: str | None
) -> AlarmView:
    return AlarmView(
        key=key,
        rule=key.partition("@")[0],
        subject="session",
        message=message,
        priority=priority,
        technical=True,
        state=(State.ACTIVE if by is None else State.ACKNOWLEDGED).value,
        suspended=False,
        since_ns=since_ns,
        value=None,
        limit=None,
        unit="",
        by=by,
    )


def _empty_view(spec: SessionSpec, now_ns: int) -> SessionView:
    return SessionView(
        id=spec.id,
        site=spec.site,
        room=spec.room,
        participant=spec.participant,
        policy=f"{spec.policy.name} {spec.policy.version}",
        virtual=spec.virtual,
        zone=spec.zone,
        started_ns=now_ns,
        now_ns=now_ns,
        dose_ns=None,
        audio_paused_s=0.0,
        channels=[],
        alarms=[],
        sensors=[],
        markers=[],
        history=[],
        notices=[],
    )
