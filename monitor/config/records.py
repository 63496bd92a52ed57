"""Configuration of the mail address that keeps signed heads of journals."""

from pathlib import Path
from typing import Annotated

from pydantic import SecretStr, field_validator, model_validator

from monitor.config.calls import duration
from monitor.config.plain_text import PlainText
from monitor.config.secrets import from_environment, private_file
from monitor.config.section import Section, about

_SHORTEST_S = 600.0


class RecordsConfig(Section):
    """A mail address that keeps [signed heads](../journal.md#proof) of journals elsewhere."""

    url_env: Annotated[
        str | None,
        about("Environment variable that holds the URL.", "PHYSIOMON_RECORDS_URL"),
    ] = None
    url_file: Annotated[
        str | None,
        about(
            "File that holds the Apprise URL of the mail server and the address, a secret: "
            "`mailtos://user:password@smtp.clinic.example?from=monitor@clinic.example"
            "&to=records@clinic.example`.",
            "secrets/records.url",
        ),
    ] = None
    every: Annotated[
        str | None,
        about(
            "Time between two mails while a session runs, `10min` or more; without it, a mail is "
            "sent at the end of a session only.",
            "1h",
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        about("File with the certificates of a private authority.", "clinic-ca.pem"),
    ] = None
    plain_text: PlainText = False

    @field_validator("every")
    @classmethod
    def _not_too_often(cls, text: str | None) -> str | None:
        if text is not None and duration(text) < _SHORTEST_S:
            raise ValueError(f"every '{text}' is too short; use 10min or more")
        return text

    @model_validator(mode="after")
    def _one_url(self) -> "RecordsConfig":
        if (self.url_env is None) == (self.url_file is None):
            raise ValueError(
                "give either 'url_env' or 'url_file'; the URL is a secret and must not be written "
                "here"
            )
        return self

    @property
    def every_s(self) -> float | None:
        """Return the time between two mails in seconds, or None."""
        return None if self.every is None else duration(self.every)

    def url(self, beside: Path) -> SecretStr:
        """Read the URL; `beside` is the folder to which its file is relative.

        Raises:
            ConfigError: the variable or file is missing or empty, or others can use the file.
        """
        if self.url_env is not None:
            return from_environment(self.url_env, "[records] url_env")
        return private_file(beside / str(self.url_file), "[records] url_file")
