"""Configuration of MQTT: the broker, the users who may send commands, and gateways.

The broker authenticates users (password, and an ACL by which each user publishes only under its
name); this configuration authorizes them.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from alerts.loopback import loopback
from monitor.config.plain_text import PlainText, sentence
from monitor.config.secrets import from_environment, from_file
from monitor.config.section import Code, Section, about

Kind = Literal["acknowledge", "unacknowledge", "reset", "marker", "pause"]
Words = Annotated[str, Field(min_length=1, max_length=60)]


class MqttUser(Section):
    """A user of the broker who may send commands."""

    name: Annotated[Code, about("Name of the broker's user.", "panel")]
    role: Annotated[Words, about("Role that is journaled with each command.", "nurse")]
    may: Annotated[
        list[Kind],
        Field(min_length=1),
        about("Commands that are accepted.", ["acknowledge", "marker"]),
    ]


class MqttSettings(Section):
    """The MQTT broker."""

    host: Annotated[
        str,
        Field(min_length=1, max_length=253),
        about("Host name or address of the broker.", "broker.clinic.example"),
    ]
    port: Annotated[int, Field(ge=1, le=65535), about("Port of the broker.", 8883)] = 8883
    user: Annotated[Code | None, about("Name of this service's user.", "physiomon")] = None
    password_env: Annotated[
        Words | None,
        about("Environment variable that holds the password.", "PHYSIOMON_MQTT_PASSWORD"),
    ] = None
    password_file: Annotated[
        str | None, about("File that holds the password.", "mqtt-password")
    ] = None
    ca_file: Annotated[
        str | None, about("File with the certificates of a private authority.", "clinic-ca.pem")
    ] = None
    tls: Annotated[
        bool,
        about("Use TLS. A broker on another computer then requires `plain_text`.", example=False),
    ] = True
    plain_text: PlainText = False
    home_assistant: Annotated[
        bool, about("Announce values and alarms to Home Assistant.", example=True)
    ] = False
    commands: list[MqttUser] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> "MqttSettings":
        if not (self.tls or self.plain_text or loopback(self.host)):
            raise ValueError(sentence("tls = false", "password and values", "remove it"))
        if self.password_env is not None and self.password_file is not None:
            raise ValueError("give either 'password_env' or 'password_file', not both")
        names = [each.name for each in self.commands]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"[[mqtt.commands]] {', '.join(twice)} is used twice; remove one")
        return self

    def password(self, beside: Path) -> SecretStr | None:
        """Read the password; return None if none is configured.

        Raises:
            ConfigError: the variable or file is missing or empty.
        """
        if self.password_env is not None:
            return from_environment(self.password_env, "[mqtt] password_env")
        if self.password_file is not None:
            return from_file(beside / self.password_file, "[mqtt] password_file")
        return None


class GatewayEntry(Section):
    """A gateway that sends sensors of this session."""

    id: Annotated[Code, about("Id of the gateway, as in its own file.", "room1")]


def check_gateways(
    gateways: list[GatewayEntry], used: list[tuple[str, str | None]], mqtt: MqttSettings | None
) -> None:
    """Check that sensors and gateways refer to each other, and that there is a broker.

    Args:
        gateways: of the configuration.
        used: label and gateway of each sensor.
        mqtt: section of the broker, or None.

    Raises:
        ValueError: names the mistake, and what to do.
    """
    ids = [each.id for each in gateways]
    if len(set(ids)) < len(ids):
        raise ValueError("two [[gateway]] have the same id; rename one")
    for label, gateway in used:
        if gateway is not None and gateway not in ids:
            raise ValueError(
                f"sensor {label} has gateway '{gateway}', which is not a [[gateway]]; add it"
            )
    idle = sorted(set(ids) - {gateway for _, gateway in used if gateway is not None})
    if idle:
        raise ValueError(
            f"no sensor has gateway {', '.join(idle)}; give one 'gateway = \"{idle[0]}\"'"
        )
    if ids and mqtt is None:
        raise ValueError("gateways require MQTT; add the section [mqtt]")
