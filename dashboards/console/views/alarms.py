"""Alarms as the console shows them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """The call about one occurrence of an alarm.

    Attributes:
        tier: latest tier called, from 1.
        recipients: name and latest step of each recipient: ``ordered``, ``delivered``, ``failed``,
            ``skipped``, ``accepted`` or ``declined``.
        by: person who accepted the call, or None.
        at_ns: time of the acceptance.
        arrives_ns: when that person expects to arrive, or None.
    """

    tier: int
    recipients: Sequence[tuple[str, str]]
    by: str | None
    at_ns: int | None
    arrives_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconfirmedView:
    """A sensor's measurement that is not judged until somebody marks it as valid or not.

    Attributes:
        channel: identifies it, with `at_ns`, in `Backend.settle`.
        text: the values, when they arrived, and why they are not judged.
        plausible: it can be valid; False if no person has such values.
    """

    channel: str
    at_ns: int
    text: str
    plausible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """One open alarm.

    Attributes:
        key: identifies it in `Backend.acknowledge` and `Backend.reset`.
        rule: id of its rule in the policy.
        subject: channel or sensor it is about, or ``session``.
        message: the rule's message; once the condition is over, with extreme and current value.
        priority: ``high``, ``medium``, ``low`` or ``info``.
        technical: it is about equipment or procedure, not the person.
        procedure: a measurement of the protocol is due.
        state: ``active``, ``acknowledged`` or ``latched`` (condition over, needs a reset).
        suspended: sensor lost or measurement too old; the alarm stays, but is not judged.
        since_ns: UTC nanoseconds when it was raised.
        announced_ns: time of the first announcement if later than `since_ns`; else None.
        value: last evaluated value, or None.
        limit: the limit it was compared with, or None.
        unit: of `value`, `limit` and `extreme`.
        by: person who acknowledged it or the higher alarm; None if nobody did.
        call: the call about it, or None.
        unconfirmed: measurements to mark as valid or not, newest first; empty for other alarms.
        spot: it is about spot measurements.
        extreme: most extreme value since it was raised, or None.
        seen_ns: UTC nanoseconds when `value` was evaluated, or None.
        head: rule of the higher alarm that it is inside, or empty.
        measure_again_s: seconds from the measurement to the next one that the rule asks for.
        inside: lower alarms of the same signal and direction, highest first; when this alarm ends,
            the first of them takes its place.
    """

    key: str
    rule: str
    subject: str
    message: str
    priority: str
    technical: bool
    state: str
    suspended: bool
    since_ns: int
    value: float | None
    limit: float | None
    unit: str
    by: str | None
    procedure: bool = False
    call: CallView | None = None
    unconfirmed: Sequence[UnconfirmedView] = ()
    spot: bool = False
    announced_ns: int | None = None
    extreme: float | None = None
    seen_ns: int | None = None
    head: str = ""
    measure_again_s: float | None = None
    inside: Sequence["AlarmView"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEventView:
    """A state change of an alarm, for the history list.

    Attributes:
        announced_ns: time of the first announcement if later than `at_ns`; else None.
        head: rule of the higher alarm that it is inside, or empty; with one it is not announced.
    """

    at_ns: int
    key: str
    message: str
    priority: str
    step: str
    by: str | None
    announced_ns: int | None = None
    head: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmOccurrenceView:
    """One occurrence of an alarm, from its raising until its condition was over.

    Attributes:
        key: with `raised_ns` it identifies the occurrence.
        subject: channel or sensor, or ``session``.
        priority: ``high``, ``medium``, ``low`` or ``info``.
        technical: it is about the equipment, not about the person.
        raised_ns: when it was raised.
        announced_ns: when it was first shown and sounded.
        over_ns: when its condition was over; the present if it is `open`.
        open: its condition is not over.
        value: when it was raised, in `unit`; None without one.
        extreme: most extreme value since then, or None.
        limit: that was violated, or None.
        unit: of `value`, `extreme` and `limit`.
        inside: a higher alarm covered it, so that it was not announced.
        answered_ns: time of the first acknowledgement or reset, or None.
        answered_by: person who did that, or empty.
        verdict: ``useful``, ``false``, ``artefact`` or empty.
        reviewed_by: person who gave the verdict, or empty.
    """

    key: str
    subject: str
    message: str
    priority: str
    technical: bool
    raised_ns: int
    announced_ns: int
    over_ns: int
    open: bool
    value: float | None
    extreme: float | None
    limit: float | None
    unit: str
    inside: bool = False
    answered_ns: int | None = None
    answered_by: str = ""
    verdict: str = ""
    reviewed_by: str = ""

    @property
    def answered_after_s(self) -> float | None:
        """Return the seconds from the announcement to the first response; None without one."""
        if self.answered_ns is None:
            return None
        return max(0, self.answered_ns - self.announced_ns) / 1e9

    @property
    def lasted_s(self) -> float:
        """Return for how many seconds it was open."""
        return (self.over_ns - self.raised_ns) / 1e9
