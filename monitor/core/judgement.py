"""Judgement of a channel: whether its rules are evaluated now, and what they wait for.

A read-only view of the engine's state for pages and interfaces. Pure.
"""

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from alerts.policy.conditions import comparisons
from alerts.policy.rules import Priority, Rule
from devices.signals import SIGNALS
from monitor.core.channel import Channel
from monitor.core.normal_values import Evaluator


class Judged(enum.StrEnum):
    """States of judgement.

    NOT_JUDGED: its rules could not be evaluated recently enough, or the session is over. WAITING:
    it is judged, but some rules wait. STALE: no rule watches it, and its last value is no
    longer valid. UNWATCHED: no rule watches it.
    """

    JUDGED = "judged"
    NOT_JUDGED = "not judged"
    WAITING = "waiting"
    STALE = "stale"
    UNWATCHED = "unwatched"


class Awaited(enum.StrEnum):
    """Reasons why rules wait."""

    FIRST_VALUE = "first value"
    SETTLING = "settling"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Rules of a channel that are not evaluated yet.

    Attributes:
        what: they wait for.
        until_ns: engine time at which the wait ends at the latest; None: a person ends it.
        rules: ids of those that wait; empty if all do.
    """

    what: Awaited
    until_ns: int | None
    rules: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Judgement of one channel at one time.

    Attributes:
        state: one of `Judged`.
        since_ns: engine time from which it is not judged; None in any other state.
        reason: one sentence: why it is not judged, or why its values are doubtful; else empty.
        heard_share: of the last 5 minutes, from 0 to 1; None unless its link is unstable.
        waits: what its rules wait for.
    """

    state: Judged
    since_ns: int | None = None
    reason: str = ""
    heard_share: float | None = None
    waits: Sequence[Wait] = ()


def judgement(
    now_ns: int,
    channel: Channel,
    rules: Mapping[int, Rule],
    why: Callable[[int, Channel], str],
    heard_share: Callable[[int, Channel], float | None],
) -> Judgement:
    """Return the judgement of a channel.

    Args:
        now_ns: engine time.
        channel: of the session.
        rules: in force, by number.
        why: returns the reason why a channel is not judged.
        heard_share: returns the share heard over an unstable link, else None.
    """
    if channel.spot:  # each value is judged by itself, in a separate list
        return _without_rate(
            channel,
            watched=any(channel.signal.name in _watched_by(rule) for rule in rules.values()),
        )
    watched = [each for each in _evaluators(channel, rules) if _counts(each[0])]
    if not watched:
        return _without_rate(channel, watched=False)
    until_ns = channel.judged_ns + channel.hold_ns
    share = heard_share(now_ns, channel)
    if now_ns >= until_ns:
        reason = why(now_ns, channel)
        state = Judged.NOT_JUDGED
        return Judgement(state=state, since_ns=until_ns, reason=reason, heard_share=share)
    if channel.good_ns is None:
        wait = Wait(what=Awaited.FIRST_VALUE, until_ns=until_ns)
        return Judgement(state=Judged.WAITING, waits=(wait,))
    frozen = [timeout.alarm.cause for timeout in channel.timeouts.frozen if timeout.fired]
    waits = tuple(_waits(now_ns, channel, watched))
    return Judgement(
        state=Judged.WAITING if waits else Judged.JUDGED,
        reason=frozen[0] if frozen else "" if share is None else why(now_ns, channel),
        heard_share=share,
        waits=waits,
    )


def unmeasured(rules: Iterable[Rule], channels: Iterable[Channel]) -> list[str]:
    """Return the names of continuous signals that enabled rules watch and no sensor measures."""
    watched = set().union(*(_watched_by(rule) for rule in rules if rule.enabled))
    measured = {channel.signal.name for channel in channels}
    return sorted(name for name in watched - measured if not SIGNALS[name].spot)


def _without_rate(channel: Channel, *, watched: bool) -> Judgement:
    """Return the judgement of a channel without an expected rate of values."""
    if channel.lost:
        return Judgement(state=Judged.STALE)
    return Judgement(state=Judged.JUDGED if watched else Judged.UNWATCHED)


def _counts(rule: Rule) -> bool:
    return rule.priority > Priority.INFO and not rule.technical


def _watched_by(rule: Rule) -> set[str]:
    return {each.signal for each in comparisons(rule.condition)} if _counts(rule) else set()


def _evaluators(channel: Channel, rules: Mapping[int, Rule]) -> Iterator[tuple[Rule, Evaluator]]:
    yield from ((alarm.rule, evaluator) for alarm, evaluator in channel.watches)
    yield from ((rules[number], evaluator) for number, _, evaluator in channel.parts)


def _waits(
    now_ns: int, channel: Channel, watched: Sequence[tuple[Rule, Evaluator]]
) -> Iterator[Wait]:
    settling_ns = channel.settling.left_ns(now_ns)
    settling = [rule for rule, evaluator in watched if settling_ns and evaluator.settles]
    baseline = [rule for rule, evaluator in watched if evaluator.waits_for_baseline]
    everything = {rule.id for rule, _ in watched}
    for what, until_ns, waiting in (
        (Awaited.SETTLING, now_ns + settling_ns, settling),
        (Awaited.BASELINE, None, baseline),
    ):
        ids = tuple(dict.fromkeys(rule.id for rule in waiting))
        if ids:
            yield Wait(what=what, until_ns=until_ns, rules=() if everything == {*ids} else ids)
