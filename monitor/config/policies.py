"""Policies of a site: shipped ones, and files next to its configuration."""

from pathlib import Path

from alerts.policy.parser import load_policy, load_shipped, shipped
from alerts.policy.rules import Policy


def find_policy(name: str, beside: Path = Path()) -> Policy:
    """Load a shipped policy by name, or a policy file.

    Raises:
        PolicyError: there is no such policy, or it contains mistakes.
    """
    if name in shipped():
        return load_shipped(name)
    return load_policy(beside / name)


def known_policies(beside: Path | None) -> list[str]:
    """Return the names of shipped policies, and of files that look like policies."""
    if beside is None:
        return list(shipped())
    own = [path.name for path in sorted(beside.glob("*.toml")) if _looks_like_policy(path)]
    return [*shipped(), *own]


def _looks_like_policy(path: Path) -> bool:
    try:
        return "[[rule]]" in path.read_text()
    except (OSError, UnicodeDecodeError):
        return False
