"""Random sessions by seed: policies, failing sensors and user actions."""

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.never_blind.policies import FIRM, change_of, random_policy
from tests.never_blind.script import Act, Heard, Item, Session

BPM = (36, 45, 52, 70, 72, 88, 104, 107, 112, 118, 126, 133, 147, 152, 163, 175)
CELSIUS = (3490, 3620, 3680, 3710, 3770, 3790, 3810, 3850, 3890, 3910, 3990, 4020)
SPO2 = (84, 87, 90, 91, 93, 94, 97, 98)
_QUARTER = 0.25


def random_session(seed: int) -> Session:
    """Return the session of a seed."""
    random = Random(seed)
    policy = random_policy(random, "first")
    other = random_policy(random, "other")
    length = float(random.choice([240, 420, 600, 900, 900, 1500, 2700]))
    if random.random() < 0.12:
        length = float(random.choice([5400, 9000]))
    sensors = ["strap", "patch", "cuff"]
    if random.random() < 0.3:
        sensors.append("oximeter")
    items: list[Item] = [Act(0.5, "start")]
    for sensor in [each for each in sensors if each != "cuff"]:
        items += _track(random, sensor, length)
    items += _acts(random, length, (policy, other))
    return Session(policy, tuple(items), length, tuple(sensors), seed)


def _at(random: Random, first: float, last: float) -> float:
    return round(random.uniform(first, last) / _QUARTER) * _QUARTER


# Sensors


def _track(random: Random, sensor: str, length: float, first: float = 1.0) -> Iterator[Item]:
    """Yield the packets of one sensor from `first` on, in stretches of every kind."""
    at = first + random.choice([0, 0, 0.25, 0.5, 3])
    every = {"patch": random.choice([10, 10, 10, 1, 5])}.get(sensor, 1)
    # Long sessions are mostly silent or steady: many equal packets do not find more faults.
    level: int | None = None
    while at < length:
        kind = random.choices(
            ["steady", "swing", "fragments", "silence", "away", "bad", "frozen", "odd", "late"],
            [6, 4, 4, 2, 0.6, 3, 2, 2, 1],
        )[0]
        long = random.choice([5, 12, 20, 35, 60, 90, 150, 300, 400])
        if length > 3000 and kind in ("steady", "swing", "frozen"):
            long *= 2
        values = {"patch": CELSIUS, "oximeter": SPO2}.get(sensor, BPM)
        if level is None or random.random() < 0.5:
            level = random.choice(values)
        stretch = list(_stretch(random, kind, sensor, level, values, at, long, every))
        yield from stretch
        at += long if kind != "away" else random.choice([620, 700])
        at = round(at / _QUARTER) * _QUARTER


