"""Adverse events as the console shows and reports them."""

from collections.abc import Sequence
from dataclasses import dataclass

SEVERITIES = {1: "mild", 2: "moderate", 3: "severe"}
RELATIONS = ("none", "unlikely", "possible", "probable", "definite")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventReport:
    """An adverse event as a person reports or changes it.

    Attributes:
        kind: of the policy's list, or ``other``.
        severity: a key of `SEVERITIES`.
        started_ns: None for now.
        ended_ns: None while it is not over.
        relation: one of `RELATIONS` (caused by the drug); None for what the time suggests.
        action: what was done; may be empty.
        text: description; required for ``other``.
    """

    kind: str
    severity: int
    started_ns: int | None = None
    ended_ns: int | None = None
    relation: str | None = None
    action: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventStepView:
    """A step of an adverse event: ``reported``, ``changed``, ``ended`` or ``withdrawn``."""

    at_ns: int
    step: str
    by: str
    reason: str
    report: AdverseEventReport


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventView:
    """An adverse event.

    Attributes:
        event: identifies it in `Backend.change_event`.
        report: as it stands now; `started_ns` is set.
        steps: all steps, oldest first.
        after_dose_s: seconds from the dose to its start, negative before; None without a dose.
    """

    event: int
    report: AdverseEventReport
    steps: Sequence[AdverseEventStepView]
    after_dose_s: float | None

    @property
    def withdrawn(self) -> bool:
        """Return whether it was withdrawn."""
        return self.steps[-1].step == "withdrawn"

    @property
    def open(self) -> bool:
        """Return whether it is neither over nor withdrawn."""
        return self.report.ended_ns is None and not self.withdrawn
