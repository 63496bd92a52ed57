"""Configuration of InfluxDB and of the live stream into Grafana."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from monitor.config.plain_text import PlainText, refuse_plain_text
from monitor.config.secrets import from_environment, from_file
from monitor.config.section import Section, about


class InfluxSettings(Section):
    """The InfluxDB that gets a copy of every fact."""

    url: Annotated[
        str,
        Field(pattern=r"^https?://[^\s/@]+(:\d+)?/?$"),
        about("Address of the server, without user or password.", "http://127.0.0.1:8086"),
    ]
    org: Annotated[str, about("Organization (InfluxDB 2.x).", "clinic")] = "-"
    bucket: Annotated[
        str,
        Field(min_length=1),
        about("Bucket; for InfluxDB 1.x the database, or `database/policy`.", "physiomon"),
    ]
    token_env: Annotated[
        str | None,
        about(
            "Environment variable that holds the token, or `user:password` for InfluxDB 1.x.",
            "PHYSIOMON_INFLUX_TOKEN",
        ),
    ] = None
    token_file: Annotated[
        str | None, about("File that holds the token.", "/run/secrets/influx_token")
    ] = None
    auth: Annotated[
        Literal["token", "basic"],
        about("How the token is sent: `token` for InfluxDB 2.x and 3.x, `basic` for 1.x.", "basic"),
    ] = "token"
    ca_file: Annotated[
        str | None,
        about("File with the certificates of a private authority.", "/etc/ssl/clinic-ca.pem"),
    ] = None
    plain_text: PlainText = False

    @model_validator(mode="after")
    def _encrypted(self) -> "InfluxSettings":
        if not self.plain_text:
            refuse_plain_text(self.url, "url", "the token and all values")
        return self

    def token(self, beside: Path) -> SecretStr:
        """Read the token; `beside` is the folder to which its file is relative.

        Raises:
            ConfigError: the variable is not set, or the file cannot be read.
        """
        if self.token_env is not None:
            return from_environment(self.token_env, "[influx] token_env")
        if self.token_file is not None:
            return from_file(beside / self.token_file, "[influx] token_file")
        return SecretStr("")


class GrafanaLiveSettings(Section):
    """The Grafana that receives the newest readings each second."""

    url: Annotated[
        str,
        Field(pattern=r"^https?://[^\s/@]+(:\d+)?/?$"),
        about("Address of the server, without user or password.", "http://127.0.0.1:3000"),
    ]
    token_file: Annotated[
        str,
        about(
            "File that holds the token of a service account.",
            "/etc/physiomon/secrets/grafana_live_token",
        ),
    ]
    # Grafana accepts no dot in a channel's namespace.
    stream: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
        about(
            "Name of the stream, of letters, digits, `-` and `_`. Channels are named "
            "`stream/physiomon/heart_rate`.",
            "physiomon",
        ),
    ] = "physiomon"
    plain_text: PlainText = False

    @model_validator(mode="after")
    def _encrypted(self) -> "GrafanaLiveSettings":
        if not self.plain_text:
            refuse_plain_text(self.url, "url", "the token and values")
        return self

    def token(self, beside: Path) -> SecretStr:
        """Read the token; `beside` is the folder to which its file is relative.

        Raises:
            ConfigError: the file cannot be read.
        """
        return from_file(beside / self.token_file, "[grafana_live] token_file")
