"""Reduce a failing session to a short, readable one."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.never_blind.rules import Policy
from tests.never_blind.script import Act, Heard, Item, Session

Fails = Callable[[Session], bool]


def shrink(session: Session, fails: Fails, tries: int = 1500) -> Session:
    """Return the smallest session found that still fails.

    Args:
        session: a failing session.
        fails: returns whether a session fails.
        tries: maximum number of tried sessions.
    """
    left = tries
    simpler = True
    while simpler and left > 0:
        simpler = False
        for candidate in _simpler(session):
            left -= 1
            if left <= 0:
                break
            if fails(candidate):
                session, simpler = candidate, True
                break
    return session


def _simpler(session: Session) -> Iterator[Session]:
    """Yield simpler sessions, the largest reductions first."""
    items = session.items
    for n, item in enumerate(items):
        if not isinstance(item, Act):
            continue
        other = item.args.get("policy")
        if isinstance(other, Policy) and len(other.rules) > 2:
            half = len(other.rules) // 2
            for rules in (other.rules[:half], other.rules[half:]):
                act = Act(item.at, item.what, {"policy": replace(other, rules=rules)})
                yield replace(session, items=(*items[:n], act, *items[n + 1 :]))
    size = len(items) // 2
    while size:
        for first in range(0, len(items), size):
            yield replace(session, items=items[:first] + items[first + size :])
        size //= 2
    last = max((item.at for item in items), default=0.0)
    for shorter in (session.length / 2, last + 60, last + 1):
        if shorter < session.length:
            yield replace(session, length=float(round(shorter)))
    for policy in _policies(session.policy):
        yield replace(session, policy=policy)
    for n, item in enumerate(items):
        for other in _items(item):
            yield replace(session, items=(*items[:n], other, *items[n + 1 :]))
    used = {item.sensor for item in items if isinstance(item, Heard)}
    for sensor in session.sensors:
        if sensor not in used and len(session.sensors) > 1:
            yield replace(session, sensors=tuple(s for s in session.sensors if s != sensor))


def _policies(policy: Policy) -> Iterator[Policy]:
    for n in range(len(policy.rules)):
        if len(policy.rules) > 1:
            yield replace(policy, rules=policy.rules[:n] + policy.rules[n + 1 :])
    if policy.settling:
        yield replace(policy, settling={})
    for n, rule in enumerate(policy.rules):
        plain = replace(rule, sustain=0, clear_after=0, latch=False, priority="low")
        if plain != rule:
            yield replace(policy, rules=(*policy.rules[:n], plain, *policy.rules[n + 1 :]))


def _items(item: Item) -> Iterator[Item]:
    if isinstance(item, Heard):
        yield from item.shorter()
        return
    other = item.args.get("policy")
    if isinstance(other, Policy):
        for policy in _policies(other):
            yield Act(item.at, item.what, {"policy": policy})
