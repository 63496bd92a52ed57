"""What a session is, as its journal's first entry says it."""

import datetime
from dataclasses import asdict, dataclass, field
from typing import Any

from alerts.call_plan import Plan
from alerts.policy.overrides import Override
from alerts.policy.parser import parse_policy
from alerts.policy.rules import Policy
from devices.decoders import KINDS
from devices.sensor import SensorSpec
from monitor.errors import ActError, JournalError

# How facts are derived from entries; it goes up with each change of them. Entries of any older
# version are read and derived as today; what was derived from them then cannot be compared.
DERIVATION = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSpec:
    """One monitored stay of one participant.

    Attributes:
        id: unique for the site; names the journal file.
        participant: a study code, never a name.
        virtual: its sensors are simulated.
        software: version of physiomon that began to record it.
        overrides: rules that are other for this participant from the beginning.
        calls: who is called about alarms.
        utc_offset_s: of the site's local time, which sensors with a clock tell; None: not known.
        derivation: see `DERIVATION`.
        salt: random, so that nobody without the journal can try names against its pseudonyms.
    """

    id: str
    site: str
    room: str
    participant: str
    virtual: bool
    software: str
    policy: Policy
    sensors: tuple[SensorSpec, ...]
    overrides: tuple[Override, ...] = ()
    calls: Plan = field(default_factory=Plan)
    utc_offset_s: int | None = None
    derivation: int = DERIVATION
    salt: str = ""

    @property
    def zone(self) -> datetime.tzinfo | None:
        """Return the time zone of the room; None where it is not known."""
        if self.utc_offset_s is None:
            return None
        return datetime.timezone(datetime.timedelta(seconds=self.utc_offset_s))

    def body(self) -> dict[str, object]:
        """Return it as the body of a session entry; the policy goes in as its text."""
        policy = self.policy
        return {
            "id": self.id,
            "site": self.site,
            "room": self.room,
            "participant": self.participant,
            "virtual": self.virtual,
            "software": self.software,
            "policy": {
                "name": policy.name,
                "version": policy.version,
                "digest": policy.digest,
                "text": policy.text,
            },
            "sensors": [sensor.body() for sensor in self.sensors],
            "overrides": [asdict(override) for override in self.overrides],
            **({"calls": self.calls.body()} if self.calls.tiers else {}),
            **({} if self.utc_offset_s is None else {"utc_offset_s": self.utc_offset_s}),
            "derivation": self.derivation,
            **({"salt": self.salt} if self.salt else {}),
        }

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> "SessionSpec":
        """Read it back from a session entry.

        Raises:
            PolicyError: the policy's text is not one that this version understands.
            JournalError: the facts are made in a way that this version does not know.
        """
        derivation = body.get("derivation", 1)
        if derivation > DERIVATION:
            raise JournalError(
                f"session {body['id']} was recorded by physiomon {body['software']}, which makes "
                "facts in a way that this version does not know; use that version or a newer one"
            )
        return cls(
            id=body["id"],
            site=body["site"],
            room=body["room"],
            participant=body["participant"],
            virtual=body["virtual"],
            software=body["software"],
            policy=parse_policy(
                body["policy"]["text"],
                f"policy {body['policy']['name']}",
                recorded=derivation < DERIVATION,
            ),
            sensors=tuple(SensorSpec(**sensor) for sensor in body["sensors"]),
            overrides=tuple(Override(**override) for override in body.get("overrides", ())),
            calls=Plan.from_body(body.get("calls")),
            utc_offset_s=body.get("utc_offset_s"),
            derivation=derivation,
            salt=body.get("salt", ""),
        )


def refuse_clash(spec: SensorSpec, other: SensorSpec, where: str) -> None:
    """Refuse a device that another sensor has, or may take as the first of its kind.

    Raises:
        ActError: names where the other is.
    """
    if spec.address is not None and other.address is not None:
        if spec.address.lower() == other.address.lower():
            raise ActError(f"that device is {where} already; choose another")
        return
    if spec.name is not None and spec.name == other.name and not (spec.address or other.address):
        raise ActError(f"that device is {where} already; choose another")
    anyone = [not (each.address or each.name) and each.gateway is None for each in (spec, other)]
    if spec.kind == other.kind and any(anyone):
        raise ActError(
            f"{where} is a {KINDS[other.kind].label.lower()} too, and one of the two has neither "
            "address nor name: it might take the other's device; choose by address or name"
        )
