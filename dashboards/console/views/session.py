"""One session with everything that the console shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from dashboards.console.views.alarms import AlarmEventView, AlarmView
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.measurements import (
    LatestMeasurementView,
    ScheduledMeasurementView,
    SpotMeasurementView,
)
from dashboards.console.views.rules import OverrideView
from dashboards.console.views.sensors import SensorView


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
class SessionEventView:
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
        latest_measurements: the last of what is measured now and then, by hand or by a cuff.
        fluid_ml: drunk since the session began.
        scheduled: what is to be measured, the soonest first.
        overrides: rules that are other than the policy says.
        recipients: who can be called; empty where nobody is.
        preflight: the checklist; empty once the session is started.
        session_events: who has started and ended it, and put other sensors into it.
        ended: somebody has ended it for good; what is shown stands still.
        open_items: what is open when somebody wants to end it, one sentence each.
        spot_measurements: what was measured now and then, entered last first, at most 20.
        spot_channels: of all that was ever measured now and then, such as ``cuff/systolic``.
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
    latest_measurements: Sequence[LatestMeasurementView] = ()
    fluid_ml: float = 0.0
    scheduled: Sequence[ScheduledMeasurementView] = ()
    overrides: Sequence[OverrideView] = ()
    recipients: Sequence[RecipientView] = ()
    preflight: Sequence[CheckView] = ()
    session_events: Sequence[SessionEventView] = ()
    ended: bool = False
    open_items: Sequence[str] = ()
    spot_measurements: Sequence[SpotMeasurementView] = ()
    spot_channels: Sequence[str] = ()
    zone: tzinfo | None = None
    replay: ReplayView | None = None
