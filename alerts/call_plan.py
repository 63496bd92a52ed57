"""Call plan: recipients, tiers, and the alarms that a tier is for.

Pure records, from the configuration and in the journal. A plan has no addresses or secrets of
channels.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

CALLING = ("low", "medium", "high")  # priorities that a tier can be for; info never calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person who can be called.

    Attributes:
        id: names the recipient in tiers, entries and facts.
        name: shown on the console and in the journal; never in a message.
        role: such as ``study physician``.
        on_duty: at the start of the session; can change later.
        confirms: a channel confirms that it took a message.
    """

    id: str
    name: str
    role: str = ""
    on_duty: bool = True
    confirms: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Recipients who are called at the same time.

    Attributes:
        recipients: ids.
        accept_within_s: after this time without acceptance the next tier is called.
        priorities: of the alarms that this tier is for.
        technical_low: whether it is also for low alarms about the equipment.
    """

    recipients: tuple[str, ...]
    accept_within_s: float
    priorities: tuple[str, ...] = ("medium", "high")
    technical_low: bool = False

    def takes(self, priority: str, *, technical: bool) -> bool:
        """Return whether the tier is for an alarm."""
        if technical and priority == "low":
            return self.technical_low
        return priority in self.priorities


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The recipients and the order of tiers in which they are called."""

    recipients: tuple[Recipient, ...] = ()
    tiers: tuple[Tier, ...] = ()

    def recipient(self, name: str) -> Recipient | None:
        """Return the recipient with an id, or None."""
        return next((each for each in self.recipients if each.id == name), None)

    def name(self, recipient: str) -> str:
        """Return the name of an id; the id itself if the plan no longer has it."""
        found = self.recipient(recipient)
        return recipient if found is None else found.name

    def with_unconfirmed(self, names: Collection[str]) -> "Plan":
        """Return the plan with those recipients whose channels confirm nothing."""
        people = (replace(each, confirms=each.id not in names) for each in self.recipients)
        return replace(self, recipients=tuple(people))

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
        """Read a plan from a journal entry; None is a plan without recipients.

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
