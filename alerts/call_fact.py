"""Steps of calls as facts. Pure."""

import enum
from dataclasses import dataclass
from typing import ClassVar


class CallStep(enum.StrEnum):
    """Step of a call."""

    ORDERED = "ordered"
    DELIVERED = "delivered"  # through one channel
    FAILED = "failed"  # through one channel
    RETRIED = "retried"  # ordered again on the channels that failed for a reason that may pass
    SKIPPED = "skipped"  # not tried: over, accepted, or replaced by a later call
    ACCEPTED = "accepted"
    DECLINED = "declined"  # the recipient cannot respond


class CallPurpose(enum.StrEnum):
    """Purpose of a call, which decides its words and its urgency."""

    FIRST = "first"  # the recipient learns of these alarms, before anybody else
    NEXT_TIER = "next-tier"  # the recipient learns of them: earlier recipients did not accept
    WORSE = "worse"  # the recipient knows of them; something new or higher was added
    AGAIN = "again"  # the recipient knows all of it, and nobody has accepted
    HANDED_ON = "handed-on"  # the recipient is asked to take over from the one who has accepted
    NOT_TAKEN = "not-taken"  # the recipient has handed on, and nobody has taken over
    OVER = "over"  # quiet: the alarms that the recipient was called about are over
    ACCEPTED = "accepted"  # quiet: another person has accepted or acknowledged them
    TEST = "test"

    @property
    def quiet(self) -> bool:
        """Return whether the call asks for nothing, so it needs no sound and no link."""
        return self in (CallPurpose.OVER, CallPurpose.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """One step of a call.

    Attributes:
        subject: the recipient's id; ``session`` for an acceptance by a person who was not called.
        at_ns: strictly increasing for each recipient.
        call: number of the notification, from 1; 0 for an acceptance without one.
        step: a `CallStep`.
        tier: from 1; 0 for a test call.
        alarms: their keys, highest first; empty for a test call.
        priority: of the highest, empty for a test call.
        channel: such as ``mailto``.
        reason: why it failed or was skipped.
        by: who accepted or declined.
        ladder: name of the ladder that was accepted; empty for any other step.
        purpose: a `CallPurpose`; empty for an answer.
        arrives_ns: when the person who accepted expects to arrive, or None.
    """

    kind: ClassVar[str] = "call"
    subject: str
    at_ns: int
    call: int
    step: str
    tier: int
    alarms: tuple[str, ...]
    priority: str
    channel: str | None = None
    reason: str = ""
    by: str | None = None
    ladder: str = ""
    purpose: str = ""
    arrives_ns: int | None = None
