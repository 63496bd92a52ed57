"""Alarms as the console shows them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """Who is called about one occurrence of an alarm.

    Attributes:
        tier: called last, from 1.
        recipients: each recipient's name and latest step: ``ordered``, ``delivered``, ``failed``,
            ``skipped`` or ``accepted``.
        by: who accepted the call, or None.
        at_ns: when.
    """

    tier: int
    recipients: Sequence[tuple[str, str]]
    by: str | None
    at_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconfirmedView:
    """A sensor's measurement that is not judged until somebody settles whether it is valid.

    Attributes:
        channel: names it, with `at_ns`, in `Backend.settle`.
        text: the values, when they came, and why they are not judged.
        plausible: it can be valid; False: no person has such values.
    """

    channel: str
    at_ns: int
    text: str
    plausible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """One alarm that somebody has to know of.

    Attributes:
        key: names it in `Backend.acknowledge` and `Backend.reset`.
        rule: id of its rule in the policy.
        subject: channel or sensor it is about, or ``session``.
        message: what is wrong, in the policy's words, and what has become of it if that is over.
        priority: ``high``, ``medium``, ``low`` or ``info``.
        technical: it is about equipment or procedure, not the person.
        procedure: a measurement of the protocol is due.
        state: ``active``, ``acknowledged`` or ``latched`` (condition over, waiting for a reset).
        suspended: its sensor is lost, or its measurement too old; the alarm stands, not judged.
        since_ns: UTC nanoseconds when it was raised.
        announced_ns: when people could first be told, if that was later; else None.
        value: evaluated last, or None.
        limit: that the value was compared with, or None.
        unit: of both, and of `extreme`.
        by: who acknowledged it, or the alarm inside which it was raised; None: nobody.
        call: who is called about it, or None where nobody is.
        unconfirmed: what is to be settled, newest first; empty for other alarms.
        spot: it is about measurements that are made now and then.
        extreme: the furthest value since it was raised, or None.
        seen_ns: UTC nanoseconds when `value` was evaluated, or None.
        head: id of the rule whose alarm it is inside, or empty.
        inside: lower alarms about the same matter, highest first; they come forward when it ends.
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
    inside: Sequence["AlarmView"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEventView:
    """One step in the life of an alarm, for the history list.

    Attributes:
        announced_ns: when people could first be told, if that was later than `at_ns`; else None.
        head: id of the rule whose alarm it is inside, or empty: only then people hear of it.
    """

    at_ns: int
    key: str
    message: str
    priority: str
    step: str
    by: str | None
    announced_ns: int | None = None
    head: str = ""
