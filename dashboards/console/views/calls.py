"""View of a call, for the person who was called."""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.checklist import Checklist


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledVital:
    """A vital sign with its unit.

    Attributes:
        note: its change over a time, or its age.
    """

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledAlarm:
    """One alarm of a call.

    Attributes:
        priority: ``high``, ``medium`` or ``low``.
        lines: message, value and limit, time.
        settled: who accepted it, or that it is over; empty while it needs someone.
        rule: its rule in plain English; empty once it is over.
        checklists: that its message names.
    """

    priority: str
    lines: Sequence[str]
    settled: str
    rule: str = ""
    checklists: Sequence[Checklist] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledView:
    """A call as its page shows it; a test call has no alarms.

    Attributes:
        where: participant, room and site.
        recipient: name of the person who was called.
        alarms: that the call was about.
        others: id and name of those to whom the recipient can hand on what they have accepted.
        duty: until when the recipient is on duty; empty if not known, or not on duty.
        stand_ins: id and name of those to whom the recipient can hand over duty.
        declined: time at which the recipient declined what is open; empty if they did not.
        telephone: of the room; empty if not configured.
        vitals: latest values of the person.
    """

    where: str
    recipient: str
    alarms: Sequence[CalledAlarm]
    declined: str = ""
    telephone: str = ""
    vitals: Sequence[CalledVital] = ()
    others: Sequence[tuple[str, str]] = ()
    duty: str = ""
    stand_ins: Sequence[tuple[str, str]] = ()

    @property
    def acceptable(self) -> bool:
        """Return whether there is something to accept."""
        return any(not alarm.settled for alarm in self.alarms)
