"""Files with secrets that others on this machine can read."""

import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from dashboards.console.formatting import count
from monitor.commands.doctor_finding import Finding
from monitor.config.console import ConsoleConfig

_NOT_SECRET = frozenset({"ca_file"})


def secrets_finding(config: BaseModel, beside: Path) -> Finding | None:
    """Return what can be said of the files with secrets, or None if there are none.

    Args:
        config: of a service or a gateway.
        beside: folder to which its paths are relative.
    """
    files = sorted({beside / name for name in _files(config)})
    if not files:
        return None
    read = [path for path in files if _others_read(path)]
    found = count(len(files), "file")
    if not read:
        return Finding("secrets", ok=True, found=found)
    names = ", ".join(str(path) for path in read)
    return Finding(
        "secrets",
        ok=False,
        found=found,
        advice=f"others on this machine can read {names}: chmod o= {' '.join(map(str, read))}",
    )


def _files(section: BaseModel) -> Iterator[str]:
    """Yield the names of files with secrets, in a section and those within it."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, BaseModel):
                yield from _files(each)
        of_certificate = isinstance(section, ConsoleConfig) and name == "key"
        in_file = name.endswith("_file") and name not in _NOT_SECRET
        if isinstance(value, str) and (of_certificate or in_file):
            yield value


def _others_read(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False  # reported where it is needed
