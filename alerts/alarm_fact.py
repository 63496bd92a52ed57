"""Steps of alarms as facts, and the sentences that describe them. Pure."""

from dataclasses import dataclass
from typing import ClassVar

from alerts.alarm import Alarm, State, Step
from alerts.physician_text import for_physician
from alerts.time_format import span
from devices.signals import SIGNALS
from devices.units import plain

_OVER = frozenset({Step.LATCHED.value, Step.CLEARED.value, Step.RESET.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFact:
    """One step of an alarm, with its state after all steps of the same moment.

    Attributes:
        subject: channel or sensor, or ``session``.
        at_ns: strictly increasing for each alarm.
        rule: id of its rule.
        step: a value of `alerts.alarm.Step`.
        state: a value of `alerts.alarm.State`.
        suspended: its condition is unknown at present.
        priority: info, low, medium or high.
        technical: it is about the equipment, not about the person.
        message: of the rule.
        value: that was compared with the limit, in the signal's unit.
        extreme: highest or lowest value since it was raised, likewise.
        limit: that was violated, likewise.
        seen_ns: time at which the value was evaluated.
        by: person who took this step; None: it was automatic.
        head: id of the rule whose alarm covers it; empty: it is announced and called itself.
        cause: of a technical condition, or empty; may quote a radio or a path.
        announced_ns: time at which it could first be announced, if later than `at_ns`.
    """

    kind: ClassVar[str] = "alarm"
    subject: str
    at_ns: int
    rule: str
    step: str
    state: str
    suspended: bool
    priority: str
    technical: bool
    message: str
    value: float | None
    limit: float | None
    by: str | None
    cause: str = ""
    extreme: float | None = None
    seen_ns: int | None = None
    head: str = ""
    announced_ns: int | None = None

    @property
    def key(self) -> str:
        """Return the key of the alarm: rule, ``@`` and subject."""
        return f"{self.rule}@{self.subject}"

    @property
    def public_text(self) -> str:
        """Describe the step for recipients outside: without the cause."""
        return self._text("")

    @property
    def full_text(self) -> str:
        """Describe the step for the console: with the cause."""
        return self._text(self.cause)

    def _text(self, cause: str) -> str:
        latched = self.state == State.LATCHED.value
        age_ns = self.at_ns - self.seen_ns if self.suspended and self.seen_ns is not None else None
        return sentence(
            self.message,
            cause=cause,
            unit=unit_of(self.subject),
            over=latched or self.step in _OVER,
            reset=latched,
            suspended=self.suspended,
            value=self.value,
            extreme=self.extreme,
            age_s=None if age_ns is None else age_ns / 1e9,
        )


def public_text(alarm: Alarm, *, to_physician: bool = False) -> str:
    """Describe the alarm for recipients outside: without the cause."""
    rule = alarm.rule
    message = rule.physician_message or for_physician(rule.message) if to_physician else ""
    return _text(alarm, "", message)


def full_text(alarm: Alarm) -> str:
    """Describe the alarm for the console: with the cause."""
    return _text(alarm, alarm.cause)


def _text(alarm: Alarm, cause: str, message: str = "") -> str:
    over = alarm.shown is State.LATCHED
    return sentence(
        message or alarm.rule.message,
        cause=cause,
        unit=unit_of(alarm.subject),
        over=over,
        reset=over,
        suspended=alarm.suspended,
        value=alarm.value,
        extreme=alarm.extreme,
    )


def unit_of(subject: str) -> str:
    """Return the UCUM code of a subject's signal; empty if it has none."""
    signal = SIGNALS.get(subject.partition("/")[2])
    return signal.unit if signal is not None else ""


def sentence(
    message: str,
    *,
    cause: str = "",
    unit: str,
    over: bool = False,
    reset: bool = False,
    suspended: bool = False,
    value: float | None = None,
    extreme: float | None = None,
    age_s: float | None = None,
) -> str:
    """Return a rule's message with the state of its condition.

    Args:
        message: of the rule.
        cause: of a technical condition; may quote a radio's error with an address.
        unit: UCUM code of the values.
        over: the condition is over.
        reset: the alarm has not been reset.
        suspended: the sensor was lost after the value.
        value: seen last.
        extreme: highest or lowest while the alarm was raised.
        age_s: age of the value in seconds, if it is to be shown.

    >>> message = "Heart rate above 150 /min"
    >>> sentence(message, unit="/min", over=True, reset=True, value=150.0, extreme=188.0)
    'Heart rate above 150 /min - over: was 188, now 150; reset to clear'
    >>> sentence(message, unit="/min", suspended=True, value=160.0, age_s=1620.0)
    'Heart rate above 150 /min - last value 160, 27 min ago'
    """
    message = f"{message}: {cause}" if cause else message
    if not over:
        if value is None or age_s is None:
            return message
        return f"{message} - last value {plain(value, unit)}, {span(age_s)} ago"
    was = ""
    if value is not None and extreme is not None:
        now = "last" if suspended else "now"
        was = f": was {plain(extreme, unit)}, {now} {plain(value, unit)}"
    return f"{message} - over{was}{'; reset to clear' if reset else ''}"
