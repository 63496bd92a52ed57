"""Certificate authorities that a configuration names."""

import ssl
from pathlib import Path

from monitor.errors import ConfigError


def trusted(ca_file: Path | str | None, where: str) -> ssl.SSLContext:
    """Return a context that trusts the authorities of a file; None: those of this computer.

    It reads the disk for up to 50 ms.

    Args:
        ca_file: certificates (PEM).
        where: section of the configuration that names the file.

    Raises:
        ConfigError: the file cannot be used.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = "it has no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigError(f"{where} ca_file: cannot use {ca_file}: {reason}") from None
