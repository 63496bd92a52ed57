"""Configuration of the heartbeat."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from monitor.config.plain_text import PlainText, refuse_plain_text
from monitor.config.secrets import from_environment, from_file
from monitor.config.section import Section, about
from monitor.errors import ConfigError

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
    plain_text: PlainText = False

    @model_validator(mode="after")
    def _one_url(self) -> "HeartbeatConfig":
        if sum(each is not None for each in (self.url, self.url_env, self.url_file)) != 1:
            raise ValueError("give exactly one of 'url', 'url_env' and 'url_file'")
        if self.url is not None:
            self._refuse(self.url, "url")
        return self

    def address(self, beside: Path) -> SecretStr:
        """Read the URL; `beside` is the folder to which its file is relative.

        Raises:
            ConfigError: the variable or file is missing or empty, or the URL would be sent without
                encryption.
        """
        if self.url is not None:
            return SecretStr(self.url)
        if self.url_env is not None:
            key, url = "url_env", from_environment(self.url_env, "[heartbeat] url_env")
        else:
            key, url = "url_file", from_file(beside / str(self.url_file), "[heartbeat] url_file")
        try:
            self._refuse(url.get_secret_value(), key)
        except ValueError as error:
            raise ConfigError(f"[heartbeat] {error}") from None
        return url

    def _refuse(self, url: str, key: str) -> None:
        if not self.plain_text:
            refuse_plain_text(url, key, "the URL, which is a secret,")
