"""Drawings of the sessions: a fault in one of them affects no other session."""

from collections.abc import Callable, Hashable
from typing import NamedTuple, TypeVar

from dashboards.console.backend import Backend
from dashboards.console.views.session import SessionView
from dashboards.console.views.translation import translated

T = TypeVar("T")

_BEATS = 10  # after which a drawing that is not tried again, as on a closed page, is forgotten


class _Fault(NamedTuple):
    """A drawing that failed: what it was of, the exception, and the beat of the last attempt."""

    what: Hashable
    error: Exception
    beat: int


class Drawings:
    """The sessions as all pages show them, and everything that is drawn of one session.

    After a fault in a drawing, all others are of a view that says that the session cannot be
    shown; only this drawing is tried again with the session's own view.

    Attributes:
        sessions: views to show, by id.
    """

    def __init__(self, backend: Backend) -> None:
        self.sessions: dict[str, SessionView] = {}
        self._backend = backend
        self._views: dict[str, SessionView] = {}  # also of sessions that cannot be drawn
        self._faults: dict[str, _Fault] = {}
        self._beat = 0

    def refresh(self, beat: int) -> None:
        """Get the current sessions from the backend, at a beat of the update loop."""
        self._beat = beat
        self._views = {view.id: view for view in self._backend.sessions()}
        self._faults = {each: self._faults[each] for each in self._faults.keys() & self._views}
        for session, view in self._views.items():
            try:
                self._views[session] = translated(view)
            except Exception as error:  # noqa: BLE001 - a fault, which the others must survive
                self.failed(session, "texts", error)
        self.sessions = dict(self._views)
        for session, fault in list(self._faults.items()):
            if beat > fault.beat + _BEATS:
                self._over(session)
            else:
                self._unshow(session, fault.error)

    def draw(self, session: str, what: Hashable, draw: Callable[[SessionView], T]) -> T:
        """Return a drawing of a session, or if it fails, of one that cannot be shown.

        Args:
            session: its id.
            what: identifies the drawing.
            draw: makes it from a view.
        """
        fault = self._faults.get(session)
        if fault is None or fault.what == what:
            try:
                drawn = draw(self._views[session])
            except Exception as error:  # noqa: BLE001 - a fault, which the others must survive
                self.failed(session, what, error)
            else:
                if fault is not None:
                    self._over(session)
                return drawn
        return draw(self.sessions[session])

    def failed(self, session: str, what: Hashable, error: Exception) -> SessionView:
        """Report a drawing that failed; return the view to show instead."""
        view = self._unshow(session, error)
        self._faults[session] = _Fault(what, error, self._beat)
        return view

    def _unshow(self, session: str, error: Exception) -> SessionView:
        view = self.sessions[session] = translated(self._backend.drawing_failed(session, error))
        return view

    def _over(self, session: str) -> None:
        del self._faults[session]
        self.sessions[session] = self._views[session]
        self._backend.drawing_succeeded(session)
