"""Changes of duty by the roster of the site, and the end of changes by hand."""

import asyncio
import contextlib

from alerts.duty import DutySource, Turn
from alerts.roster import Roster
from monitor.errors import ActError
from monitor.sessions.session import Session

_EVERY_S = 1.0
_SAME_NS = (
    10**9
)  # a time that differs by less, such as after a small step of the clock, is the same


class DutyRoster:
    """Journals each change of duty by the roster while a session runs.

    A change by hand holds until the time that was journaled with it. The roster follows the
    computer's clock; times in the journal are those of the session.

    Args:
        session: changed at once: a resumed session may have missed changes.
        roster: of the site; None if nobody has weekly shifts.
    """

    def __init__(self, session: Session, roster: Roster | None) -> None:
        self._session = session
        self._roster = roster
        session.calls.next_shift_ns = lambda recipient: self._planned(recipient)[1]
        self.update()

    async def run(self) -> None:
        """Follow the roster until cancelled."""
        while not self._session.ended:
            self.update()
            await asyncio.sleep(_EVERY_S)

    def update(self) -> None:
        """Journal what has changed; those who come on duty first, so that nobody is left out."""
        now_ns, duty = self._session.now_ns(), self._session.engine.calling.escalation.duty
        changes = []
        for name, turn in duty.turns.items():
            by_people = turn.source in (DutySource.HAND, DutySource.HANDOVER)
            if by_people and (turn.until_ns is None or now_ns < turn.until_ns):
                continue
            on, until_ns = self._planned(name)
            if not _same(turn, on=on, until_ns=until_ns):
                changes.append((not on, name, until_ns))
        with contextlib.suppress(ActError):  # the session has ended
            for off, name, until_ns in sorted(changes, key=lambda change: change[:2]):
                self._session.calls.turn(name, "roster", DutySource.ROSTER, until_ns, on=not off)

    def _planned(self, name: str) -> tuple[bool, int | None]:
        """Return whether a recipient is on duty now by the roster, and when that changes."""
        session = self._session
        if self._roster is None or name not in self._roster.names:
            found = session.engine.calling.escalation.plan.recipient(name)
            return found is not None and found.on_duty, None
        wall_ns = session.wall_ns()
        on, until_ns = self._roster.turn(name, wall_ns)
        return on, None if until_ns is None else until_ns - (wall_ns - session.now_ns())


def _same(turn: Turn, *, on: bool, until_ns: int | None) -> bool:
    if turn.on != on or (turn.until_ns is None) != (until_ns is None):
        return False
    return until_ns is None or abs(until_ns - (turn.until_ns or 0)) < _SAME_NS
