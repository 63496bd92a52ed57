"""Faults in drawing one session, to be switched on and off by a test."""

from collections.abc import Collection, Sequence
from pkgutil import resolve_name
from typing import Any

import pytest

from dashboards.console.views.session import SessionView
from tests.sessions.view_faults import SECRET


class DrawingFaults:
    """Functions that raise for some sessions, until these are shown as ones that cannot be shown.

    Args:
        functions: dotted names of functions or methods that take a view, or several of them.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *functions: str) -> None:
        self.broken: Sequence[str] = ()
        for name in functions:
            self._break(monkeypatch, name)

    def _break(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        real = resolve_name(name)

        def drawing(*args: Any, **options: Any) -> Any:
            if any(view.id in self.broken and not view.failure for view in _views(args)):
                raise KeyError(SECRET)
            return real(*args, **options)

        monkeypatch.setattr(name, drawing)


def _views(args: Collection[Any]) -> list[SessionView]:
    found: list[SessionView] = []
    for each in args:
        if isinstance(each, SessionView):
            found.append(each)
        elif isinstance(each, Collection) and not isinstance(each, str):
            found += [one for one in each if isinstance(one, SessionView)]
    return found
