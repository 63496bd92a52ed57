"""A backend whose sessions are set by tests; it records actions and applies them to its views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

import numpy as np

from alerts.policy.overrides import Changes
from dashboards.console.views.adverse_events import (
    AdverseEventReport,
    AdverseEventStepView,
    AdverseEventView,
)
from dashboards.console.views.alarms import AlarmEventView, AlarmOccurrenceView, AlarmView
from dashboards.console.views.channels import ChannelView
from dashboards.console.views.chart_series import AlarmSpan, ExpectedBand, LimitTrace, Trace
from dashboards.console.views.ecg import EcgView
from dashboards.console.views.measurements import LatestMeasurementView, SpotMeasurementView
from dashboards.console.views.places import NewRoomSession, WaitingPlaceView
from dashboards.console.views.rules import OverrideView, RuleView
from dashboards.console.views.sensors import ChosenDevice, FoundDeviceView, SensorView
from dashboards.console.views.session import MarkerView, SessionView
from devices.errors import FieldError, PhysiomonError, UnusualError

NOW_NS = 1_800_000_000 * 10**9
MINUTE_NS = 60 * 10**9
DOSE_NS = NOW_NS - 102 * MINUTE_NS
HEART_LIMITS = {"info": 104.0, "low": 110.0, "medium": 131.0, "high": 150.0}
CORE_LIMITS = {"info": 37.4, "low": 37.9, "medium": 38.5, "high": 39.0}

HEART_RATE = ChannelView(
    channel="strap/heart_rate",
    label="Heart rate",
    unit="/min",
    decimals=0,
    value=72.0,
    age_s=0.6,
    stale=False,
    quality="good",
    priority=None,
    change=1.0,
)
CORE = replace(
    HEART_RATE,
    channel="pill/core_temperature",
    label="Core temperature",
    unit="Cel",
    decimals=1,
    value=37.24,
    age_s=8.0,
    change=0.2,
)
STRAP = SensorView(
    label="strap",
    kind="Polar H10",
    state="connected",
    reason="",
    battery=80.0,
    rssi=-62,
    packets=9120,
    gaps=1,
    age_s=0.6,
)
PILL = replace(STRAP, label="pill", kind="CORE 2", battery=64.0, packets=912, gaps=0, age_s=8.0)
TACHYCARDIA = AlarmView(
    key="hr-131@strap/heart_rate",
    rule="hr-131",
    subject="strap/heart_rate",
    message="Heart rate 131 or more",
    priority="medium",
    technical=False,
    state="active",
    suspended=False,
    since_ns=NOW_NS - 4 * MINUTE_NS,
    value=134.0,
    limit=131.0,
    unit="/min",
    by=None,
)
WAITING = WaitingPlaceView(
    place="room1",
    site="zurich",
    room="1",
    session="S-1",
    participant="P-001",
    last="Session S-1 was ended by MK on 2026-11-28 at 23:13.",
)

SESSION = SessionView(
    id="S-1",
    site="Basel",
    room="Room 2",
    participant="P-014",
    policy="mdma-session 0",
    virtual=True,
    started_ns=NOW_NS - 120 * MINUTE_NS,
    now_ns=NOW_NS,
    dose_ns=None,
    audio_paused_s=0.0,
    channels=(HEART_RATE, CORE),
    alarms=(),
    sensors=(STRAP, PILL),
    markers=(),
    history=(),
    notices=(),
)


def raised(alarm: AlarmView, at_ns: int = NOW_NS) -> AlarmEventView:
    """Return the event that raised an alarm."""
    return AlarmEventView(
        at_ns=at_ns,
        key=alarm.key,
        message=alarm.message,
        priority=alarm.priority,
        step="raised",
        by=None,
    )


def dated(at_ns: int | None) -> tuple[str, ...]:
    """Return the time of an action that is not now, for its record."""
    return () if at_ns is None else (str(at_ns),)


def course(channel: str, now_ns: int, span_s: float, points: int) -> Trace:
    """Return a rise since the dose with a gap, under changing limits."""
    heart = channel.endswith("heart_rate")
    rest, peak, noise = (74.0, 60.0, 2.5) if heart else (36.9, 1.22, 0.03)
    at_s = np.linspace(-span_s, 0, points)
    rise = np.clip((at_s + (now_ns - DOSE_NS) / 1e9) / 6100, 0, 1) ** 1.5
    values = rest + peak * rise + np.random.default_rng(1).normal(0, noise, points)
    values[(at_s > -1500) & (at_s < -1320)] = np.nan
    at_ns = now_ns + (at_s * 1e9).astype(np.int64)
    steps = slice(None, None, max(1, points // 12))
    rolling = rest + peak * rise[steps] + (25 if heart else 0.45)
    dosed_ns = np.array([at_ns[0], max(at_ns[0], DOSE_NS)], np.int64)
    levels = HEART_LIMITS if heart else CORE_LIMITS
    return Trace(
        at_ns=at_ns,
        values=values,
        limits=[
            LimitTrace(
                rule="rolling", priority="low", upper=True, at_ns=at_ns[steps], values=rolling
            ),
            *(
                LimitTrace(
                    rule=priority,
                    priority=priority,
                    upper=True,
                    at_ns=dosed_ns,
                    values=np.array([np.nan if priority == "info" else level, level]),
                )
                for priority, level in levels.items()
            ),
        ],
        alarms=[
            AlarmSpan(rule="r", priority="medium", since_ns=NOW_NS - 4 * MINUTE_NS, until_ns=None)
        ],
        expected=ExpectedBand(
            at_ns=dosed_ns + np.array([0, 100 * MINUTE_NS]),
            low=np.array([rest - 10, rest]),
            high=np.array([rest + 10, rest + 0.9 * peak]),
            source="proposal of this test",
        ),
    )


@dataclass
class FakeBackend:
    """Implements `Backend`."""

    views: dict[str, SessionView] = field(default_factory=dict)
    acts: list[tuple[str, ...]] = field(default_factory=list)
    refusal: str = ""
    unusual: str = ""
    wrong_field: str = ""
    failed: Sequence[str] = ()
    drawn: list[tuple[str, str, int, int]] = field(default_factory=list)

    places: Sequence[WaitingPlaceView] = ()
    ecgs: Sequence[EcgView] = ()
    past: Sequence[AlarmOccurrenceView] = ()

    def put(self, *views: SessionView) -> None:
        """Replace the sessions."""
        self.views = {view.id: view for view in views}

    def sessions(self) -> Sequence[SessionView]:
        """Return the sessions."""
        return list(self.views.values())

    def trace(self, session: str, channel: str, since_ns: int, until_ns: int, points: int) -> Trace:
        """Record the request; return a trace."""
        self.drawn.append((session, channel, since_ns, until_ns))
        return course(channel, until_ns, (until_ns - since_ns) / 1e9, points)

    def ecg_around(self, session: str, alarm_ns: int) -> Sequence[EcgView]:
        """Record the request; return what tests have set."""
        self.drawn.append((session, "ecg", alarm_ns, alarm_ns))
        return self.ecgs

    def acknowledge(self, session: str, alarm: str, by: str) -> None:
        """Record the action; acknowledge the alarm."""
        self.act("acknowledge", session, alarm, by)
        self._change(session, alarm, state="acknowledged", by=by)

    def unacknowledge(self, session: str, alarm: str, by: str, reason: str) -> None:
        """Record the action; make the alarm active again."""
        self.act("unacknowledge", session, alarm, by, reason)
        self._change(session, alarm, state="active", by=None)

    def reset(self, session: str, alarm: str, by: str) -> None:
        """Record the action; remove the alarm."""
        self.act("reset", session, alarm, by)
        view = self.views[session]
        left = [known for known in view.alarms if known.key != alarm]
        self.views[session] = replace(view, alarms=left)

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
        reason: str = "",
        confirmed: bool = False,
    ) -> None:
        """Record the action; add the marker."""
        if self.unusual and not confirmed:
            raise UnusualError(self.unusual)
        given = () if amount is None else (f"{amount:g} {unit}",)
        why = (reason,) if reason else ()
        self.act("mark", session, kind, text, by, *given, *dated(at_ns), *why)
        view = self.views[session]
        given_ns = view.now_ns if at_ns is None else at_ns
        marker = MarkerView(at_ns=given_ns, kind=kind, text=text, by=by)
        dose_ns = given_ns if kind == "dose" else view.dose_ns
        self.views[session] = replace(view, markers=[*view.markers, marker], dose_ns=dose_ns)

    def pause_audio(self, session: str, by: str, *, on: bool = True) -> None:
        """Record the action; pause or resume audio."""
        self.act("pause" if on else "resume", session, by)
        paused_s = 120.0 if on else 0.0
        self.views[session] = replace(self.views[session], audio_paused_s=paused_s)

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
        """Record the action; show the measurements."""
        if self.unusual and not confirmed:
            raise UnusualError(self.unusual)
        said = ("confirmed",) if confirmed else ()
        self.act("measure", session, str(dict(values)), by, role, *dated(at_ns), *said)
        measured = [
            LatestMeasurementView(
                signal=signal,
                label=signal.capitalize(),
                unit="mm[Hg]",
                value=value,
                age_s=0.0,
                stale=False,
                priority=None,
            )
            for signal, value in values.items()
        ]
        view = self.views[session]
        taken = [
            SpotMeasurementView(
                entry=len(self.acts),
                signal=each.signal,
                label=each.label,
                unit=each.unit,
                at_ns=view.now_ns if at_ns is None else at_ns,
                value=each.value,
                by=by,
                corrected=None,
            )
            for each in measured
        ]
        self.views[session] = replace(
            view,
            latest_measurements=measured,
            spot_measurements=[*taken, *view.spot_measurements],
        )

    def rebaseline(self, session: str, by: str, reason: str) -> None:
        """Record the action."""
        self.act("rebaseline", session, by, reason)

    def rules(self, session: str) -> Sequence[RuleView]:
        """Return one rule with its current state."""
        off = any(change.off for change in self.views[session].overrides)
        words = "Raises a low alarm when heart rate is above 110 /min."
        rule = RuleView(
            id="hr-110",
            priority="low",
            text=words,
            enabled=not off,
            changeable={"above": "110", "clear": "105", "sustain": "60s", "priority": "low"},
            message="Heart rate above 110",
            unit="/min",
        )
        return [rule]

    def policies(self) -> Sequence[str]:
        """Return two policies."""
        return ["demo", "mdma-session"]

    def change_policy(self, session: str, policy: str, by: str, reason: str) -> None:
        """Record the action."""
        self.act("policy", session, policy, by, reason)

    def override(self, session: str, rule: str, changes: Changes, by: str, reason: str) -> None:
        """Record the action; show the change."""
        self.act("override", session, rule, str(dict(changes)), by, reason)
        off = changes.get("enabled") is False
        change = OverrideView(rule=rule, change="switched off", off=off, by=by, reason=reason)
        self.views[session] = replace(self.views[session], overrides=[change])

    def test_call(self, session: str, by: str) -> None:
        """Record the action."""
        self.act("test_call", session, by)

    def set_duty(self, session: str, recipient: str, by: str, *, on: bool) -> None:
        """Record the action; change the duty."""
        self.act("set_duty", session, recipient, by, str(on))
        view = self.views[session]
        recipients = [
            replace(known, on_duty=on) if known.id == recipient else known
            for known in view.recipients
        ]
        self.views[session] = replace(view, recipients=recipients)

    def hand_over(self, session: str, recipient: str, to: str, by: str) -> None:
        """Record the action."""
        self.act("hand_over", session, recipient, to, by)

    def undo(self, session: str, at_ns: int, by: str, reason: str) -> None:
        """Record the action; undo the marker."""
        self.act("undo", session, str(at_ns), by, reason)
        view = self.views[session]
        markers = [
            replace(each, undone=by) if each.at_ns == at_ns else each for each in view.markers
        ]
        self.views[session] = replace(view, markers=markers)

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
        """Record the action."""
        if self.unusual and not confirmed:
            raise UnusualError(self.unusual)
        said = ("confirmed",) if confirmed else ()
        self.act("correct", session, str(entry), signal, str(value), by, reason, *said)

    def settle(self, session: str, channel: str, at_ns: int, by: str, *, valid: bool) -> None:
        """Record the action; remove its alarm."""
        self.act("settle", session, channel, str(at_ns), by, "valid" if valid else "not valid")
        view = self.views[session]
        left = [known for known in view.alarms if known.subject != channel]
        self.views[session] = replace(view, alarms=left)

    def adverse_events(self, session: str) -> "FakeAdverseEvents":
        """Return actions on adverse events."""
        return FakeAdverseEvents(self, session)

    def alarm_reviews(self, session: str) -> "FakeAlarmReviews":
        """Return the past alarms and the action on them."""
        return FakeAlarmReviews(self, session)

    def confirm_sound(self, session: str, by: str) -> None:
        """Record the action."""
        self.act("confirm_sound", session, by)

    def start(self, session: str, by: str, reason: str) -> None:
        """Record the action; remove the checklist."""
        self.act("start", session, by, reason)
        self.views[session] = replace(self.views[session], preflight=())

    def finish(self, session: str, by: str, reason: str) -> None:
        """Record the action; end the session."""
        self.act("finish", session, by, reason)
        self.views[session] = replace(self.views[session], ended=True)

    def dismiss(self, session: str, by: str) -> None:
        """Record the action; remove the session."""
        self.act("dismiss", session, by)
        del self.views[session]

    async def find_devices(self, session: str) -> Sequence[FoundDeviceView]:
        """Return two devices, one of them in use."""
        self.act("find_devices", session)
        return [
            FoundDeviceView(key="1", name="Polar H10 …00:01", kind="strap", rssi=-50, used="strap"),
            FoundDeviceView(key="2", name="Polar H10 …00:02", kind="strap", rssi=-60, used=""),
        ]

    def replace_sensor(
        self, session: str, label: str, device: ChosenDevice, by: str, reason: str
    ) -> None:
        """Record the action."""
        chosen = device.key or device.address or device.name
        self.act("replace_sensor", session, label, device.kind, chosen, by, reason)

    def kinds(self) -> Mapping[str, str]:
        """Return the kinds of the sensors shown."""
        return {"strap": STRAP.kind, "pill": PILL.kind}

    def waiting_places(self) -> Sequence[WaitingPlaceView]:
        """Return the places that a test has set."""
        return self.places

    def begin(self, place: str, participant: str, by: str) -> str:
        """Record the action; show a session of the participant."""
        self.act("begin", place, participant, by)
        self.places = [each for each in self.places if each.place != place]
        self.put(replace(SESSION, id=participant, participant=participant))
        return participant

    def rooms_can_be_added(self) -> bool:
        """Return True."""
        return True

    def begin_in_room(self, request: NewRoomSession, by: str) -> str:
        """Record the action, or refuse the field that a test has set; show a session."""
        if self.wrong_field:
            raise FieldError(self.wrong_field, f"this {self.wrong_field} is not possible")
        sensors = (f"{label} {each.kind} {each.key}" for label, each in request.sensors)
        who = request.participant
        self.act("begin_in_room", request.room, who, request.policy, *sensors, by)
        self.put(replace(SESSION, id=who, participant=who, room=request.room))
        return who

    def drawing_failed(self, _session: str, error: Exception) -> NoReturn:
        """Raise the fault: here it is one of the test."""
        raise error

    def drawing_succeeded(self, session: str) -> None:
        """Do nothing."""

    def start_failures(self) -> Sequence[str]:
        """Return the failures that a test has set."""
        return self.failed

    def act(self, *act: str) -> None:
        """Record an action, or refuse it."""
        if self.refusal:
            raise PhysiomonError(self.refusal)
        self.acts.append(act)

    def _change(self, session: str, key: str, *, state: str, by: str | None) -> None:
        view = self.views[session]
        alarms = [
            replace(alarm, state=state, by=by) if alarm.key == key else alarm
            for alarm in view.alarms
        ]
        self.views[session] = replace(view, alarms=alarms)


@dataclass
class FakeAdverseEvents:
    """Implements `AdverseEventActions`."""

    backend: FakeBackend
    session: str

    def report(self, report: AdverseEventReport, by: str) -> None:
        """Record the action; show the event."""
        number = len(self.backend.views[self.session].adverse_events) + 1
        self._take("reported", number, report, by, "")

    def change(self, event: int, report: AdverseEventReport, by: str, reason: str) -> None:
        """Record the action; change the event."""
        self._take("changed", event, report, by, reason)

    def end(self, event: int, by: str, at_ns: int | None = None) -> None:
        """Record the action; end the event."""
        now_ns = self.backend.views[self.session].now_ns
        report = replace(self._known(event).report, ended_ns=now_ns if at_ns is None else at_ns)
        self._take("ended", event, report, by, "")

    def withdraw(self, event: int, by: str, reason: str) -> None:
        """Record the action; withdraw the event."""
        self._take("withdrawn", event, self._known(event).report, by, reason)

    def _known(self, event: int) -> AdverseEventView:
        events = self.backend.views[self.session].adverse_events
        return next(each for each in events if each.event == event)

    def _take(self, step: str, event: int, report: AdverseEventReport, by: str, why: str) -> None:
        self.backend.act(f"{step}_event", self.session, str(event), report.kind, by, why)
        view = self.backend.views[self.session]
        before = [each for each in view.adverse_events if each.event == event]
        started_ns = view.now_ns if report.started_ns is None else report.started_ns
        report = replace(report, started_ns=started_ns, relation=report.relation or "none")
        taken = AdverseEventStepView(at_ns=view.now_ns, step=step, by=by, reason=why, report=report)
        steps = [*(before[0].steps if before else ()), taken]
        changed = AdverseEventView(event=event, report=report, steps=steps, after_dose_s=None)
        others = [each for each in view.adverse_events if each.event != event]
        events = sorted([changed, *others], key=lambda each: not each.open)
        self.backend.views[self.session] = replace(view, adverse_events=events)


@dataclass
class FakeAlarmReviews:
    """Implements `AlarmReviews`: it records actions and applies them."""

    backend: FakeBackend
    session: str

    def occurrences(self) -> Sequence[AlarmOccurrenceView]:
        """Return the past alarms."""
        return self.backend.past

    def review(self, alarm: str, raised_ns: int, verdict: str | None, by: str) -> None:
        """Record the verdict; apply it."""
        self.backend.act("review", self.session, alarm, verdict or "withdrawn", by)
        self.backend.past = [
            replace(each, verdict=verdict or "", reviewed_by=by if verdict else "")
            if (each.key, each.raised_ns) == (alarm, raised_ns)
            else each
            for each in self.backend.past
        ]
