"""Specification of a session: the first entry of its journal."""

import datetime
from dataclasses import asdict, dataclass, field
from typing import Any

from alerts.call_plan import Plan
from alerts.policy.overrides import Override
from alerts.policy.parser import parse_policy
from alerts.policy.rules import Policy
from devices.decoders import KINDS
from devices.sensor import SensorSpec
from monitor.core.imported import Imported
from monitor.errors import ActError, JournalError

# Version of the derivation of facts from entries; it increases with each change of facts. Entries
# of older versions are read and derived as today, but their recorded facts cannot be compared.
DERIVATION = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSpec:
    """One monitored stay of one participant.

    Attributes:
        id: unique for the site; the name of the journal file.
        participant: a study code, never a name.
        virtual: its sensors are simulated.
        software: version of physiomon that started the recording.
        overrides: initial changes of rules for this participant.
        calls: call plan.
        utc_offset_s: of the site's local time, which sensor clocks use; None: unknown.
        derivation: see `DERIVATION`.
        salt: random, so that pseudonyms cannot be guessed without the journal.
        configured_as: id or participant in the configuration file, if a person started the session
            on the page for another participant; otherwise empty.
        begun_by: that person.
        imported: where it was recorded, if not by physiomon.
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
    configured_as: str = ""
    begun_by: str = ""
    imported: Imported | None = None

    @property
    def zone(self) -> datetime.tzinfo | None:
        """Return the time zone of the room, or None if unknown."""
        if self.utc_offset_s is None:
            return None
        return datetime.timezone(datetime.timedelta(seconds=self.utc_offset_s))

    def body(self) -> dict[str, object]:
        """Return the body of a session entry, including the text of the policy."""
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
            **({"configured_as": self.configured_as} if self.configured_as else {}),
            **({"begun_by": self.begun_by} if self.begun_by else {}),
            **({"imported": self.imported.body()} if self.imported is not None else {}),
        }

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> "SessionSpec":
        """Read a specification from the body of a session entry.

        Raises:
            PolicyError: this version cannot read the policy.
            JournalError: the derivation of facts is newer than this version.
        """
        derivation = body.get("derivation", 1)
        if derivation > DERIVATION:
            raise JournalError(
                f"session {body['id']} was recorded by the newer version physiomon "
                f"{body['software']}; use that version or a newer one"
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
            configured_as=body.get("configured_as", ""),
            begun_by=body.get("begun_by", ""),
            imported=Imported.from_body(body["imported"]) if "imported" in body else None,
        )


def refuse_clash(spec: SensorSpec, other: SensorSpec, where: str) -> None:
    """Refuse a device that another sensor uses, or may use as the only one of its kind.

    Raises:
        ActError: the message shows where the other sensor is.
    """
    if spec.address is not None and other.address is not None:
        if spec.address.lower() == other.address.lower():
            raise ActError(f"that device is already {where}; choose another")
        return
    if spec.name is not None and spec.name == other.name and not (spec.address or other.address):
        raise ActError(f"that device is already {where}; choose another")
    anyone = [not (each.address or each.name) and each.gateway is None for each in (spec, other)]
    if spec.kind == other.kind and any(anyone):
        raise ActError(
            f"{where} is a {KINDS[other.kind].label.lower()} too, and one of the two has neither "
            "address nor name and might use the other's device; choose by address or name"
        )
