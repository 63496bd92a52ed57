"""Errors with which a destination refuses a delivery; each decides what the outbox does next."""

from monitor.errors import OutputError


class RejectedError(OutputError):
    """The destination understood the batch and will never take it as it is: a poison point.

    Attributes:
        partial: the destination has stored the facts of the batch that are not at fault.
        outdated: how many of its facts are outside the destination's retention, or None.
    """

    def __init__(self, reason: str, *, partial: bool = False, outdated: int | None = None) -> None:
        super().__init__(reason)
        self.partial = partial
        self.outdated = outdated


class TooLargeError(OutputError):
    """The batch is larger than the destination takes at once."""


class UnavailableError(OutputError):
    """The destination cannot take anything now; everything is kept.

    Attributes:
        retry_after_s: how long it asked us to wait, or None.
    """

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class MisconfiguredError(UnavailableError):
    """It answers, and will take nothing until somebody changes something; everything is kept."""
