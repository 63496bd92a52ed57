"""Errors of deliveries; the class decides what the outbox does next."""

from collections.abc import Mapping

from monitor.errors import OutputError


class RejectedError(OutputError):
    """The destination rejected a batch because of its content.

    Attributes:
        faults: reasons by the line's index in the batch, if the destination judged each line;
            empty if it did not.
    """

    def __init__(self, reason: str, faults: Mapping[int, str] | None = None) -> None:
        super().__init__(reason)
        self.faults = faults or {}


class TooLargeError(OutputError):
    """The batch is larger than the destination accepts."""


class UnavailableError(OutputError):
    """The destination accepts nothing at present; everything is kept and retried.

    Attributes:
        retry_after_s: seconds to wait that the destination requested, or None.
        has_message: the answer contains the destination's error message.
    """

    def __init__(
        self, reason: str, retry_after_s: float | None = None, *, has_message: bool = False
    ) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s
        self.has_message = has_message

    @property
    def may_be_content(self) -> bool:
        """Return whether another batch may succeed where this one fails repeatedly."""
        return self.retry_after_s is None


class MisconfiguredError(UnavailableError):
    """The destination accepts nothing until its configuration or ours is corrected."""

    may_be_content = False
