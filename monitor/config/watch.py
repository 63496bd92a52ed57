"""Configuration of a second physiomon that watches another one."""

import ssl
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from monitor.certificates import trusted
from monitor.config.calls import CallsConfig, RecipientConfig
from monitor.config.duty import roster_of
from monitor.config.plain_text import PlainText, refuse_plain_text
from monitor.config.section import Section, about, valid_zone


class WatchConfig(Section):
    """Another physiomon, whose health is asked for; people are called when it is not well."""

    url: Annotated[
        Annotated[str, Field(pattern=r"^https?://[^\s/@]+/?$")],
        about("Address of the other console.", "https://monitor.clinic.example:8080"),
    ]
    name: Annotated[
        Annotated[str, Field(min_length=1, max_length=60)],
        about("Name of the other monitor in messages.", "monitor of room 2"),
    ]
    every_s: Annotated[
        Annotated[float, Field(ge=1, le=60)],
        about("Time between two requests.", 10.0, unit="s"),
    ] = 10.0
    after_s: Annotated[
        Annotated[float, Field(ge=2, le=600)],
        about("People are called when it has not been well for this time.", 30.0, unit="s"),
    ] = 30.0
    ca_file: Annotated[
        str | None,
        about("File with the certificates of a private authority.", "clinic-ca.pem"),
    ] = None
    plain_text: PlainText = False

    zone: Annotated[
        str | None,
        about("Time zone of messages; by default that of the session or computer.", "Europe/Rome"),
    ] = None

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str | None) -> str | None:
        return valid_zone(zone)

    @model_validator(mode="after")
    def _consistent(self) -> "WatchConfig":
        if self.after_s < 2 * self.every_s:
            raise ValueError(
                f"after_s {self.after_s:g} is too short; use at least twice every_s "
                f"({2 * self.every_s:g})"
            )
        if not self.plain_text:
            refuse_plain_text(self.url, "url", "requests about the health of the monitor")
        return self

    def tls(self, beside: Path) -> ssl.SSLContext:
        """Return the authorities to trust; `beside` is the folder to which `ca_file` is relative.

        Raises:
            ConfigError: the file cannot be used.
        """
        return trusted(None if self.ca_file is None else beside / self.ca_file, "[watch]")


class WatcherConfig(Section):
    """A whole configuration file of `physiomon watch`."""

    watch: WatchConfig
    recipient: Annotated[list[RecipientConfig], Field(min_length=1)]
    calls: CallsConfig = Field(default_factory=CallsConfig)

    @model_validator(mode="after")
    def _consistent(self) -> "WatcherConfig":
        ids = [each.id for each in self.recipient]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"recipient id {', '.join(twice)} is used twice; rename one")
        roster_of(self.recipient, self.watch.zone)
        return self
