"""Checklists that messages of alarms name, such as the Hunter criteria; texts, not diagnoses."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """One checklist.

    Attributes:
        key: of its page, such as ``hunter``.
        name: as messages of alarms name it.
        before: when to go through it.
        question: what it means if one of `items` is true.
        after: its limits.
        source: the publication.
    """

    key: str
    name: str
    title: str
    before: str
    question: str
    items: tuple[str, ...]
    after: str
    source: str


@cache
def checklists() -> Sequence[Checklist]:
    """Return all checklists, by key."""
    files = resources.files("alerts").joinpath("checklists").iterdir()
    found = []
    for file in sorted(files, key=lambda each: each.name):
        text = tomllib.loads(file.read_text("utf-8"))
        items = tuple(text.pop("items"))
        found.append(Checklist(key=file.name.removesuffix(".toml"), items=items, **text))
    return found


def named_in(message: str) -> Sequence[Checklist]:
    """Return the checklists that an alarm's message names.

    >>> [each.key for each in named_in("Go through the Hunter criteria")]
    ['hunter']
    """
    return [each for each in checklists() if each.name.lower() in message.lower()]
