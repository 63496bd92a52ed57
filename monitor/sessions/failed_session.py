"""Operation of a session whose engine has failed: recording, display and end."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dashboards.console.views.alarms import AlarmView
from dashboards.console.views.session import SessionView
from monitor.core.engine import Engine
from monitor.core.engine_failure import EngineFailure
from monitor.core.session_spec import SessionSpec
from monitor.entries import EntryKind
from monitor.errors import ActError

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


def _alarm(failure: EngineFailure) -> AlarmView:
    rule = failure.rule
    return AlarmView(
        key=failure.key,
        rule=rule.id,
        subject="session",
        message=failure.sentence,
        priority=rule.priority.name.lower(),
        technical=True,
        state=failure.state.value,
        suspended=False,
        since_ns=failure.at_ns,
        value=None,
        limit=None,
        unit="",
        by=failure.by,
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
