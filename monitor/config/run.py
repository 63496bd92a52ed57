"""Configuration of `physiomon run`; see `monitor.config.file` for its errors."""

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from devices.addresses import normalise_address
from devices.broadcasts import EXTRA, parsers_installed
from devices.decoders import KINDS
from devices.sensor import RESERVED_LABELS
from monitor.config.calls import (
    CallsConfig,
    RecipientConfig,
    TierConfig,
    check_link_valid,
    check_plan,
)
from monitor.config.console import ConsoleConfig
from monitor.config.databases import GrafanaLiveSettings, InfluxSettings
from monitor.config.duty import roster_of
from monitor.config.heartbeat import HeartbeatConfig
from monitor.config.lsl import LslSettings
from monitor.config.mqtt import GatewayEntry, MqttSettings, check_gateways
from monitor.config.records import RecordsConfig
from monitor.config.section import Code, PlaceName, Section, about, valid_zone
from monitor.config.watch import WatchConfig


class SessionConfig(Section):
    """The participant, the place and the alarm policy."""

    id: Annotated[
        Code | None,
        about(
            "Id of the session. It names the journal. By default the newest session of the "
            "participant that nobody has ended is resumed, and a new one has an id made of "
            "participant and date.",
            "P07-day1",
        ),
    ] = None
    site: Annotated[PlaceName, about("Name of the site.", "zurich")]
    room: Annotated[PlaceName, about("Name of the room.", "2")] = "1"
    telephone: Annotated[
        Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ()/.-]{1,30}$")] | None,
        about("Telephone number of the room, for those who are called.", "+41 44 123 45 67"),
    ] = None
    participant: Annotated[Code, about("Study code of the participant, never a name.", "P07")]
    policy: Annotated[
        str, about("Name of a shipped policy, or path of a policy file.", "resting-adult")
    ] = "mdma-session"
    zone: Annotated[
        str | None,
        about("Time zone of the room's clock; by default that of this computer.", "Europe/Zurich"),
    ] = None

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str | None) -> str | None:
        return valid_zone(zone)


class SensorConfig(Section):
    """One sensor. Without an address or a name, the only one of its kind nearby is used."""

    label: Annotated[
        Code, about("Label of the sensor in channels such as `strap/heart_rate`.", "strap")
    ]
    kind: Annotated[str, about("One of the [kinds](../sensors.md).", "heart-rate-strap")]
    address: Annotated[
        str | None,
        about(
            "Bluetooth address of the device, with colons, hyphens or neither. Some devices change "
            "theirs: `physiomon scan` then prints `name`.",
            "A0:9E:1A:00:00:01",
        ),
    ] = None
    name: Annotated[str | None, about("Name that the device advertises.", "My strap")] = None
    gateway: Annotated[
        Code | None,
        about("Id of the gateway that reads the sensor; by default this machine does.", "room1"),
    ] = None
    adapter: Annotated[
        Annotated[str, Field(pattern=r"^hci[0-9]{1,2}$")] | None,
        about("Preferred Bluetooth adapter; by default any adapter with a free slot.", "hci1"),
    ] = None
    bond: Annotated[
        bool,
        about(
            "Pair before connecting. Most sensors that need it ask for it themselves.",
            example=True,
        ),
    ] = False
    key: Annotated[
        Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{24}|[0-9A-Fa-f]{32})$")] | None,
        about(
            "Key of encrypted advertisements: 24 (older Xiaomi) or 32 hexadecimal digits. "
            "It needs `address`.",
            "231d39c1d7cc1ab1aee224cd096db932",
        ),
    ] = None

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, address: str | None) -> str | None:
        return None if address is None else normalise_address(address)

    @model_validator(mode="after")
    def _known(self) -> "SensorConfig":
        if self.label in RESERVED_LABELS:
            raise ValueError(f"label '{self.label}' is reserved; choose another")
        if self.kind not in KINDS:
            raise ValueError(
                f"kind '{self.kind}' is unknown; known kinds: {', '.join(sorted(KINDS))}"
            )
        identified = self.address or self.name or self.gateway is not None
        if not (identified or KINDS[self.kind].is_recognisable):
            raise ValueError(
                f"no advertisement shows that a sensor is of kind '{self.kind}'; add its 'address' "
                "or 'name'"
            )
        broadcasts = KINDS[self.kind].broadcasts
        if broadcasts and not parsers_installed():
            raise ValueError(f"kind '{self.kind}' requires the parsers of advertisements: {EXTRA}")
        if self.key is not None and (not broadcasts or self.address is None):
            raise ValueError("'key' requires a broadcasting thermometer with an 'address'")
        return self


