"""Faults of the view of one session, to be switched on and off by a test."""

from collections.abc import Sequence
from typing import Any

import pytest

from dashboards.console.views.session import SessionView
from monitor.core.engine import Engine
from monitor.sessions.view import session_view

SECRET = "a value that nobody may read in a log"


class ViewFaults:
    """Sessions whose views raise, by id."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken: Sequence[str] = ()

        def view(engine: Engine, *args: Any) -> SessionView:
            if engine.spec is not None and engine.spec.id in self.broken:
                raise KeyError(SECRET)
            return session_view(engine, *args)

        monkeypatch.setattr("monitor.sessions.session.session_view", view)
