"""Who is called about an alarm: recipients, tiers, and the alarms a tier is for.

Pure records, as the configuration gives them and the journal keeps them. Addresses and secrets of
the channels are no part of a plan.
"""

from dataclasses import asdict, dataclass
from typing import Any

CALLING = ("low", "medium", "high")  # priorities that a tier can be for; info never calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who can be called.

    Attributes:
        id: names the recipient in tiers, entries and facts.
        name: as people see it on the console and in the journal; no message carries it.
        role: such as ``study physician``.
        on_duty: when the session begins; changed in the session.
    """

    id: str
    name: str
    role: str = ""
    on_duty: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Recipients who are called at the same time.

    Attributes:
        recipients: ids.
        accept_within_s: after this time without acceptance the next tier is called.
        priorities: of the alarms that this tier is for.
        technical_low: it is also for low alarms about the equipment.
    """

    recipients: tuple[str, ...]
    accept_within_s: float
    priorities: tuple[str, ...] = ("medium", "high")
    technical_low: bool = False

    def takes(self, priority: str, *, technical: bool) -> bool:
        """Tell whether an alarm is this tier's business."""
        if technical and priority == "low":
            return self.technical_low
        return priority in self.priorities


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everybody who can be called, and in which order."""

    recipients: tuple[Recipient, ...] = ()
    tiers: tuple[Tier, ...] = ()

    def recipient(self, name: str) -> Recipient | None:
        """Return the recipient of an id."""
        return next((each for each in self.recipients if each.id == name), None)

    def name(self, recipient: str) -> str:
        """Return the name behind an id; the id itself where the plan has it no more."""
        found = self.recipient(recipient)
        return recipient if found is None else found.name

    def body(self) -> dict[str, Any]:
        """Return it as part of a journal entry."""
        return {
            "recipients": [asdict(recipient) for recipient in self.recipients],
            "tiers": [
                {**asdict(tier), "recipients": [*tier.recipients], "priorities": [*tier.priorities]}
                for tier in self.tiers
            ],
        }

    @classmethod
    def from_body(cls, body: dict[str, Any] | None) -> "Plan":
        """Read it back; an entry without one has nobody to call.

        >>> plan = Plan(
        ...     recipients=(Recipient(id="a", name="A"),),
        ...     tiers=(Tier(recipients=("a",), accept_within_s=60.0),),
        ... )
        >>> Plan.from_body(plan.body()) == plan, Plan.from_body(None) == Plan()
        (True, True)
        """
        if body is None:
            return cls()
        return cls(
            recipients=tuple(Recipient(**each) for each in body["recipients"]),
            tiers=tuple(
                Tier(
                    recipients=tuple(tier["recipients"]),
                    accept_within_s=tier["accept_within_s"],
                    priorities=tuple(tier["priorities"]),
                    technical_low=tier["technical_low"],
                )
                for tier in body["tiers"]
            ),
        )