class JournalConfig(Section):
    """The folder of the journals."""

    directory: Annotated[
        str, about("Folder in which the journal is written.", "/var/lib/physiomon")
    ] = "journals"
    signing_key_file: Annotated[
        str | None,
        about(
            "Ed25519 key in PEM that signs the heads of journals; by default it is `signing.key` "
            "in the folder of the journals, and is created at the first start.",
            "/run/credentials/physiomon.service/signing.key",
        ),
    ] = None


class RadioConfig(Section):
    """The radio that receives the sensors."""

    virtual: Annotated[
        str | None,
        about(
            "Address of a shared radio (`physiomon virtual shared-radio`); by default the "
            "Bluetooth adapters of this machine are used.",
            "127.0.0.1:7300",
        ),
    ] = None
    power_cycle: Annotated[
        bool,
        about(
            "Switch a Bluetooth adapter off and on if it stays busy or aborts all connections for "
            "45 s, and no program uses a connection of it.",
            True,  # noqa: FBT003
        ),
    ] = False


class OverrideConfig(Section):
    """A rule that differs for this participant from the beginning of the session."""

    rule: Annotated[str, about("Id of the rule.", "hr-110")]
    changes: Annotated[
        dict[str, bool | float | str],
        about(
            "[Keys of the rule](policy-keys.md) with their new values; `enabled = false` "
            "switches the rule off.",
            {"above": 125.0, "clear": 120.0},
        ),
    ]
    by: Annotated[
        str, Field(min_length=1, max_length=80), about("Who decided it.", "Dr A. Example")
    ]
    reason: Annotated[str, Field(min_length=1, max_length=500), about("Why.", "rests at 105")]


class Config(Section):
    """A whole configuration file."""

    session: SessionConfig
    sensor: Annotated[list[SensorConfig], Field(min_length=1)]
    override: list[OverrideConfig] = Field(default_factory=list)
    journal: JournalConfig = Field(default_factory=JournalConfig)
    radio: RadioConfig = Field(default_factory=RadioConfig)
    console: ConsoleConfig = Field(default_factory=ConsoleConfig)
    influx: InfluxSettings | None = None
    grafana_live: GrafanaLiveSettings | None = None
    mqtt: MqttSettings | None = None
    lsl: LslSettings | None = None
    heartbeat: HeartbeatConfig | None = None
    records: RecordsConfig | None = None
    watch: WatchConfig | None = None
    gateway: list[GatewayEntry] = Field(default_factory=list)
    recipient: list[RecipientConfig] = Field(default_factory=list)
    tier: list[TierConfig] = Field(default_factory=list)
    calls: CallsConfig = Field(default_factory=CallsConfig)

    @model_validator(mode="after")
    def _unique(self) -> "Config":
        labels = [sensor.label for sensor in self.sensor]
        twice = {label for label in labels if labels.count(label) > 1}
        if twice:
            raise ValueError(f"sensor label {', '.join(sorted(twice))} is used twice; rename one")
        check_plan(self.recipient, self.tier)
        check_link_valid(self.calls, self.tier)
        roster_of(self.recipient, self.session.zone)
        used = [(sensor.label, sensor.gateway) for sensor in self.sensor]
        check_gateways(self.gateway, used, self.mqtt)
        if self.gateway and self.session.id is None:
            raise ValueError("[session] needs an 'id' if it has gateways, which must use the same")
        return self


def journal_name(session_id: str) -> str:
    """Return the file name of a session's journal."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", session_id) + ".journal"
