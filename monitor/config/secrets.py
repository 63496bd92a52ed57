"""Secrets that a configuration names: environment variables and files."""

import os
from pathlib import Path

from pydantic import SecretStr

from monitor.errors import ConfigError


def from_environment(name: str, where: str) -> SecretStr:
    """Read a secret from an environment variable.

    Raises:
        ConfigError: it is not set.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"{where}: set the environment variable {name}")
    return SecretStr(value)


def from_file(path: Path, where: str) -> SecretStr:
    """Read a secret from a file.

    Raises:
        ConfigError: it cannot be read, or is empty.
    """
    try:
        value = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{where}: cannot read {path}: {reason}") from None
    if not value:
        raise ConfigError(f"{where}: {path} is empty; write the secret into it")
    return SecretStr(value)
