"""A session with everything that the console shows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import ClassVar, Protocol

from alerts.policy.study_drug import StudyDrug
from dashboards.console.views.adverse_events import AdverseEventView
from dashboards.console.views.alarms import AlarmEventView, AlarmView
from dashboards.console.views.before_dose import DoseCheckView
from dashboards.console.views.channels import ChannelView, LimitView
from dashboards.console.views.ecg import EcgView
from dashboards.console.views.measurements import (
    LatestMeasurementView,
    ScheduledMeasurementView,
    SpotMeasurementView,
)
from dashboards.console.views.rules import OverrideView
from dashboards.console.views.sensors import SensorView


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """A person who can be called.

    Attributes:
        until_ns: when their duty changes next by the roster or a hand-over, or None.
        stand_ins: ids of those to whom they can hand over duty.
        tiers: in which they are called, from 1.
        reached: whether the last call was delivered; None before the first.
        answer: ``accepted`` or ``declined``, to a call about an open alarm; empty without one.
        arrives_ns: when the person who has accepted expects to arrive, or None.
    """

    id: str
    name: str
    role: str
    on_duty: bool
    reached: bool | None
    answer: str = ""
    arrives_ns: int | None = None
    until_ns: int | None = None
    tiers: Sequence[int] = ()
    stand_ins: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerView:
    """A time-stamped event: dose, supplement, phase, note or rating.

    Attributes:
        at_ns: time of the event.
        amount: of a dose or supplement, with its unit; None if not given.
        later_s: seconds from the event to its entry.
        undone: person who undid it, or None while it is valid.
        missing: what was not ready when a dose was marked.
        reason: why it was given all the same.
    """

    at_ns: int
    kind: str
    text: str
    by: str
    amount: str | None = None
    later_s: float = 0.0
    undone: str | None = None
    missing: Sequence[str] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEventView:
    """The start or end of the session, or a change of its sensors.

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
        """Return one sentence: the finding and, if it is not ok, what to do."""
        ...

    @property
    def counts(self) -> bool:
        """Return whether starting with it unresolved needs a reason."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentView:
    """A moment of a recording to go to.

    Attributes:
        at_ns: when it began.
        until_ns: when an alarm was over; `at_ns` of other moments.
        kind: ``alarm``, ``marker`` or ``event``.
        priority: of an alarm; empty for other moments.
    """

    ALARM: ClassVar[str] = "alarm"
    at_ns: int
    until_ns: int
    kind: str
    text: str
    priority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayView:
    """The position and speed of a replay.

    Attributes:
        began_ns: start of the recording.
        ended_ns: end of the recording.
        speed: recorded seconds per real second.
        playing: False while paused.
        seeking: it is moving to a requested time.
        moments: alarms, markers and adverse events, in order.
    """

    began_ns: int
    ended_ns: int
    speed: float
    playing: bool
    seeking: bool
    moments: Sequence[MomentView]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """Everything that the console shows of one session.

    Attributes:
        id: identifies it in every call of `Backend`.
        now_ns: the session's clock, in UTC nanoseconds.
        dose_ns: time of the dose, or None before it.
        virtual: the sensors are simulated.
        audio_paused_s: seconds until the audio pause ends; 0 if audio is on.
        alarms: open alarms without those inside others, by priority, then newest first.
        history: state changes of alarms, newest first, at most 200.
        notices: faults of the monitor itself, one sentence each.
        latest_measurements: the latest spot measurement of each signal.
        fluid_ml: total fluid intake of the session.
        scheduled: measurements to make, soonest first.
        overrides: rules changed for this participant.
        recipients: people who can be called; empty if calls are not configured.
        preflight: the pre-flight checklist; empty once the session has started.
        session_events: start, end and changes of sensors.
        ended: it was ended permanently; the view no longer changes.
        adverse_events: open ones first, then the latest start first; withdrawn ones too.
        event_kinds: kinds of adverse events to choose from, beside ``other``.
        before_dose: what is to be ready before the dose; empty once it is marked.
        study_drug: of the policy, or None.
        open_items: what is open if it is ended now, one sentence each.
        spot_measurements: latest entry first, at most 200.
        spot_limits: limits in force on spot measurements, by signal.
        spot_channels: channels of all spot measurements so far, such as ``cuff/systolic``.
        ecg: the last seconds of each sensor that sends an ECG.
        zone: time zone of the room; None if unknown, then this computer's is used.
        replay: set if it is a recording, shown as it was at `now_ns`; None if it is live.
        failure: why it cannot be shown, as a sentence; then nothing else is known but who it is
            about and `alarms`, which say the same.
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
    latest_measurements: Sequence[LatestMeasurementView] = ()
    fluid_ml: float = 0.0
    scheduled: Sequence[ScheduledMeasurementView] = ()
    overrides: Sequence[OverrideView] = ()
    recipients: Sequence[RecipientView] = ()
    preflight: Sequence[CheckView] = ()
    session_events: Sequence[SessionEventView] = ()
    ended: bool = False
    open_items: Sequence[str] = ()
    adverse_events: Sequence[AdverseEventView] = ()
    event_kinds: Sequence[str] = ()
    before_dose: Sequence[DoseCheckView] = ()
    study_drug: StudyDrug | None = None
    spot_measurements: Sequence[SpotMeasurementView] = ()
    spot_limits: Mapping[str, Sequence[LimitView]] = field(default_factory=dict)
    spot_channels: Sequence[str] = ()
    ecg: Sequence[EcgView] = ()
    zone: tzinfo | None = None
    replay: ReplayView | None = None
    failure: str = ""
