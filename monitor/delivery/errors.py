"""Errors of deliveries; the class decides what the outbox does next."""

from monitor.errors import OutputError


class RejectedError(OutputError):
    """The destination rejected a batch because of its content.

    Attributes:
        partial: the destination stored the valid facts of the batch.
        outdated: number of facts outside the destination's retention, or None.
    """

    def __init__(self, reason: str, *, partial: bool = False, outdated: int | None = None) -> None:
        super().__init__(reason)
        self.partial = partial
        self.outdated = outdated


class TooLargeError(OutputError):
    """The batch is larger than the destination accepts."""


class UnavailableError(OutputError):
    """The destination accepts nothing at present; everything is kept and retried.

    Attributes:
        retry_after_s: seconds to wait that the destination requested, or None.
    """

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class MisconfiguredError(UnavailableError):
    """The destination accepts nothing until its configuration or ours is corrected."""
