"""Checks before the dose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCheckView:
    """A baseline that is to be established, or a measurement that the protocol asks for.

    Attributes:
        what: ``Baseline of core temperature``.
        progress: ``settling, 9 of 15 min``.
        done: it is ready.
    """

    what: str
    progress: str
    done: bool

    @property
    def text(self) -> str:
        """Return it in one line."""
        return f"{self.what}: {self.progress}"
