"""Finding of `physiomon doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check; `advice` is what to do if it failed."""

    what: str
    ok: bool
    found: str
    advice: str = ""
