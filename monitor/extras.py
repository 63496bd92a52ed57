"""Optional packages: imported where they are used, and named in one sentence where one lacks."""

from importlib import import_module
from types import ModuleType

from monitor.errors import ConfigError


def load_extra(module: str, extra: str) -> ModuleType:
    """Import a module of an optional package.

    Args:
        module: its full name, such as ``pyarrow.parquet``.
        extra: of physiomon that installs it.

    Raises:
        ConfigError: it is not installed; the message has the command that installs it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        raise ConfigError(
            f"this needs the package '{package}', which is not installed: "
            f"pip install 'physiomon[{extra}]'"
        ) from None
