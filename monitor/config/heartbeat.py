"""Configuration of the heartbeat."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from monitor.config.secrets import from_environment, from_file
from monitor.config.section import Section, about

_URL = r"^https?://\S+$"


class HeartbeatConfig(Section):
    """A service elsewhere that notices when this one dies.

    Anyone who knows the URL can fake a heartbeat: keep it in a file or an environment variable.
    """

    url: Annotated[
        Annotated[str, Field(pattern=_URL)] | None,
        about("URL that the service gave for this check.", "https://hc.example.org/ping/ID"),
    ] = None
    url_env: Annotated[
        str | None, about("Environment variable that holds the URL.", "PHYSIOMON_HEARTBEAT_URL")
    ] = None
    url_file: Annotated[
        str | None, about("File that holds the URL.", "/run/secrets/heartbeat_url")
    ] = None
    style: Annotated[
        Literal["healthchecks", "uptime-kuma"],
        about(
            "Form of the messages: that of Healthchecks (`/start`, `/fail`), or of a push monitor "
            "of Uptime Kuma (`?status=`).",
            "uptime-kuma",
        ),
    ] = "healthchecks"

    @model_validator(mode="after")
    def _one_url(self) -> "HeartbeatConfig":
        if sum(each is not None for each in (self.url, self.url_env, self.url_file)) != 1:
            raise ValueError("give exactly one of 'url', 'url_env' and 'url_file'")
        return self

    def address(self, beside: Path) -> SecretStr:
        """Read the URL; `beside` is the folder to which its file is relative.

        Raises:
            ConfigError: the variable or file is missing or empty.
        """
        if self.url_env is not None:
            return from_environment(self.url_env, "[heartbeat] url_env")
        if self.url_file is not None:
            return from_file(beside / self.url_file, "[heartbeat] url_file")
        return SecretStr(self.url or "")
