"""`physiomon grafana`: dashboard files."""

from pathlib import Path

from dashboards.grafana.provisioning import build
from monitor.commands.output import print_facts
from monitor.errors import ConfigError


def build_into(directory: Path) -> None:
    """Write dashboards and provisioning files to a folder.

    Raises:
        ConfigError: the folder cannot be written.
    """
    files = build()
    for name, text in files.items():
        path = directory / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    print_facts(str(directory), {"written": ", ".join(sorted(str(name) for name in files))})
