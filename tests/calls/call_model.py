"""A simple model of who must be called, by when and how often, and random sessions for it.

It implements the rules of docs/calls.md independently: it records when each alarm calls and who
is on duty, and compares that with the facts afterwards.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import CallFact
from tests.calls.scripted_session import PLAN, Calls
from tests.engine.scripted_session import START_NS

ALARMS = {"recorder@session": "recorder-failure", "gateway@session": "clock-offset"}
NOBODY = "nobody-on-duty@session"  # while Anna, who is alone in the first tier, is off duty
NAMES = ("anna", "ben", "chris")
DIRECT = ("handed-on", "not-taken")
Span = tuple[float, float]


def spans_of(changes: list[tuple[float, bool]], end: float) -> list[Span]:
    """Return when something was on, from its changes."""
    spans: list[Span] = []
    since: float | None = None
    for at, on in [*changes, (end, False)]:
        if on and since is None:
            since = at
        elif not on and since is not None:
            spans.append((since, at))
            since = None
    return spans


class Random(Calls):
    """A session without sensors that takes random actions and records its state."""

    straps = 0

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.mode = self.chance.choice(["delivered", "failed", "mixed"])
        self.active: dict[str, bool] = dict.fromkeys(ALARMS, False)
        self.answered: dict[str, bool] = dict.fromkeys(ALARMS, False)
        self.accepted: dict[str, bool] = dict.fromkeys(ALARMS, False)
        self.ended: dict[str, float] = {}
        self.calling: dict[str, list[tuple[float, bool]]] = {each: [] for each in (*ALARMS, NOBODY)}
        self.on_duty: dict[str, list[tuple[float, bool]]] = {each: [(0, True)] for each in NAMES}
        self.answers: list[float] = []
        self.responsible: dict[str, str] = {}  # alarms that were accepted: name
        self.asked: dict[str, tuple[int, str, float]] = {}  # call, to whom, and until when
        self.handed_on: list[tuple[float, str]] = []
        self.taken: list[float] = []
        self.mistakes: list[str] = []
        super().__init__(PLAN)
        if self.mode == "failed":
            self.outcomes = dict.fromkeys(NAMES, "failed")

    def until(self, second: float) -> "Random":
        self.silence(second)
        return self

    def play(self, steps: int) -> None:
        for _ in range(steps):
            gap = self.chance.choice([(0.1, 5), (5, 30), (30, 100), (100, 400), (600, 700)])
            self.until(self.second + self.chance.uniform(*gap))
            self.act()
            self.check_responsible()
        self.until(self.second + 400)

    def act(self) -> None:
        act = self.chance.choice(
            ["raise"] * 5
            + ["end"] * 4
            + ["accept"] * 2
            + ["acknowledge", "channel", "duty", "restart"]
            + ["decline"] * 3
            + ["roster", "hand on", "take over", "take over"]
        )
        alarm, name = self.chance.choice([*ALARMS]), self.chance.choice(NAMES)
        match act:
            case "raise" if not self.active[alarm]:
                self.fault(ALARMS[alarm])
                self.begin(alarm)
            case "end" if self.active[alarm]:
                self.fault(ALARMS[alarm], on=False)
                self.active[alarm], self.ended[alarm] = False, self.second
                self.calling[alarm].append((self.second, False))
            case "accept" if not self.answered[alarm] and self.may_accept(alarm):
                who = self.chance.choice(["MK", *map(PLAN.name, NAMES)])
                self.accept(alarm, by=who)
                self.accepted[alarm], self.responsible[alarm] = True, who
                self.asked.pop(alarm, None)
                self.answer(alarm)
                self.act_on_duty("hand on", alarm, name)
            case "acknowledge" if self.active[alarm]:
                self.tell(EntryKind.ACKNOWLEDGE, alarm, by="MK")
                self.answer(alarm)
            case "decline" if (call := self.last_call(name)) is not None:
                self.decline(call)
            case "channel" if self.mode == "mixed":
                self.outcomes[name] = self.chance.choice(["delivered", "failed", None])
            case "restart":
                self.engine = Engine()
                for entry in self.entries:
                    self.engine.apply(entry)
                self.engine.advance(START_NS + round(self.second * 1e9))
            case _:
                self.act_on_duty(act, alarm, name)

    def act_on_duty(self, act: str, alarm: str, name: str) -> None:
        """Change who is on duty, or who is responsible."""
        match act:
            case "duty" if self.chance.random() < 0.5:
                self.turn(name, via="hand", until_ns=None)
            case "roster":  # on duty, Anna has no end: the alarm about it would call, too
                soon_ns = self.engine.now_ns + 10**12
                ends = self.on_duty[name][-1][1] or name != "anna"
                self.turn(name, via="roster", until_ns=soon_ns if ends else None)
            case "hand on" if self.active[alarm] and self.accepted[alarm]:
                if PLAN.name(name) != self.responsible[alarm]:
                    self.hand_on(alarm, name)
            case "take over" if self.asked:
                alarm = self.chance.choice([*self.asked])
                call, to, until = self.asked.pop(alarm)
                self.accept(alarm, by=PLAN.name(to), call=call)
                if self.active[alarm] and self.accepted[alarm] and self.second < until:
                    self.responsible[alarm] = PLAN.name(to)
                    self.taken.append(self.second)

    def turn(self, name: str, via: str, until_ns: int | None) -> None:
        """Change the duty of a person."""
        on = not self.on_duty[name][-1][1]
        self.tell(EntryKind.DUTY, name, on=on, by="MK", via=via, until_ns=until_ns)
        self.on_duty[name].append((self.second, on))
        if name == "anna":
            self.calling[NOBODY].append((self.second, not on))

    def hand_on(self, alarm: str, to: str) -> None:
        self.handed_on.append((self.second, to))
        before = len(self.calls)
        self.tell(EntryKind.HAND_ON, alarm, to=to, by=self.responsible[alarm], via="link")
        orders = [f for f in self.calls[before:] if f.purpose == "handed-on"]
        if not orders or orders[0].subject != to:
            self.mistakes.append(f"{to} is not called about {alarm} at {self.second:.1f}")
        elif self.outcomes.get(to, "delivered") != "failed":
            within = 60.0 if to == "anna" else 120.0
            self.asked[alarm] = orders[0].call, to, self.second + within
            if self.chance.random() < 0.5:
                self.until(self.second + self.chance.uniform(1, 150))
                self.act_on_duty("take over", alarm, to)

    def check_responsible(self) -> None:
        """Check that an acceptance is valid until the person to whom it is handed on accepts."""
        for alarm in ALARMS:
            if self.active[alarm] and self.accepted[alarm]:
                by = self.engine.calling.escalation.occurrences[alarm].by
                if by != self.responsible[alarm]:
                    self.mistakes.append(f"{by} is responsible for {alarm} at {self.second:.1f}")

    def begin(self, alarm: str) -> None:
        quiet_s = self.second - self.ended.get(alarm, -1e9)
        self.accepted[alarm] = self.accepted[alarm] and quiet_s < 600
        self.active[alarm], self.answered[alarm] = True, self.accepted[alarm]
        if not self.answered[alarm]:
            self.calling[alarm].append((self.second, True))

    def last_call(self, name: str) -> int | None:
        """Return the last call that a person has on a phone, or None."""
        mine = [each.call for each in self.calls if each.subject == name and each.alarms]
        delivered = [each for each in self.calls if each.step == "delivered"]
        return next((f.call for f in reversed(delivered) if f.call in mine and loud(f)), None)

    def may_accept(self, alarm: str) -> bool:
        return self.active[alarm] or self.second - self.ended.get(alarm, -1e9) < 59

    def answer(self, alarm: str) -> None:
        self.answered[alarm] = True
        self.calling[alarm].append((self.second, False))
        self.answers.append(self.second)


@dataclass
class Verdict:
    """Mistakes that the model finds in the calls of a session."""

    played: Random
    mistakes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        end = self.played.second
        self.calls = {each: spans_of(found, end) for each, found in self.played.calling.items()}
        self.duty = {each: spans_of(self.played.on_duty[each], end) for each in NAMES}
        self.mistakes += self.played.mistakes
        self.sent = [
            fact
            for fact in self.played.calls
            if fact.step in ("ordered", "retried") and fact.purpose not in DIRECT
        ]
        self.loud = [fact for fact in self.sent if loud(fact)]
        self.declines = [fact for fact in self.played.calls if fact.step == "declined"]
        self.quiet = [fact for fact in self.sent if not loud(fact)]
        for check in (
            self.only_what_calls,
            self.first_calls,
            self.nobody_is_left_out,
            self.others_follow_a_decline,
            self.who_declines_is_left_alone,
            self.not_too_often,
            self.one_closure,
            self.no_long_silence_when_all_fails,
        ):
            self.mistakes += [f"{check.__name__}: {each}" for each in check()]

    def only_what_calls(self) -> Iterator[str]:
        """Only alarms that call are in a call, and only people on duty are called."""
        for fact in self.loud:
            mine = [alarm for alarm in fact.alarms if alarm in self.calls]
            calls = [within(self.calls[alarm], when(fact)) for alarm in mine]
            if mine and not (any(calls) if fact.step == "retried" else all(calls)):
                yield f"{fact.subject} is called about {mine} at {when(fact):.1f}"
        for fact in self.sent:
            if not within(self.duty[fact.subject], when(fact)) and not self.confirms_hand_on(fact):
                yield f"{fact.subject} is called off duty at {when(fact):.1f}"

    def first_calls(self) -> Iterator[str]:
        """A person is called 2 s after an alarm, or 20 s after the previous message."""
        for alarm, spans in self.calls.items():
            for start, end in self.fresh(spans):
                late = 22.1 if any(start - 20.1 < when(f) < start + 2.1 for f in self.loud) else 2.1
                on_duty = any(s <= start and e >= start + late for s, e in self.steady())
                if end - start > late and on_duty and not self.told(alarm, None, start, late):
                    yield f"nobody is called about {alarm} raised at {start:.1f}"

    def nobody_is_left_out(self) -> Iterator[str]:
        """Everyone on duty is called repeatedly about a continuing alarm."""
        # Two tiers of 60 and 120 s, each with 2 s, 20 s, and 20 s before it; the 180 s for which,
        # in later rounds, a message is not repeated.
        longest = 450.0
        for alarm, spans in self.calls.items():
            for start, end in spans:
                for name in NAMES:
                    for since, until in self.duty[name]:
                        at = max(start, since)
                        while at + 2 * longest < min(end, until):
                            # A person who declines is skipped until the next round.
                            declined = self.declined(alarm, name, at - longest, at + longest)
                            wait = (2 if declined else 1) * longest
                            if not self.told(alarm, name, at, wait):
                                yield f"{name} hears nothing of {alarm} from {at:.1f} on"
                            at += 30

    def others_follow_a_decline(self) -> Iterator[str]:
        """If the first person declines, the others are called immediately."""
        for alarm, spans in self.calls.items():
            for start, end in self.fresh(spans):
                for fact in self.declines:
                    at = when(fact)
                    if fact.subject != "anna" or alarm not in fact.alarms:
                        continue
                    others = [
                        n
                        for n in NAMES[1:]
                        if any(s < start < at + 22 < e for s, e in self.duty[n])
                    ]
                    before = any(self.told(alarm, n, start, at - start) for n in NAMES[1:])
                    if not others or before or not start < at < at + 22.1 < end:
                        continue
                    if not any(self.told(alarm, name, at, 22.1) for name in others):
                        yield f"nobody is called after a decline of {alarm} at {at:.1f}"

    def who_declines_is_left_alone(self) -> Iterator[str]:
        """Nobody is called again about a declined alarm within a minute of the last call."""
        for fact in self.declines:
            mine = [each for each in self.loud if each.subject == fact.subject]
            before = max((when(each) for each in mine if each.at_ns < fact.at_ns), default=0.0)
            for each in mine:
                again = when(fact) < when(each) < max(before + 59.9, when(fact))
                if again and set(each.alarms) == set(fact.alarms) and each.purpose == "again":
                    yield f"{fact.subject} is called after declining, at {when(each):.1f}"

    def not_too_often(self) -> Iterator[str]:
        """Nobody is called twice within 20 s (same alarm: 60 s), except for a higher one."""
        for name in NAMES:
            orders = [f for f in self.loud if f.subject == name and f.step == "ordered"]
            for before, fact in pairwise(orders):
                gap = when(fact) - when(before)
                answered = any(when(before) <= at <= when(fact) for at in self.played.answers)
                higher = fact.priority == "high" != before.priority
                if gap < 19.9 and not answered and not higher:
                    yield f"{name} is called twice within {gap:.1f} s at {when(fact):.1f}"
            for index, fact in enumerate(orders):
                same = [f for f in orders[:index] if set(fact.alarms) <= set(f.alarms)]
                if fact.purpose == "again" and same and when(fact) - when(same[-1]) < 59.9:
                    yield f"{name} is called about the same too soon, at {when(fact):.1f}"

    def one_closure(self) -> Iterator[str]:
        """A quiet message follows a call that was delivered, once."""
        for fact in self.quiet:
            if self.confirms_hand_on(fact):
                continue
            for alarm in fact.alarms:
                about = [
                    each
                    for each in self.played.calls
                    if each.subject == fact.subject
                    and alarm in each.alarms
                    and each.at_ns < fact.at_ns
                    and each.step in ("ordered", "delivered")
                    and each.purpose not in DIRECT
                ]
                steps = [each.step for each in about]
                last_quiet = max((i for i, each in enumerate(about) if not loud(each)), default=-1)
                if "delivered" not in steps[last_quiet + 1 :]:
                    yield f"{fact.subject} hears the end of {alarm} at {when(fact):.1f}"

    def no_long_silence_when_all_fails(self) -> Iterator[str]:
        """While no message gets out, an attempt is made at least every ten seconds."""
        if self.played.mode != "failed":
            return
        for alarm, spans in self.calls.items():
            for start, end in spans:
                for since, until in self.steady():
                    at = max(start, since)
                    while at + 32 < min(end, until, start + 500):
                        if not self.told(alarm, None, at + 22, 10):
                            yield f"no attempt about {alarm} from {at + 22:.1f} on"
                        at += 5

    def confirms_hand_on(self, fact: CallFact) -> bool:
        """Return whether it informs a person that a handed-on alarm is accepted."""
        taken = any(abs(when(fact) - at) < 0.01 for at in self.played.taken)
        return taken and fact.purpose == "accepted"

    def told(self, alarm: str, name: str | None, start: float, within_s: float) -> bool:
        """Return whether a person, or anyone, is called about an alarm in a time span."""
        return any(
            alarm in fact.alarms
            and name in (None, fact.subject)
            and start - 0.01 <= when(fact) <= start + within_s
            for fact in self.loud
        )

    def declined(self, alarm: str, name: str, start: float, end: float) -> bool:
        """Return whether a person declines a call about an alarm in a time span."""
        return any(
            alarm in fact.alarms and fact.subject == name and start <= when(fact) <= end
            for fact in self.declines
        )

    def steady(self) -> list[Span]:
        """Return spans in which a person is on duty and duty does not change."""
        turns = sorted(at for changes in self.played.on_duty.values() for at, _ in changes)
        return [
            (start, end)
            for start, end in zip(turns, [*turns[1:], self.played.second], strict=True)
            if any(within(self.duty[name], (start + end) / 2) for name in NAMES)
        ]

    def fresh(self, spans: list[Span]) -> Iterator[Span]:
        """Return the spans that begin an incident: the first, and those after ten minutes."""
        for index, (start, end) in enumerate(spans):
            if index == 0 or start - spans[index - 1][1] > 600:
                yield start, end


def loud(fact: CallFact) -> bool:
    """Return whether a call asks for an action."""
    return fact.purpose not in ("over", "accepted", *DIRECT)


def when(fact: CallFact) -> float:
    """Return the second of a fact."""
    return (fact.at_ns - START_NS) / 1e9


def within(spans: list[Span], at: float) -> bool:
    """Return whether a time is within one of some spans, to a microsecond."""
    return any(start - 1e-6 <= at <= end + 1e-6 for start, end in spans)
