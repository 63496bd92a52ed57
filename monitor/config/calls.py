"""Configuration of calls: recipients, tiers, channels and links."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.call_plan import Plan, Recipient, Tier
from alerts.policy.expressions import TermError, parse_duration
from alerts.roster import Shift, parse_shift, refuse_overlap
from monitor.config.plain_text import PlainText, refuse_plain_text
from monitor.config.secrets import from_environment, private_file
from monitor.config.section import Code, Section, about

_SHORTEST_S, _LONGEST_S = 10.0, 3600.0
Priority = Literal["low", "medium", "high"]
Content = Literal["full", "code", "none"]
Words = Annotated[str, Field(min_length=1, max_length=80)]


class ChannelConfig(Section):
    """One way to a recipient: an Apprise URL, which is a secret."""

    kind: Annotated[
        Code | None, about("Name of the channel in journals; by default the URL's scheme.", "pager")
    ] = None
    url_env: Annotated[
        Words | None, about("Environment variable that holds the URL.", "PHYSIOMON_PAGER_URL")
    ] = None
    url_file: Annotated[str | None, about("File that holds the URL.", "secrets/ntfy.url")] = None
    content: Annotated[
        Content | None,
        about("Content of messages on this channel; by default that of the recipient.", "none"),
    ] = None
    plain_text: PlainText = False

    @model_validator(mode="after")
    def _one(self) -> "ChannelConfig":
        if (self.url_env is None) == (self.url_file is None):
            raise ValueError(
                "give either 'url_env' or 'url_file' for a channel; its URL is a secret and must "
                "not be written here"
            )
        return self

    def url(self, recipient: str, beside: Path) -> SecretStr:
        """Read the URL.

        Raises:
            ConfigError: the variable or file is missing or empty, or others can use the file.
        """
        if self.url_env is not None:
            return from_environment(self.url_env, f"[[recipient]] {recipient}, url_env")
        return private_file(beside / str(self.url_file), f"[[recipient]] {recipient}, url_file")


class RecipientConfig(Section):
    """A person who can be called."""

    id: Annotated[Code, about("Id that tiers refer to.", "anna")]
    name: Annotated[Words, about("Name that the console and the journal show.", "Anna Amsler")]
    role: Annotated[str, Field(max_length=80), about("Role of the person.", "study physician")] = ""
    on_duty: Annotated[
        bool,
        about(
            "Whether the person is on duty when a session begins; without `duty`.", example=False
        ),
    ] = True
    duty: Annotated[
        list[str] | None,
        Field(min_length=1),
        about(
            "Weekly shifts by the clock of `zone` in `[session]`: weekdays from `mon` to `sun`, or "
            "`daily`, and times; a shift that ends before it begins ends on the next day.",
            ["mon-fri 08:00-20:00", "sat,sun 10:00-16:00"],
        ),
    ] = None
    content: Annotated[
        Content,
        about(
            "Content of messages: `full`; `code` for priority, participant code, room and kind of "
            "the rule, without values; `none` for the room alone.",
            "code",
        ),
    ] = "full"
    channels: Annotated[list[ChannelConfig], Field(min_length=1)]

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """Return the weekly shifts."""
        return tuple(parse_shift(text) for text in self.duty or ())

    @model_validator(mode="after")
    def _shifts_are_possible(self) -> "RecipientConfig":
        if self.duty is not None and "on_duty" in self.model_fields_set:
            raise ValueError("'on_duty' has no effect on a recipient with 'duty'; remove one")
        refuse_overlap(self.shifts)
        return self


class TierConfig(Section):
    """Recipients who are called at the same time. Tiers are called in the order of the file."""

    recipients: Annotated[
        list[Code], Field(min_length=1), about("Ids of the recipients.", ["anna", "ben"])
    ]
    accept_within: Annotated[
        str,
        about("Time after which the next tier is called, from `10s` to `1h`.", "2min"),
    ]
    priorities: Annotated[
        list[Priority],
        Field(min_length=1),
        about("Priorities of the alarms that call this tier.", ["high"]),
    ] = Field(default_factory=lambda: list[Priority](("medium", "high")))
    technical_low: Annotated[
        bool, about("Call this tier for technical alarms of low priority as well.", example=True)
    ] = False

    @field_validator("accept_within")
    @classmethod
    def _in_time(cls, text: str) -> str:
        if not _SHORTEST_S <= duration(text) <= _LONGEST_S:
            raise ValueError(f"accept_within '{text}' is out of range; use 10s to 1h")
        return text


class CallsConfig(Section):
    """Links by which a recipient accepts a call, and certificates of the channels."""

    link: Annotated[
        Annotated[str, Field(pattern=r"^https?://[^\s/@]+(/[^\s@?#]*)?$")] | None,
        about(
            "Address under which telephones reach the console's page `/accept/`. "
            "Without it, messages contain no link.",
            "https://calls.example.org",
        ),
    ] = None
    secret_file: Annotated[
        str | None,
        about(
            "File with the key that signs links. It is created if it does not exist; "
            "by default it is `accept.key` in the folder of the journals.",
            "accept.key",
        ),
    ] = None
    secret_env: Annotated[
        Words | None,
        about("Environment variable that holds the key instead.", "PHYSIOMON_ACCEPT_KEY"),
    ] = None
    link_valid: Annotated[str, about("Time for which a link is valid, `10s` or more.", "12h")] = (
        "12h"
    )

    ca_file: Annotated[
        str | None,
        about(
            "File with the certificates (PEM) of the authorities that channels of every kind "
            "trust; by default those of this computer.",
            "ca.pem",
        ),
    ] = None

    plain_text: PlainText = False

    @field_validator("link_valid")
    @classmethod
    def _a_duration(cls, text: str) -> str:
        if duration(text) < _SHORTEST_S:
            raise ValueError(f"link_valid '{text}' is too short; use 10s or more")
        return text

    @model_validator(mode="after")
    def _consistent(self) -> "CallsConfig":
        if self.secret_file is not None and self.secret_env is not None:
            raise ValueError("give either 'secret_file' or 'secret_env', not both")
        if self.link is not None and not self.plain_text:
            refuse_plain_text(self.link, "link", "links that accept calls")
        return self


def check_plan(recipients: Sequence[RecipientConfig], tiers: Sequence[TierConfig]) -> None:
    """Check that every recipient is in a tier, and every tier has known recipients.

    Raises:
        ValueError: names the recipients, and what to do.
    """
    ids = [recipient.id for recipient in recipients]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ValueError(f"recipient id {', '.join(twice)} is used twice; rename one")
    called = [each for tier in tiers for each in tier.recipients]
    unknown = sorted(set(called) - set(ids))
    if unknown:
        raise ValueError(
            f"a [[tier]] calls {', '.join(unknown)}, which is not a [[recipient]]; known: "
            f"{', '.join(ids) or 'none'}"
        )
    left_out = sorted(set(ids) - set(called))
    if left_out:
        raise ValueError(f"recipient {', '.join(left_out)} is not in any [[tier]]; add it to one")


def check_link_valid(calls: CallsConfig, tiers: Sequence[TierConfig]) -> None:
    """Check that a link is valid for as long as its recipient has time to accept.

    Raises:
        ValueError: names both times.
    """
    longest = max((tier.accept_within for tier in tiers), key=duration, default="0s")
    if duration(calls.link_valid) < duration(longest):
        raise ValueError(
            f"link_valid '{calls.link_valid}' is shorter than accept_within '{longest}' of a "
            "[[tier]]; a link must be valid at least as long"
        )


def call_plan(recipients: Sequence[RecipientConfig], tiers: Sequence[TierConfig]) -> Plan:
    """Return the call plan, without URLs and secrets."""
    return Plan(
        recipients=tuple(
            Recipient(id=each.id, name=each.name, role=each.role, on_duty=each.on_duty)
            for each in recipients
        ),
        tiers=tuple(
            Tier(
                recipients=tuple(dict.fromkeys(tier.recipients)),
                accept_within_s=duration(tier.accept_within),
                priorities=tuple(tier.priorities),
                technical_low=tier.technical_low,
            )
            for tier in tiers
        ),
    )


def duration(text: str) -> float:
    """Convert a duration to seconds.

    Raises:
        ValueError: the duration is not valid.
    """
    try:
        return parse_duration(text)
    except TermError as error:
        raise ValueError(str(error)) from None
