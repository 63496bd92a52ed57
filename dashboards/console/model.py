"""What the console shows and may ask for. The monitor hands it in; the console knows no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from alerts.policy.overrides import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitView:
    """Rules of a channel that do not judge yet.

    Attributes:
        what: they wait for: ``first value``, ``settling`` or ``baseline``.
        until_ns: when that is over, or None where people end it.
        rules: ids of those that wait; empty where all do.
    """

    what: str
    until_ns: int | None
    rules: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """The present value of one channel, and whether it is judged.

    Attributes:
        channel: ``strap/heart_rate``.
        label: ``Heart rate``.
        unit: UCUM code.
        decimals: how many decimals are worth showing.
        value: the last GOOD value in `unit`, or None if there was none yet.
        age_s: seconds since that value was measured, or None if there was none yet.
        stale: it is too old to stand for the present; show it greyed, with its age.
        quality: of the last reading, in words: ``good``, ``no contact``, ``no value`` ...
        priority: of the highest active physiological alarm on it: ``high`` ... or None.
        slope_per_min: change per minute over the last minutes, or None where unknown.
        settling_s: seconds until its sensor has settled on the body; until then rules on a rise and
            lower limits wait. Upper limits are judged.
        state: ``judged``, ``not judged``, ``waiting`` (judged, but some rules wait), ``unwatched``
            (no rule looks at it), or ``stale`` (nor would there be anything to look at).
        unjudged_since_ns: since when it is not judged, or None while it is.
        reason: one sentence: why it is not judged, or why its values are in doubt; else empty.
        heard_share: of the last 5 minutes, from 0 to 1; None unless its link is unstable.
        waits: what its rules wait for.
    """

    channel: str
    label: str
    unit: str
    decimals: int
    value: float | None
    age_s: float | None
    stale: bool
    quality: str
    priority: str | None
    slope_per_min: float | None
    settling_s: float = 0.0
    state: str = "judged"
    unjudged_since_ns: int | None = None
    reason: str = ""
    heard_share: float | None = None
    waits: Sequence[WaitView] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """Who is called about one occurrence of an alarm.

    Attributes:
        tier: called last, from 1.
        told: each recipient's name and latest step: ``ordered``, ``delivered``, ``failed``,
            ``skipped`` or ``accepted``.
        by: who accepted the call, or None.
        at_ns: when.
    """

    tier: int
    told: Sequence[tuple[str, str]]
    by: str | None
    at_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """Somebody who can be called.

    Attributes:
        reached: the last call was delivered; None before any.
    """

    id: str
    name: str
    role: str
    on_duty: bool
    reached: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconfirmedView:
    """A sensor's measurement that is not judged until somebody settles whether it is valid.

    Attributes:
        channel: names it, with `at_ns`, in `Backend.settle`.
        words: the values, when they came, and why they are not judged.
        possible: it can be valid; False: no person has such values.
    """

    channel: str
    at_ns: int
    words: str
    possible: bool


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
class SensorView:
    """One sensor and its link.

    Attributes:
        state: ``searching``, ``connected``, ``silent`` or ``lost``.
        reason: one sentence for people, possibly empty.
        battery: per cent, or None if never told.
        rssi: dBm when it was found, or None.
        packets: received in this session.
        gaps: how often the link was lost or fell silent.
        age_s: seconds since its last packet, or None before the first.
    """

    label: str
    kind: str
    state: str
    reason: str
    battery: float | None
    rssi: int | None
    packets: int
    gaps: int
    age_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerView:
    """A time-stamped event: dose, supplement, phase, note or rating.

    Attributes:
        at_ns: when it was given, or happened.
        amount: of a dose or supplement, with its unit; None where nobody said.
        later_s: how much later it was entered.
        undone: who has taken it back, or None while it counts.
    """

    at_ns: int
    kind: str
    text: str
    by: str
    amount: str | None = None
    later_s: float = 0.0
    undone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenView:
    """One measurement that is made now and then.

    Attributes:
        entry: names it, with `signal`, in `Backend.correct`.
        at_ns: when it was measured.
        by: who entered it; empty for a sensor.
        source: label of the sensor; ``manual`` for a person.
        corrected: who has voided or corrected it, or None while it counts.
    """

    entry: int
    signal: str
    label: str
    unit: str
    at_ns: int
    value: float
    by: str
    corrected: str | None
    source: str = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeView:
    """Somebody has started or ended the session, or put another sensor into it.

    Attributes:
        step: ``start``, ``end`` or ``sensor``.
    """

    at_ns: int
    step: str
    text: str
    by: str
    reason: str


class CheckView(Protocol):
    """One line of the pre-flight checklist."""

    @property
    def item(self) -> str:
        """Return its name."""
        ...

    @property
    def state(self) -> str:
        """Return ``ok``, ``not ok`` or ``unknown``."""
        ...

    @property
    def found(self) -> str:
        """Return one sentence: what was found, and what to do where that is not well."""
        ...

    @property
    def counts(self) -> bool:
        """Tell whether a start with it unresolved needs a reason."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyView:
    """A device that a scan has heard.

    Attributes:
        key: names it in `Backend.exchange`; valid until the next scan.
            Addresses stay with the backend.
        name: as it calls itself, and the end of its address where that tells it from others.
        kind: key of what it is, or nothing where it cannot be told.
        rssi: signal strength in dBm.
        used: the sensor that it is already, or nothing.
    """

    key: str
    name: str
    kind: str
    rssi: int
    used: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredView:
    """The last value of a signal that is measured now and then, whoever measured.

    Attributes:
        signal: ``systolic``.
        label: ``Systolic blood pressure``.
        unit: UCUM code.
        age_s: seconds since it was measured.
        stale: it is too old to stand for the present.
        priority: of the highest alarm on it, or None.
        source: label of the sensor; ``manual`` for a person.
    """

    signal: str
    label: str
    unit: str
    value: float
    age_s: float
    stale: bool
    priority: str | None
    source: str = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueView:
    """A measurement that the protocol asks for.

    Attributes:
        rule: id of the rule that says so.
        label: what is to be measured.
        due_ns: when, or None where only a marker says so.
        overdue: it should have been made by now.
    """

    rule: str
    label: str
    due_ns: int | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """A rule that is other for this participant, or switched off."""

    rule: str
    change: str
    off: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule in force, for those who look at it or change it.

    Attributes:
        words: what it does, in a sentence.
        enabled: it watches; False: somebody has switched it off.
        changeable: what can be changed, each with its present value as a policy writes it.
    """

    id: str
    priority: str
    words: str
    enabled: bool
    changeable: Mapping[str, str]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayView:
    """Where the replay of a recording is.

    Attributes:
        began_ns: when the recording began.
        ended_ns: when it ended.
        speed: recorded seconds in a real one.
        playing: time passes by itself.
        seeking: it is on the way to a moment that was asked for.
        moments: alarms and markers to go to, as (time, words).
    """

    began_ns: int
    ended_ns: int
    speed: float
    playing: bool
    seeking: bool
    moments: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """Everything about one session that a glance must tell.

    Attributes:
        id: names it in every call of `Backend`.
        now_ns: the session's clock, UTC nanoseconds.
        dose_ns: when the dose was given, or None before it.
        virtual: the sensors are simulated.
        audio_paused_s: seconds until alarm sounds come back; 0 when they are on.
        alarms: one for each matter, highest priority first, newest first within one.
        history: alarm steps, newest first, at most 200.
        notices: what is wrong with the monitor itself, one sentence each.
        measured: the last of what is measured now and then, by hand or by a cuff.
        fluid_ml: drunk since the session began.
        dues: what is to be measured, the soonest first.
        overrides: rules that are other than the policy says.
        recipients: who can be called; empty where nobody is.
        preflight: the checklist; empty once the session is started.
        life: who has started and ended it, and put other sensors into it.
        ended: somebody has ended it for good; what is shown stands still.
        unfinished: what is open when somebody wants to end it, one sentence each.
        taken: what was measured now and then, entered last first, at most 20.
        measured_channels: of all that was ever measured now and then, such as ``cuff/systolic``.
        zone: of the room, for clock times; None: not known, so this computer's.
        replay: it is a recording, shown as it was at `now_ns`; None: it is live.
    """

    id: str
    site: str
    room: str
    participant: str
    policy: str
    virtual: bool
    started_ns: int
    now_ns: int
    dose_ns: int | None
    audio_paused_s: float
    channels: Sequence[ChannelView]
    alarms: Sequence[AlarmView]
    sensors: Sequence[SensorView]
    markers: Sequence[MarkerView]
    history: Sequence[AlarmEventView]
    notices: Sequence[str]
    measured: Sequence[MeasuredView] = ()
    fluid_ml: float = 0.0
    dues: Sequence[DueView] = ()
    overrides: Sequence[OverrideView] = ()
    recipients: Sequence[RecipientView] = ()
    preflight: Sequence[CheckView] = ()
    life: Sequence[LifeView] = ()
    ended: bool = False
    unfinished: Sequence[str] = ()
    taken: Sequence[TakenView] = ()
    measured_channels: Sequence[str] = ()
    zone: tzinfo | None = None
    replay: ReplayView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTrace:
    """How one rule's limit moved.

    Attributes:
        rule: id of the rule.
        priority: of the rule.
        upper: True if values above it raise, False if values below it do.
        at_ns: shape (m,), when the limit took each value; it holds until the next.
        values: shape (m,), in the channel's unit; NaN where the limit was not known.
    """

    rule: str
    priority: str
    upper: bool
    at_ns: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSpan:
    """For how long the condition of a physiological alarm held; until_ns None: it still does."""

    rule: str
    priority: str
    since_ns: int
    until_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedBand:
    """What the policy expects after the dose, beside the baseline; no rule reads it.

    Attributes:
        at_ns: shape (k,), increasing; the band is straight between.
        low: shape (k,), in the channel's unit.
        high: shape (k,).
        source: where the policy has it from.
    """

    at_ns: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A channel's past for the chart, thinned so that minima and maxima survive.

    Attributes:
        at_ns: shape (n,), UTC nanoseconds, increasing.
        values: shape (n,), in the channel's unit; NaN marks a gap.
        limits: the moving limits over the same span.
        alarms: on the channel or on the whole session, over the same span.
        expected: None before a dose, without a baseline, and where the policy expects nothing.
    """

    at_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    limits: Sequence[LimitTrace]
    alarms: Sequence[AlarmSpan] = ()
    expected: ExpectedBand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that somebody has chosen.

    Attributes:
        kind: key of `Backend.kinds`.
        key: of a `NearbyView`, or nothing.
        address: as typed, or nothing.
        name: likewise; with none of the three it is the first of its kind that is found.
    """

    kind: str
    key: str = ""
    address: str = ""
    name: str = ""


class Backend(Protocol):
    """What the monitor does for the console.

    All calls return at once. Acts raise `devices.errors.PhysiomonError` with one sentence for
    people when they cannot be done (unknown alarm, nothing to reset, no name given).
    """

    def sessions(self) -> Sequence[SessionView]:
        """Return the sessions of this service."""
        ...

    def trace(self, session: str, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Return a stretch of a channel in about `points` points, and those next to its ends."""
        ...

    def acknowledge(self, session: str, alarm: str, by: str) -> None:
        """Say in `by`'s name that the alarm has been seen."""
        ...

    def unacknowledge(self, session: str, alarm: str, by: str, reason: str) -> None:
        """Take the acknowledgement of an alarm back in `by`'s name; the reason may be empty."""
        ...

    def reset(self, session: str, alarm: str, by: str) -> None:
        """Put a latched alarm away whose condition is over."""
        ...

    def mark(
        self,
        session: str,
        kind: str,
        text: str,
        by: str,
        *,
        at_ns: int | None = None,
        amount: float | None = None,
        unit: str = "mg",
    ) -> None:
        """Put a marker (a `kind` of `MarkerView`) at this moment, or back to `at_ns`."""
        ...

    def pause_audio(self, session: str, by: str) -> None:
        """Silence alarm sounds for 120 s; a new alarm sounds all the same."""
        ...

    def measure(
        self,
        session: str,
        values: Mapping[str, float],
        by: str,
        role: str,
        *,
        at_ns: int | None = None,
        confirmed: bool = False,
    ) -> None:
        """Take what a person has measured by hand, by signal, in the signals' units.

        Raises `devices.errors.UnusualError` for values that have to be `confirmed`.
        """
        ...

    def settle(self, session: str, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Settle whether an `UnconfirmedView` is valid."""
        ...

    def undo(self, session: str, at_ns: int, by: str, reason: str) -> None:
        """Take the marker of a time back."""
        ...

    def correct(
        self,
        session: str,
        entry: int,
        signal: str,
        value: float | None,
        by: str,
        reason: str,
        *,
        confirmed: bool = False,
    ) -> None:
        """Void a measurement, or put another value in its place; `confirmed` as for `measure`."""
        ...

    def heard(self, session: str, by: str) -> None:
        """Say that the test sound was heard."""
        ...

    def start(self, session: str, by: str, reason: str) -> None:
        """Begin the session; what is unresolved on its checklist needs a reason."""
        ...

    def finish(self, session: str, by: str, reason: str) -> None:
        """End the session for good; what is open needs a reason."""
        ...

    def dismiss(self, session: str, by: str) -> None:
        """Show an ended session no longer."""
        ...

    async def nearby(self, session: str) -> Sequence[NearbyView]:
        """Listen for a few seconds; return who is nearby, the strongest first."""
        ...

    def exchange(self, session: str, label: str, device: Device, by: str, reason: str) -> None:
        """Put another device in the place of a sensor; a label that is new adds one."""
        ...

    def kinds(self) -> Mapping[str, str]:
        """Return the kinds of sensors that there are, by key, in words."""
        ...

    def failures(self) -> Sequence[str]:
        """Return a sentence for each session that could not be begun."""
        ...

    def rebaseline(self, session: str, by: str, reason: str) -> None:
        """Take the last 10 minutes as the baseline from here on."""
        ...

    def rules(self, session: str) -> Sequence[RuleView]:
        """Return the rules in force, switched-off ones included."""
        ...

    def policies(self) -> Sequence[str]:
        """Return the names of the policies that there are."""
        ...

    def change_policy(self, session: str, policy: str, by: str, reason: str) -> None:
        """Put another policy in force; overrides end with the policy they changed."""
        ...

    def override(self, session: str, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Change a rule for this participant; no changes put it back as the policy has it."""
        ...

    def test_call(self, session: str, by: str) -> None:
        """Send a test call to everybody on duty."""
        ...

    def duty(self, session: str, recipient: str, by: str, *, on: bool) -> None:
        """Say that a recipient is on duty from now on, or not any more."""
        ...


@runtime_checkable
class ReplayControlBackend(Backend, Protocol):
    """A backend whose session is a recording; it refuses all acts."""

    def play(self, session: str, *, on: bool) -> None:
        """Let time pass, or stand still."""
        ...

    def go(self, session: str, at_ns: int) -> None:
        """Show another moment of the recording."""
        ...

    def pace(self, session: str, speed: float) -> None:
        """Let time pass at another speed, in recorded seconds for a real one."""
        ...
