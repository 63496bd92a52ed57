"""Random valid policies and overrides of their rules."""

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.never_blind.rules import Limit, Part, Policy, Rule

FIRM = "firm-"  # ids of rules that are always in force

_STATISTICS = (
    ("last", 0),
    ("last", 0),
    ("median", 10),
    ("median", 30),
    ("mean", 10),
    ("mean", 45),
    ("min", 15),
    ("max", 15),
    ("ewma", 12),
)
_SUSTAIN = (0, 0, 1, 5, 10, 20, 60)
_CLEAR_AFTER = (0, 0, 3, 10, 30)


def _statistic(random: Random, signal: str) -> tuple[str, int]:
    name, window = random.choice(_STATISTICS)
    return name, window * 6 if signal == "core_temperature" else window


def _compare(
    random: Random, number: int, signal: str, *, upper: bool, numbers: tuple[int, ...], clear: int
) -> Rule:
    """Return a rule that compares a signal with a random limit."""
    name, window = _statistic(random, signal)
    bound = random.choice(["above", "at_least"] if upper else ["below", "at_most"])
    limit = Limit(random.choice(numbers))
    sign = 1 if upper else -1
    kind = random.random()
    step = 100 if signal == "core_temperature" else 25
    if kind < 0.2:
        spreads = random.choice([0, 0, 2])
        long = random.choice([60, 120]) * (5 if signal == "core_temperature" else 1)
        limit = Limit(sign * (step if not spreads else step // 4), "rolling", long, sign * spreads)
    elif kind < 0.3:
        long = random.choice([20, 30]) * (10 if signal == "core_temperature" else 1)
        limit = Limit(sign * step, "ewma", long)
    elif kind < 0.5:
        limit = Limit(sign * step, "baseline", 0, sign * random.choice([0, 0, 1]))
    if name == "ewma" and not limit.anchor:
        limit = limit._replace(offset=limit.offset)
    apart = sign * random.choice([0, clear])
    behind = None if not apart else limit._replace(offset=limit.offset - apart)
    part = Part(signal, bound, limit, name, window, behind)
    sustain = random.choice(_SUSTAIN) * (3 if signal == "core_temperature" else 1)
    return Rule(
        f"{signal.split('_', maxsplit=1)[0]}-{'over' if upper else 'under'}-{number}",
        "compare",
        part,
        signal,
        sustain,
        random.choice(_CLEAR_AFTER),
        random.choice(["low", "low", "medium", "high", "info"]),
        random.random() < 0.25,
    )


def random_policy(random: Random, name: str) -> Policy:
    """Return a policy with random rules of every kind."""
    rules: list[Rule] = []
    hr: dict[str, Any] = {"signal": "heart_rate", "clear": 5}
    ct: dict[str, Any] = {"signal": "core_temperature", "clear": 20}
    for number in range(random.randint(1, 3)):
        rules.append(_compare(random, number, upper=True, numbers=(110, 131, 150), **hr))
    if random.random() < 0.6:
        rules.append(_compare(random, 0, upper=False, numbers=(40, 50), **hr))
    # A rolling limit must not be the only limit of a temperature.
    firm = Part("core_temperature", "above", Limit(3850), "median", 60, Limit(3830))
    rules.append(Rule("core-firm", "compare", firm, "core_temperature", 120, 30, "medium"))
    for number in range(random.randint(0, 2)):
        rules.append(_compare(random, number, upper=True, numbers=(3800, 3900, 4000), **ct))
    if random.random() < 0.4:
        low = Part("core_temperature", "below", Limit(3550), *random.choice(_STATISTICS[:4]))
        rules.append(Rule("core-under", "compare", low, "core_temperature", 30, 10, "medium"))
    if random.random() < 0.4:
        rise = random.choice([50, 90]), random.choice([300, 900])
        rules.append(Rule("core-rise", "rise", rise, "core_temperature", 60, 30, "medium"))
    if random.random() < 0.4:
        hot = Part("core_temperature", "above", Limit(random.choice([3780, 3800])), "median", 60)
        fast = Part("heart_rate", "above", Limit(120), *random.choice(_STATISTICS))
        sustain = random.choice([0, 20, 60])
        rules.append(Rule("both", "all", (hot, fast), "", sustain, 10, "high", latch=True))
    if random.random() < 0.3:
        poor = Part("spo2", "below", Limit(92), *random.choice(_STATISTICS), Limit(94))
        rules.append(Rule("spo2-under", "compare", poor, "spo2", 15, 10, "high"))
    rules += _equipment(random)
    rules += _pressure(random)
    random.shuffle(rules)
    rules += list(_firm(rules))
    settling = {}
    if random.random() < 0.5:
        settling = {"core_temperature": random.choice([60, 300, 900])}
    return Policy(name, tuple(rules), settling)


def _firm(rules: list[Rule]) -> Iterator[Rule]:
    """Yield a limit for each side on which the heart rate is compared with its baseline."""
    anchored = {
        rule.what.bound in ("above", "at_least")
        for rule in rules
        if rule.kind == "compare"
        and rule.signal == "heart_rate"
        and rule.what.limit.anchor == "baseline"
    }
    for upper in sorted(anchored):
        bound, limit = ("above", 190) if upper else ("below", 30)
        part = Part("heart_rate", bound, Limit(limit))
        yield Rule(f"{FIRM}{bound}", "compare", part, "heart_rate")


def _equipment(random: Random) -> list[Rule]:
    rules = []
    some = random.random
    if some() < 0.5:
        rules.append(Rule("no-hr", "absent", random.choice([10, 10, 15]), "heart_rate"))
        if some() < 0.6:
            long = random.choice([30, 60])
            rules.append(Rule("no-hr-long", "absent", long, "heart_rate", priority="medium"))
    if some() < 0.3:
        rules.append(Rule("no-ct", "absent", 90, "core_temperature"))
    if some() < 0.5:
        rules.append(Rule("hr-off", "invalid", random.choice([5, 20]), "heart_rate"))
    if some() < 0.3:
        rules.append(Rule("ct-off", "invalid", 30, "core_temperature"))
    if some() < 0.4:
        long = random.choice([20, 60])
        rules.append(Rule("hr-frozen", "frozen", long, "heart_rate", priority="medium"))
    if some() < 0.3:
        rules.append(Rule("recorder", "fault", "recorder-failure", priority="high"))
    if some() < 0.3:
        rules.append(Rule("clock", "fault", "clock-jump", sustain=5, clear_after=5))
    return rules


def _pressure(random: Random) -> list[Rule]:
    rules = []
    if random.random() < 0.5:
        once = Part("systolic", "above", Limit(160), clear=Limit(155))
        rules.append(Rule("bp-160", "compare", once, "systolic"))
    if random.random() < 0.4:
        twice = Part("systolic", "at_least", Limit(180), clear=Limit(175), repeated=2, within_s=600)
        rules.append(Rule("bp-180-again", "compare", twice, "systolic", 0, 0, "high", latch=True))
    if random.random() < 0.3:
        rules.append(Rule("bp-due", "every", random.choice([120, 600]), "systolic", 20))
    if random.random() < 0.2:
        rules.append(Rule("bp-before", "before", (300, "supplement"), "systolic"))
    return rules


def change_of(random: Random, rule: Rule) -> dict[str, Any] | None:
    """Return a valid override of a rule; {} removes it; None: no valid one."""
    if random.random() < 0.15:
        return {}
    if random.random() < 0.2 and rule.id != "core-firm":
        return {"enabled": False}
    if rule.kind in ("absent", "invalid", "frozen"):
        return {rule.kind: rule.what + random.choice([5, 20])}
    some: list[dict[str, Any]] = [
        {"sustain": random.choice([0, 2, 15, 40])},
        {"clear_after": random.choice([0, 2, 20])},
        {"priority": random.choice(["low", "medium", "high"])},
    ]
    if rule.kind == "compare":
        part: Part = rule.what
        by = {"core_temperature": 20, "heart_rate": 10}.get(rule.signal, 3)
        by *= random.choice([1, -1])
        moved: dict[str, Any] = {part.bound: part.limit._replace(offset=part.limit.offset + by)}
        if part.clear is not None:
            moved["clear"] = part.clear._replace(offset=part.clear.offset + by)
        some += [moved, moved, moved]
    if rule.kind in ("every", "before", "fault"):
        return some[0]
    return random.choice(some)
