"""Configuration of `physiomon gateway`."""

from typing import Annotated

from pydantic import Field, model_validator

from monitor.config.mqtt import MqttSettings
from monitor.config.run import JournalConfig, RadioConfig, SensorConfig
from monitor.config.section import Code, PlaceName, Section, about


class GatewayWho(Section):
    """The gateway, and the session for which it reads sensors."""

    id: Annotated[Code, about("Id of this gateway, as in the session's `[[gateway]]`.", "room1")]
    site: Annotated[PlaceName, about("Site of the session.", "zurich")]
    session: Annotated[Code, about("Id of the session, as in its `[session]`.", "P07-day1")]


class GatewayConfig(Section):
    """A whole configuration file of a gateway."""

    gateway: GatewayWho
    sensor: Annotated[list[SensorConfig], Field(min_length=1)]
    mqtt: MqttSettings
    journal: JournalConfig = Field(default_factory=JournalConfig)
    radio: RadioConfig = Field(default_factory=RadioConfig)

    @model_validator(mode="after")
    def _consistent(self) -> "GatewayConfig":
        labels = [sensor.label for sensor in self.sensor]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"sensor label {', '.join(twice)} is used twice; rename one")
        if any(sensor.gateway is not None for sensor in self.sensor):
            raise ValueError(
                "'gateway' belongs to the session's configuration, not here; remove it"
            )
        return self
