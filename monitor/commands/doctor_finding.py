"""What `physiomon doctor` finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do when it is not well."""

    what: str
    well: bool
    found: str
    advice: str = ""
