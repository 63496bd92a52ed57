"""Configuration of the console: its address, accounts and TLS."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from alerts.loopback import loopback
from dashboards.access.proxies import Proxies
from dashboards.texts import Language
from monitor.config.oidc import OidcConfig
from monitor.config.section import Section, about

_DNS_NAME = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"


class ConsoleConfig(Section):
    """The address of the console, and its accounts."""

    host: Annotated[
        str,
        about(
            "Address on which the console listens. Any other than this machine's needs "
            "`accounts`, and either `certificate` and `key` or `proxies`.",
            "0.0.0.0",  # noqa: S104 - an example, and refused without accounts and TLS
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int, Field(ge=0, le=65535), about("Port of the console; 0 means any free port.", 8080)
    ] = 8080
    language: Annotated[
        Language,
        about(
            "Language of all pages: `en` (English) or `de` (German). Journals, calls and the API "
            "are in English.",
            "de",
        ),
    ] = "en"
    accounts: Annotated[
        str | None, about("File of the accounts. Without it there is no login.", "accounts.toml")
    ] = None
    certificate: Annotated[
        str | None, about("PEM file of the certificate with its chain.", "console.pem")
    ] = None
    key: Annotated[
        str | None, about("PEM file of the private key, without a password.", "console.key")
    ] = None
    proxies: Annotated[
        list[str],
        about(
            "Addresses or networks of reverse proxies that provide TLS and cannot be bypassed; "
            "only their `X-Forwarded-For` is believed.",
            ["127.0.0.1"],
        ),
    ] = Field(default_factory=list)
    names: Annotated[
        list[Annotated[str, Field(pattern=_DNS_NAME)]],
        about(
            "DNS names by which browsers reach the console, in lower case. IP addresses and "
            "`localhost` are always allowed.",
            ["monitor.example.org"],
        ),
    ] = Field(default_factory=list)
    second_factor: Annotated[
        Literal["optional", "required"],
        about(
            "With `required`, roles that act (monitor, medical, admin) need a code of a phone app "
            "to log in. Otherwise people choose.",
            "required",
        ),
    ] = "optional"
    idle_minutes: Annotated[
        int,
        Field(ge=1, le=24 * 60),
        about("A login without an open page ends after this time.", 30, unit="minutes"),
    ] = 30
    login_hours: Annotated[
        float,
        Field(gt=0, le=72),
        about(
            "A login ends after this time. Choose more than the longest session lasts.",
            12.0,
            unit="hours",
        ),
    ] = 12.0

    oidc: OidcConfig | None = None

    @field_validator("proxies")
    @classmethod
    def _are_addresses(cls, proxies: list[str]) -> list[str]:
        Proxies(proxies)
        return proxies

    @model_validator(mode="after")
    def _open_to(self) -> "ConsoleConfig":
        if (self.certificate is None) != (self.key is None):
            raise ValueError(
                "'certificate' and 'key' must be set together; give both files, or neither"
            )
        if self.oidc is not None and self.accounts is None:
            raise ValueError(
                "[console.oidc] requires 'accounts': somebody must be able to log in when the "
                "provider cannot be reached"
            )
        safe = self.accounts is not None and (self.certificate is not None or self.proxies)
        if not loopback(self.host) and not safe:
            raise ValueError(
                f"host '{self.host}' is not this machine, which requires 'accounts', and either "
                "'certificate' and 'key' or 'proxies': see docs/accounts.md"
            )
        return self
