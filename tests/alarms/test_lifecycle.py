"""Random sessions through the engine, held against the slow model after each step.

`PHYSIOMON_SOAK=5000 pytest tests/alarms/test_lifecycle.py --timeout=0` tries that many sessions.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alerts.active_alarms import AUDIO_PAUSE_NS
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import AlarmFact, Fact, PolicyFact, payload
from tests.alarms.model import SECOND as SECOND_NS
from tests.alarms.model import Model, Told, policy_text
from tests.alarms.rules import CHANGES, CORE, HEART, OFF, POLICIES, SYSTOLIC
from tests.engine.script import Script

pytestmark = pytest.mark.timeout(900)  # a failure is shortened before it is shown, for minutes

# Values that are safe, in the band and beyond, for one rule or another; None is no value at all.
BPM = st.sampled_from([30, 40, 41, 70, 103, 105, 107, 110, 112, 125, 131, 145, 155, 160, None])
CELSIUS = st.sampled_from([36.5, 37.0, 37.5, 38.0, 38.5, 39.5, None])
NAMES = st.sampled_from(["AB", "Dr C", ""])
SECONDS = st.sampled_from(
    [0.5, 1, 2, 3, 4, 5, 5, 6, 9, 9.5, 10, 10, 15, 20, 30, 89, 90, 120, 180, 360]
)
SHAPES = {"absent", "invalid"}  # of `no-hr`, which is one or the other
NO_CONTACT, NAN = 0x04, "04 FFFF7F00 02"


def told(fact: Fact) -> Told:
    assert isinstance(fact, AlarmFact)
    what = (fact.at_ns, fact.rule, fact.subject, fact.step, fact.state)
    return Told(*what, fact.suspended, fact.by, fact.priority)


def rows(facts: list[tuple[int, Fact]]) -> list[tuple[int, int, str, str, str]]:
    return [(seq, fact.at_ns, fact.kind, fact.subject, payload(fact)) for seq, fact in facts]


def open_alarms(engine: Engine) -> list[tuple[str, str, bool, bool, str | None]]:
    return [
        (a.key, a.shown.value, a.suspended, a.latched, a.acknowledged_by)
        for a in engine.alarms.open()
    ]


class Lifecycle(RuleBasedStateMachine):
    """One session, lived by the engine and by the model."""

    @initialize(name=st.sampled_from(sorted(POLICIES)))
    def begin(self, name: str) -> None:
        self.policy = name
        self.script = Script(policy_text(name, POLICIES[name]))
        self.model = Model(self.script.entries[0].received_ns, POLICIES[name])
        self.compared = 0
        self.paused_ns: int | None = None

    def live(self, what: str, *args: Any) -> None:
        """Tell the model of the entry that was made last; let both look at this moment."""
        at_ns = self.script.entries[-1].received_ns
        self.model.tell(at_ns, what, *args)
        self.advance(at_ns)

    def advance(self, at_ns: int) -> None:
        engine = self.script.engine
        self.script.facts += [(engine.seq, fact) for fact in engine.advance(at_ns)]

    def act(self, kind: EntryKind, source: str, **body: object) -> None:
        self.script.tell(kind, source, **body)

    # What sensors do

    @rule(bpm=BPM, seconds=st.sampled_from([1, 1, 3, 6, 11, 21]), steady=st.booleans())
    def heart(self, bpm: int | None, seconds: int, steady: bool) -> None:
        for second in range(seconds):
            self.script.second += min(second, 1)
            value = 70 if bpm is None else bpm + (0 if steady else second % 2)
            self.script.heart(value, *([NO_CONTACT] if bpm is None else []))
            self.live("reading", HEART, None if bpm is None else float(value))

    @rule(celsius=CELSIUS, times=st.sampled_from([1, 1, 2]))
    def core(self, celsius: float | None, times: int) -> None:
        for time in range(times):
            self.script.second += 10 * min(time, 1)
            if celsius is None:
                self.script.raw("patch/2A1C", NAN)
            else:
                self.script.core(celsius)
            self.live("reading", CORE, celsius)

    @rule(on=st.booleans(), name=st.sampled_from(["recorder-failure", "clock-jump"]))
    def trouble(self, on: bool, name: str) -> None:
        self.act(EntryKind.TROUBLE, name, on=on, reason="r" if on else "")
        self.live("trouble", name, on)

    # What time does

    @rule(seconds=SECONDS, pieces=st.sampled_from([1, 1, 2, 7]))
    def wait(self, seconds: float, pieces: int) -> None:
        """One timer, or many that fire for nothing: it makes no difference."""
        start_s = self.script.second
        for piece in range(1, pieces + 1):
            self.script.until(start_s + seconds * piece / pieces)
        self.script.until(start_s + seconds)
        self.model.wait(self.script.engine.now_ns)

    @rule()
    def restart(self) -> None:
        """Whatever the process knew is gone; the journal's entries are played again."""
        engine, facts = Engine(), []
        for entry in self.script.entries:
            facts += engine.apply(entry)
        facts += [(engine.seq, fact) for fact in engine.advance(self.script.engine.now_ns)]
        assert rows(facts) == rows(self.script.facts)
        assert open_alarms(engine) == open_alarms(self.script.engine)
        assert engine.next_due_ns() == self.script.engine.next_due_ns()
        assert (
            engine.alarms.audio_paused_until_ns == self.script.engine.alarms.audio_paused_until_ns
        )
        self.script.engine = engine

    # What people do

    @rule(values=st.sampled_from([150, 157, 165]))
    def measure(self, values: int) -> None:
        self.act(EntryKind.VITALS, "manual", values={"systolic": values}, by="AB", role="")
        self.live("reading", SYSTOLIC, float(values))

    @rule(kind=st.sampled_from(["dose", "supplement", "note"]))
    def marker(self, kind: str) -> None:
        self.act(EntryKind.MARKER, kind, text="", by="AB")
        self.live("marker", kind)

    @rule(data=st.data(), by=NAMES)
    def acknowledge(self, data: st.DataObject, by: str) -> None:
        key = data.draw(self.keys())
        self.act(EntryKind.ACKNOWLEDGE, key, by=by)
        self.live("acknowledge", key, by)

    @rule(data=st.data(), by=NAMES)
    def reset(self, data: st.DataObject, by: str) -> None:
        key = data.draw(self.keys())
        self.act(EntryKind.RESET, key, by=by)
        self.live("reset", key, by)

    def keys(self) -> st.SearchStrategy[str]:
        """Open alarms are worth most of the tries."""
        nonsense = ["hr-low@strap/heart_rate", "hr-low@session", "nonsense", "both@session"]
        return st.sampled_from([key for key, *_ in self.model.open()] * 3 + nonsense)

    @precondition(lambda self: self.model.open())
    @rule()
    def pause_audio(self) -> None:
        self.act(EntryKind.PAUSE, "audio", by="AB")
        self.paused_ns = self.script.entries[-1].received_ns
        self.live("pause")

    @rule(data=st.data())
    def override(self, data: st.DataObject) -> None:
        """Rules whose alarm is not asleep, or that are changed already, are worth most tries."""
        known = {each.id: each for each in POLICIES[self.policy]}
        busy = {alarm.rule.id for alarm in self.model.alarms.values() if alarm.state != "inactive"}
        lively = sorted((busy | self.model.overrides.keys()) & known.keys())
        name = data.draw(st.sampled_from(lively * 3 + sorted(known)))
        fitting = [
            changes
            for changed, changes in CHANGES
            if changed == name and not (SHAPES & changes.keys()) - {known[name].kind}
        ]
        changes = data.draw(st.sampled_from([*fitting, *fitting, OFF, {}]))
        self.act(EntryKind.OVERRIDE, name, changes=changes, by="Dr C", reason="agreed")
        self.live("override", name, changes, "Dr C")

    @precondition(lambda self: len(self.script.entries) % 3 == 0)
    @rule(name=st.sampled_from(sorted(POLICIES)))
    def change_policy(self, name: str) -> None:
        self.policy = name
        text = policy_text(name, POLICIES[name])
        self.act(EntryKind.POLICY, name, text=text, by="Dr C", reason="amendment")
        self.live("policy", POLICIES[name], "Dr C")

    # What holds after each step

    @invariant()
    def the_model_says_the_same(self) -> None:
        engine = self.script.engine
        facts = [told(fact) for _, fact in self.script.facts if isinstance(fact, AlarmFact)]
        assert facts[self.compared :] == self.model.log[self.compared :]
        self.compared = len(facts)
        assert open_alarms(engine) == self.model.open()
        paused_ns = max(0, engine.alarms.audio_paused_until_ns - engine.now_ns)
        assert paused_ns / SECOND_NS == self.model.paused_s

    @invariant()
    def a_silenced_alarm_sounds_again(self) -> None:
        alarms, now_ns = self.script.engine.alarms, self.script.engine.now_ns
        assert alarms.audio_paused_until_ns <= now_ns + AUDIO_PAUSE_NS
        if alarms.audio_paused_until_ns <= now_ns:
            return
        assert self.paused_ns is not None
        assert now_ns < self.paused_ns + AUDIO_PAUSE_NS
        raised = [fact for fact in self.alarm_facts() if fact.step == "raised"]
        assert all(fact.at_ns <= self.paused_ns for fact in raised if fact.priority != "info")

    def alarm_facts(self) -> list[AlarmFact]:
        return [fact for _, fact in self.script.facts if isinstance(fact, AlarmFact)]

    def teardown(self) -> None:
        """Hold the whole record against what must be true whatever the model says."""
        if not hasattr(self, "script"):
            return
        shown: dict[str, str] = {}
        last_ns: dict[str, int] = {}
        for fact in self.alarm_facts():
            key = f"{fact.rule}@{fact.subject}"
            assert fact.at_ns > last_ns.get(key, 0), "facts of one alarm follow each other"
            last_ns[key] = fact.at_ns
            was = shown.get(key)
            match fact.step:
                case "raised":
                    assert was in (None, "latched")
                    shown[key] = "active"
                case "acknowledged":
                    assert was == "active"
                    assert fact.by, "nobody has acknowledged it"
                    shown[key] = "acknowledged"
                case "latched":
                    assert was in ("active", "acknowledged")
                    shown[key] = "latched"
                case "cleared":
                    assert was in ("active", "acknowledged"), "a latched alarm waits for a person"
                    del shown[key]
                case "reset":
                    assert was == "latched"
                    assert fact.by, "nobody has reset it"
                    del shown[key]
                case "withdrawn":
                    assert was is not None
                    assert fact.by, "nobody has switched it off"
                    del shown[key]
                case "suspended" | "resumed" | "reminder":
                    assert was in ("active", "acknowledged")
        assert shown == {alarm.key: alarm.shown.value for alarm in self.script.engine.alarms.open()}
        changes = [fact for _, fact in self.script.facts if isinstance(fact, PolicyFact)]
        assert all(fact.by for fact in changes)


Lifecycle.TestCase.settings = settings(
    max_examples=int(os.environ.get("PHYSIOMON_SOAK", "100")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_life = Lifecycle.TestCase
