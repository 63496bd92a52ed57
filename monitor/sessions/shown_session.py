"""The view of one session for everything that shows it: a fault in it hides no other session."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from dashboards.console.views.session import SessionView
from monitor.core.engine import Engine
from monitor.core.session_spec import SessionSpec
from monitor.errors import ActError
from monitor.sessions.action_texts import action_name
from monitor.sessions.failed_session import unshown_view
from monitor.sessions.isolated import Isolated

log = structlog.get_logger()


@dataclass(slots=True)
class _Failure:
    """A view that could not be built or drawn, until one can.

    Attributes:
        since_ns: session time.
        by: who acknowledged it, or None.
    """

    since_ns: int
    by: str | None = None


class ShownSession:
    """The view of one session, or one that says that the session cannot be shown.

    Such a failure is not one of the engine: it is not journaled, and over with the next view.

    Args:
        session: id, for the log.
        engine: of the session.
    """

    def __init__(self, session: str, engine: Engine) -> None:
        self._session = session
        self._engine = engine
        self._building, self._drawing = Isolated("view", session), Isolated("drawing", session)
        self._failure: _Failure | None = None

    @property
    def failed(self) -> bool:
        """Return whether the last view could not be built or drawn."""
        return self._failure is not None

    def view(self, spec: SessionSpec, now_ns: int, build: Callable[[], SessionView]) -> SessionView:
        """Return the view that `build` returns, or one that says why there is none."""
        view = self._building.result(build, lambda error: self._unshown(error, spec, now_ns))
        self._end_failure()
        return view

    def drawing_failed(self, error: Exception, spec: SessionSpec, now_ns: int) -> SessionView:
        """Report a fault in drawing the view; return one that says why it is not shown."""
        self._drawing.failed(error)
        return self._unshown(error, spec, now_ns)

    def drawing_succeeded(self) -> None:
        """Report that the view can be drawn again."""
        self._drawing.succeeded()
        self._end_failure()

    def _unshown(self, error: Exception, spec: SessionSpec, now_ns: int) -> SessionView:
        failure = self._failure = self._failure or _Failure(now_ns)
        return unshown_view(error, failure.since_ns, failure.by, self._engine, spec, now_ns)

    def _end_failure(self) -> None:
        if self._building.error is None and self._drawing.error is None:
            self._failure = None

    def acknowledge(self, by: str) -> None:
        """Acknowledge the failure: it sounds no more, and stays on the pages.

        Raises:
            ActError: it is over, acknowledged already, or there is no name.
        """
        if self._failure is None or self._failure.by is not None:
            raise ActError("this alarm is not active any more; there is nothing to acknowledge")
        self._failure.by = action_name(by)
        log.info("view.acknowledged", session=self._session, by=self._failure.by)

    def unacknowledge(self, by: str) -> None:
        """Undo the acknowledgement of the failure: it sounds again.

        Raises:
            ActError: it is not acknowledged, or there is no name.
        """
        if self._failure is None or self._failure.by is None:
            raise ActError("this alarm is not acknowledged; there is nothing to undo")
        log.info("view.unacknowledged", session=self._session, by=action_name(by))
        self._failure.by = None
