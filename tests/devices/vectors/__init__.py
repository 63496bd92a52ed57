"""Payloads with their meaning, as literals in TOML, one table per payload."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
SOURCES = tomllib.loads((_FOLDER / "sources.toml").read_text())


def load(name: str) -> list[dict[str, Any]]:
    """Return the vectors of one file; each knows its `file` and its `characteristic`."""
    tables = tomllib.loads((_FOLDER / f"{name}.toml").read_text())
    above = {"file": name, "characteristic": tables.get("characteristic")}
    return [{**above, **vector} for vector in tables["vector"]]


def load_payloads() -> Iterator[dict[str, Any]]:
    """Yield the vectors of every characteristic."""
    for path in sorted(_FOLDER.glob("*.toml")):
        if path.stem not in {"sources", "decimals"}:
            yield from load(path.stem)
