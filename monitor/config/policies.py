"""Which policies a site has: the shipped ones, and its own beside its configuration."""

from pathlib import Path

from alerts.policy.parser import load_policy, load_shipped, shipped
from alerts.policy.rules import Policy


def find_policy(name: str, beside: Path = Path()) -> Policy:
    """Return the shipped policy of this name, or the one in a file.

    Raises:
        PolicyError: there is neither, or it cannot be used.
    """
    if name in shipped():
        return load_shipped(name)
    return load_policy(beside / name)


def known_policies(beside: Path | None) -> list[str]:
    """Return the names that `find_policy` takes: shipped ones, and files that look like one."""
    if beside is None:
        return list(shipped())
    own = [path.name for path in sorted(beside.glob("*.toml")) if _looks_like_one(path)]
    return [*shipped(), *own]


def _looks_like_one(path: Path) -> bool:
    try:
        return "[[rule]]" in path.read_text()
    except (OSError, UnicodeDecodeError):
        return False
