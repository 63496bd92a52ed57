"""Entries of the random sessions of `tests.never_blind`, recorded without its model."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from monitor.entries import Entry, EntryKind
from tests.never_blind.generator import random_session
from tests.never_blind.player import Player
from tests.never_blind.script import Act


class _Recorder(Player):
    """Plays a session in the engine alone."""

    def _tell(self, now: int, what: str, *args: Any, **more: Any) -> None:
        """Ignore the model."""

    def _look(self, second: float) -> None:
        """Skip a comparison."""

    def _replay(self, until_ns: int | None = None) -> None:
        """Skip a comparison."""

    def _on_alarm(self, kind: EntryKind, _what: str, rule: str) -> None:
        self._engine.advance(self._clock.now_ns())
        for alarm in self._engine.alarms.open():
            if alarm.rule.id == rule:
                self._do(kind, alarm.key, by="AB", reason="")
                return

    @property
    def entries(self) -> list[Entry]:
        return self._entries


def recorded(seed: int, longest_s: float, without: Collection[str] = ()) -> list[Entry]:
    """Return the entries of the random session of a seed.

    Args:
        seed: of the session.
        longest_s: its events until then.
        without: acts that are left out.
    """
    session = random_session(seed)
    items = tuple(
        item
        for item in session.items
        if item.at < longest_s and not (isinstance(item, Act) and item.what in without)
    )
    length = min(session.length, longest_s)
    recorder = _Recorder(replace(session, items=items, length=length))
    recorder.play()
    return recorder.entries
