"""Adverse events and the study drug, read from a policy's tables. Pure."""

from collections.abc import Callable, Sequence

from alerts.policy.study_drug import OTHER, StudyDrug
from alerts.policy.tables import DoseTable
from alerts.policy.toml_lines import Path

Report = Callable[[Path, str], None]


def checked_events(events: Sequence[str], report: Report) -> tuple[str, ...]:
    """Return the kinds of adverse events; report those that are there twice."""
    names = [name.strip() for name in events]
    for number, name in enumerate(names):
        if name == OTHER:
            report(("events", number), f"'{OTHER}' is always there; leave it out")
        elif name in names[:number]:
            report(("events", number), f"'{name}' is there twice; leave one out")
    return tuple(names)


def drug_of(table: DoseTable, report: Report) -> StudyDrug | None:
    """Return the study drug, or None after reporting amounts that are not a range."""
    ranges: dict[str, tuple[float, float] | None] = {}
    for key, amounts in (("range_mg", table.range_mg), ("supplement_mg", table.supplement_mg)):
        ranges[key] = None if amounts is None else (amounts[0], amounts[1])
        if amounts is not None and not 0 < amounts[0] <= amounts[1]:
            report(("dose", key), "must be the lowest and the highest amount, above 0")
    usual = ranges["range_mg"]
    if usual is None:
        return None
    supplement = ranges["supplement_mg"]
    return StudyDrug(name=table.drug.strip(), range_mg=usual, supplement_mg=supplement)
