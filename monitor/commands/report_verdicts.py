"""Verdicts of people on alarms, in `physiomon report`."""

from collections.abc import Iterable

from monitor.analysis.alarm_counts import Reviews
from monitor.analysis.alarm_report import RuleBurden
from monitor.commands.output import print_rows, print_title


def verdicts(reviews: Reviews) -> str:
    """Return the number of each verdict and the share of useful alarms."""
    return (
        f"{reviews.reviewed} of {reviews.reviewed + reviews.open}: useful {reviews.useful}, "
        f"false {reviews.false}, artefact {reviews.artefact}; "
        f"{reviews.actionable_share:.0%} actionable"
    )


def print_verdicts(rules: Iterable[RuleBurden]) -> None:
    """Print the verdicts on the alarms of each rule, if there are any."""
    judged = [(rule.rule, rule.reviews) for rule in rules if rule.reviews is not None]
    if any(reviews.reviewed for _, reviews in judged):
        print_title("Verdicts of people")
        print_rows(
            ("rule", "useful", "false", "artefact", "not reviewed"),
            ((rule, each.useful, each.false, each.artefact, each.open) for rule, each in judged),
        )
