"""Numbers of alarms of recorded sessions, and of the verdicts on them. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.alarm_review_fact import Verdict
from monitor.sessions.alarm_occurrences import Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of alarms: physiological, technical, silent (info), and covered by higher ones.

    Attributes:
        by_rule: without covered ones.
    """

    physiological: int
    technical: int
    info: int
    inside: int
    by_rule: Mapping[str, int]


def counts(raised: Iterable[Occurrence]) -> Counts:
    """Count occurrences by group and by rule."""
    group: Counter[str] = Counter()
    by_rule: Counter[str] = Counter()
    for one in raised:
        if one.inside:
            group["inside"] += 1
            continue
        by_rule[one.rule] += 1
        group["info" if one.silent else "technical" if one.technical else "physiological"] += 1
    return Counts(
        physiological=group["physiological"],
        technical=group["technical"],
        info=group["info"],
        inside=group["inside"],
        by_rule=dict(by_rule),
    )


def added(parts: Iterable[Counts]) -> Counts:
    """Add up the counts of several sessions."""
    physiological = technical = info = inside = 0
    by_rule: Counter[str] = Counter()
    for part in parts:
        physiological += part.physiological
        technical += part.technical
        info += part.info
        inside += part.inside
        by_rule.update(part.by_rule)
    return Counts(
        physiological=physiological,
        technical=technical,
        info=info,
        inside=inside,
        by_rule=dict(by_rule),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """Verdicts of people on alarms.

    Attributes:
        useful, false, artefact: number of alarms with this verdict.
        open: number of alarms without one.
        actionable_share: share of useful ones among those with a verdict; None without any.
    """

    useful: int
    false: int
    artefact: int
    open: int
    actionable_share: float | None

    @property
    def reviewed(self) -> int:
        """Return the number of alarms with a verdict."""
        return self.useful + self.false + self.artefact


def reviews(raised: Iterable[Occurrence]) -> Reviews:
    """Count the verdicts on alarms."""
    found = Counter(one.verdict for one in raised)
    useful, false, artefact = (found[verdict] for verdict in Verdict)
    reviewed = useful + false + artefact
    return Reviews(
        useful=useful,
        false=false,
        artefact=artefact,
        open=found[""],
        actionable_share=useful / reviewed if reviewed else None,
    )