def _stretch(
    random: Random,
    kind: str,
    sensor: str,
    level: int,
    values: tuple[int, ...],
    at: float,
    long: float,
    every: float,
) -> Iterator[Heard]:
    """Yield the packets of a stretch."""
    times = max(1, int(long / every))
    wide = 6 if sensor == "patch" else 2
    near = tuple(level + random.randint(-wide, wide) for _ in range(11))
    match kind:
        case "steady":
            yield Heard(at, sensor, near, times, every)
        case "swing":
            other = random.choice(values)
            turns = tuple([level, other] * random.choice([1, 2, 5]))
            if random.random() < 0.4:
                turns = tuple([level] * random.randint(1, 12) + [other] * random.randint(1, 12))
            yield Heard(at, sensor, turns, times, every)
        case "fragments":
            on = random.choice([1, 2, 4, 10]) * max(1, every)
            off = random.choice([5, 9, 12, 16, 40, 95]) * (1 if every <= 1 else 3)
            while long > 0:
                yield Heard(at, sensor, near, max(1, int(on / every)), every)
                at, long = at + on + off, long - on - off
        case "bad":
            says = ["off", "nothing"]
            if sensor == "patch":
                says = ["nothing", "low", "stored"]
            elif sensor == "oximeter":
                says = ["doubtful", "off", "nothing"]
            # Not drawn, so that the sessions of known seeds stay as they are.
            said = random.choice(says) if times % 4 else "garbled"
            low = {"patch": 2950}.get(sensor, level)
            yield Heard(at, sensor, (low,), times, every, said)
        case "frozen":
            yield Heard(at, sensor, (level,), times, every)
        case "odd" if sensor in ("strap", "spare"):
            own = random.choice([60_000 // level, 40_000 // level, 90_000 // level])
            own = min(1900, max(310, own))
            yield Heard(at, sensor, near, times, every, intervals=(own,))
        case "late":
            late = random.choice([3.0, 8.0, 30.0, 200.0])
            yield Heard(at, sensor, near, times, every, late=late)


# Actions and system events


def _acts(random: Random, length: float, policies: tuple[Any, Any]) -> Iterator[Item]:
    first, other = policies
    used = first
    many = random.choice([0, 2, 5, 9, 14])
    moments = sorted(_at(random, 3, length) for _ in range(many))
    added = False
    for at in moments:
        what = random.choices(
            [
                "override",
                "policy",
                "dose",
                "undo",
                "rebaseline",
                "supplement",
                "acknowledge",
                "unacknowledge",
                "reset",
                "pause",
                "fault",
                "measure",
                "cuff",
                "correct",
                "swap",
                "add",
                "restart",
                "standstill",
                "set_clock",
                "settle",
            ],
            [6, 2, 3, 1.5, 1, 1, 4, 1.5, 2, 1.5, 2, 4, 2, 2, 1.5, 1, 3, 1.5, 1, 2],
        )[0]
        chosen = [rule for rule in used.rules if not rule.id.startswith(FIRM)]
        ids = [rule.id for rule in chosen]
        match what:
            case "override":
                name = random.choice(chosen)
                changes = change_of(random, name)
                if changes is not None:
                    yield Act(at, "override", {"rule": name.id, "changes": changes})
            case "policy":
                used = other if used is first else first
                yield Act(at, "policy", {"policy": used})
            case "dose":
                back = random.choice([0.0, 0.0, 0.0, 20.0, 300.0])
                yield Act(at, "mark", {"kind": "dose", "back": min(back, at - 2)})
            case "supplement":
                yield Act(at, "mark", {"kind": "supplement", "back": 0.0})
            case "undo":
                yield Act(at, "undo", {"nth": random.randint(0, 2)})
            case "acknowledge" | "unacknowledge" | "reset":
                yield Act(at, what, {"rule": random.choice([*ids, "unjudged-heart_rate"])})
            case "fault":
                name = random.choice(["recorder-failure", "clock-jump"])
                yield Act(at, "fault", {"name": name, "on": random.random() < 0.7})
            case "measure":
                back = random.choice([0.0, 0.0, 60.0, 400.0])
                systolic = random.choice([85, 120, 150, 158, 165, 170, 182, 190])
                yield Act(at, "measure", {"systolic": systolic, "back": min(back, at - 2)})
            case "cuff":
                systolic = random.choice([120, 150, 165, 170, 182, 190])
                says = random.choice(["good", "garbled", "doubtful", "stored"])
                yield Act(at, "cuff", {"systolic": systolic, "says": says})
            case "correct":
                value = random.choice([None, 118, 150, 168, 185])
                yield Act(at, "correct", {"nth": random.randint(0, 2), "systolic": value})
            case "add" if not added:
                added = True
                yield Act(at, what, {})
                yield from _track(random, "spare", min(length, at + 300), at + 1)
            case "add":
                pass
            case "settle":
                valid = random.random() < 0.6
                yield Act(at, what, {"nth": random.randint(0, 1), "valid": valid})
            case "set_clock":
                yield Act(at, what, {"by": random.choice([-3600.0, -2.0, 0.5, 40.0])})
            case "restart":
                ahead = random.choice([-3600.0, -120.0, -1.0, 0.0, 2.0, 90.0])
                away = random.choice([0.25, 4.0, 31.0])
                yield Act(at, "restart", {"ahead": ahead, "away": away})
            case "standstill":
                yield Act(at, "standstill", {"long": random.choice([6.0, 15.0, 95.0])})
            case _:
                yield Act(at, what, {})
