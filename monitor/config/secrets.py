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


def private_file(path: Path, where: str) -> SecretStr:
    """Read a secret from a file that only the service may use.

    Raises:
        ConfigError: it cannot be read, is empty, or other users can read or write it.
    """
    value = from_file(path, where)
    # systemd 256 and later grants the service access by an access control list, whose mask
    # appears as the rights of the group.
    passed_by_systemd = path.parent == Path(os.environ.get("CREDENTIALS_DIRECTORY", "."))
    if path.stat().st_mode & (0o007 if passed_by_systemd else 0o077):
        raise ConfigError(f"{where}: other users can read or write {path}; run chmod 600 {path}")
    return value
