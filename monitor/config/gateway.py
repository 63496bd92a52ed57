"""The configuration of `physiomon gateway`, read from TOML."""

from typing import Annotated

from pydantic import Field, model_validator

from monitor.config.mqtt import MqttSettings
from monitor.config.run import JournalConfig, RadioConfig, SensorConfig
from monitor.config.section import Code, Section


class GatewayWho(Section):
    """Which gateway this is, and for which session it reads sensors.

    Attributes:
        id: as in the session's ``[[gateway]]``.
        session: as in the session's ``[session]``, key 'id'.
    """

    id: Code
    site: Code
    session: Code


class GatewayConfig(Section):
    """A whole configuration file of a gateway."""

    gateway: GatewayWho
    sensor: Annotated[list[SensorConfig], Field(min_length=1)]
    mqtt: MqttSettings
    journal: JournalConfig = Field(default_factory=JournalConfig)
    radio: RadioConfig = Field(default_factory=RadioConfig)

    @model_validator(mode="after")
    def _sound(self) -> "GatewayConfig":
        labels = [sensor.label for sensor in self.sensor]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"sensor label {', '.join(twice)} is used twice; rename one")
        if any(sensor.gateway is not None for sensor in self.sensor):
            raise ValueError("'gateway' stands in the session's configuration, not here")
        return self
