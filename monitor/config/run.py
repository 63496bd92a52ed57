"""The configuration of `physiomon run`, read from TOML.

pydantic checks it at the edge; an error names file, line, key and what is allowed.
"""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator

from devices.broadcasts import EXTRA, installed
from devices.decoders import KINDS
from devices.sensor import RESERVED_LABELS
from monitor.config.calls import CallsConfig, RecipientConfig, TierConfig, check_plan
from monitor.config.mqtt import GatewayEntry, MqttSettings, check_gateways
from monitor.config.section import Code, Section
from monitor.errors import ConfigError

_DNS_NAME = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"


class SessionConfig(Section):
    """Who is monitored, and where.

    Attributes:
        id: names the journal; by default participant and date.
        participant: a study code, never a name.
        policy: name of a shipped policy, or path of a TOML file beside the configuration.
        zone: of the room's clock, such as ``Europe/Zurich``; by default this computer's.
    """

    id: Code | None = None
    site: Code
    room: Code = "1"
    participant: Code
    policy: str = "mdma-session"
    zone: str | None = None

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str | None) -> str | None:
        try:
            return None if zone is None else ZoneInfo(zone).key
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError(f"'{zone}' is no time zone; give one such as Europe/Zurich") from None


class SensorConfig(Section):
    """One sensor; without address or name the first of its kind that is found.

    Attributes:
        gateway: id of the gateway that reads it; by default this machine does.
        adapter: Bluetooth adapter to prefer, such as ``hci1``; by default whichever has room.
        bond: pair before connecting; most sensors that want it ask for it by themselves.
        key: of encrypted advertisements, 24 (older Xiaomi) or 32 hex digits.
    """

    label: Code
    kind: str
    address: str | None = None
    name: str | None = None
    gateway: Code | None = None
    adapter: Annotated[str, Field(pattern=r"^hci[0-9]{1,2}$")] | None = None
    bond: bool = False
    key: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{24}|[0-9A-Fa-f]{32})$")] | None = None

    @model_validator(mode="after")
    def _known(self) -> "SensorConfig":
        if self.label in RESERVED_LABELS:
            raise ValueError(f"label '{self.label}' means no sensor; choose another")
        if self.kind not in KINDS:
            raise ValueError(f"kind '{self.kind}' is unknown; there are {', '.join(sorted(KINDS))}")
        broadcasts = KINDS[self.kind].broadcasts
        if broadcasts and not installed():
            raise ValueError(f"kind '{self.kind}' needs parsers of advertisements: {EXTRA}")
        if self.key is not None and (not broadcasts or self.address is None):
            raise ValueError("'key' goes with a thermometer that broadcasts, and its 'address'")
        return self


class JournalConfig(Section):
    """Where journals are kept."""

    directory: str = "journals"


class RadioConfig(Section):
    """Where the sensors are.

    Attributes:
        virtual: ``127.0.0.1:PORT`` of a virtual air; by default this machine's own Bluetooth.
    """

    virtual: str | None = None


class ConsoleConfig(Section):
    """Where the console listens, and who may come in.

    Attributes:
        accounts: file of the accounts; without it nobody logs in.
        certificate: PEM file of the server's certificate with its chain.
        key: PEM file of its private key.
        behind_proxy: a proxy on the way does TLS, and nobody can come past it.
        names: DNS names by which browsers ask for the console; addresses need none.
        idle_minutes: a login without an open page ends after them.
        login_hours: a login ends after them.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    accounts: str | None = None
    certificate: str | None = None
    key: str | None = None
    behind_proxy: bool = False
    names: list[Annotated[str, Field(pattern=_DNS_NAME)]] = Field(default_factory=list)
    idle_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    login_hours: Annotated[float, Field(gt=0, le=72)] = 12.0

    @model_validator(mode="after")
    def _open_to(self) -> "ConsoleConfig":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("'certificate' and 'key' go together; give both files, or none")
        safe = self.accounts is not None and (self.certificate is not None or self.behind_proxy)
        if self.host != "localhost" and not _loopback(self.host) and not safe:
            raise ValueError(
                f"host '{self.host}' is not this machine; that needs 'accounts', and either "
                "'certificate' and 'key' or 'behind_proxy = true': see docs/accounts.md"
            )
        return self


class OverrideConfig(Section):
    """A rule that is other for this participant from the beginning of the session.

    Attributes:
        changes: keys of a policy file with their new values.
        by: who has decided it.
        reason: why.
    """

    rule: str
    changes: dict[str, bool | float | str]
    by: Annotated[str, Field(min_length=1, max_length=80)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class InfluxSettings(Section):
    """The InfluxDB that gets a copy of every fact.

    Attributes:
        url: such as ``http://127.0.0.1:8086``.
        token_env: environment variable that holds the token, or ``user:password`` for 1.x.
        token_file: file that holds it.
        auth: how the token is sent: ``token`` for 2.x and 3.x, ``basic`` for 1.x.
        ca_file: certificates of a private authority.
    """

    url: Annotated[str, Field(pattern=r"^https?://[^\s/@]+(:\d+)?/?$")]
    org: str = "-"
    bucket: Annotated[str, Field(min_length=1)]
    token_env: str | None = None
    token_file: str | None = None
    auth: Literal["token", "basic"] = "token"
    ca_file: str | None = None

    def token(self) -> SecretStr:
        """Return the secret.

        Raises:
            ConfigError: it is not where the configuration says.
        """
        if self.token_env is not None:
            value = os.environ.get(self.token_env, "")
            if not value:
                raise ConfigError(
                    f"[influx] token_env: set the environment variable {self.token_env}"
                )
            return SecretStr(value)
        if self.token_file is not None:
            return _secret("influx", self.token_file)
        return SecretStr("")


class GrafanaLiveSettings(Section):
    """The Grafana that is shown the newest readings each second.

    Attributes:
        url: such as ``http://127.0.0.1:3000``.
        token_file: file that holds a service account's token.
        stream: names the channels: ``stream/physiomon/heart_rate``.
    """

    url: Annotated[str, Field(pattern=r"^https?://[^\s/@]+(:\d+)?/?$")]
    token_file: str
    # Grafana takes no dot in a channel's namespace.
    stream: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "physiomon"

    def token(self) -> SecretStr:
        """Return the secret.

        Raises:
            ConfigError: it is not where the configuration says.
        """
        return _secret("grafana_live", self.token_file)


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
        used = [(sensor.label, sensor.gateway) for sensor in self.sensor]
        check_gateways(self.gateway, used, self.mqtt)
        if self.gateway and self.session.id is None:
            raise ValueError("[session] needs an 'id' that its gateways name too")
        return self


def _secret(section: str, path: str) -> SecretStr:
    try:
        return SecretStr(Path(path).read_text().strip())
    except OSError as error:
        raise ConfigError(f"[{section}] token_file: cannot read {path}: {error.strerror}") from None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def journal_name(session_id: str) -> str:
    """Return the file name of a session's journal."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", session_id) + ".journal"
