"""Settings of rules to try on recordings, and all combinations of several: a grid. Pure.

GRID = RULE.KEY=VALUE[,VALUE...]
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from alerts.policy.conditions import Bound, Limit
from alerts.policy.expressions import NUMBER, TermError, number_text
from alerts.policy.limits import limit_text, parse_limit
from alerts.policy.overrides import CHANGEABLE, Changes, Override, amended
from alerts.policy.rules import Policy
from monitor.errors import ConfigError

MOST = 1000  # settings of a grid; each may be a replay of each journal
_FORM = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\.([a-z_]+)=(.+)")
_NUMBER = re.compile(rf"[+-]?{NUMBER}")
_BOUNDS = frozenset(bound.value for bound in Bound)


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of one key of one rule, as a policy file writes it."""

    rule: str
    key: str
    value: str | float | bool

    def __str__(self) -> str:
        """Return ``rule.key=value``."""
        return f"{self.rule}.{self.key}={self.value_text}"

    @property
    def value_text(self) -> str:
        """Return the value as a policy file writes it, without quotes."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        return number_text(self.value) if isinstance(self.value, float) else str(self.value)


def parse_grid(texts: Sequence[str]) -> list[tuple[Setting, ...]]:
    """Return all combinations of the values, the last key varying fastest.

    Args:
        texts: of the form ``hr-131.sustain=10s,20s,40s``.

    Raises:
        ConfigError: a text has another form, a key is named twice, or there are too many.
    """
    axes = [_axis(text) for text in texts]
    names = [(axis[0].rule, axis[0].key) for axis in axes]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"the grid names {'.'.join(name)} twice; write all its values at once"
            )
    found = list(product(*axes))
    if len(found) > MOST:
        raise ConfigError(f"the grid has {len(found)} settings; at most {MOST} are possible")
    return found


def with_settings(policy: Policy, settings: Iterable[Setting]) -> Policy:
    """Return a policy with these values, which replace overrides of the same rules.

    A clear limit that is not among them keeps its distance from its limit, so that the rule is as
    insensitive to a varying value as before.

    Raises:
        OverrideError: the policy has no such rule, or a value is not valid for it.
    """
    changes: dict[str, dict[str, str | float | bool]] = {}
    for setting in settings:
        changes.setdefault(setting.rule, {})[setting.key] = setting.value
    tables = {table["id"]: table for table in tomllib.loads(policy.text)["rule"]}
    overrides = [
        Override(
            rule=rule,
            changes={**_moved_clear(tables.get(rule, {}), values), **values},
            by="what-if",
            reason="grid",
        )
        for rule, values in changes.items()
    ]
    return amended(policy, overrides)


def _axis(text: str) -> list[Setting]:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ConfigError(
            f"'{text}' is not a valid grid: write RULE.KEY=VALUE,VALUE, such as "
            "hr-131.sustain=10s,20s,40s"
        )
    rule, key, values = match.groups()
    if key not in CHANGEABLE:
        raise ConfigError(f"'{text}': '{key}' cannot be changed: {', '.join(CHANGEABLE)}")
    written = [value.strip() for value in values.split(",")]
    if "" in written or len(set(written)) < len(written):
        raise ConfigError(f"'{text}': a value is empty or there twice; write each value once")
    return [Setting(rule, key, _value(value)) for value in written]


def _value(text: str) -> str | float | bool:
    if text in ("true", "false"):
        return text == "true"
    return float(text) if _NUMBER.fullmatch(text) else text


def _moved_clear(table: Mapping[str, object], changes: Changes) -> Changes:
    if "clear" in changes:
        return {}
    limit, before = _limit_of(changes), _limit_of(table)
    clear = _limit_of({Bound.ABOVE.value: table.get("clear")})
    if limit is None or before is None or clear is None:
        return {}
    if not limit.anchor == before.anchor == clear.anchor or limit.spreads != before.spreads:
        return {}
    moved = float(f"{clear.offset + limit.offset - before.offset:.9g}")
    return {"clear": limit_text(Limit(clear.anchor, moved, clear.spreads))}


def _limit_of(table: Mapping[str, object]) -> Limit | None:
    """Return the limit in a rule's table, or None if it has none that can be read."""
    written = next((table[key] for key in _BOUNDS if key in table), None)
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        return None
    try:
        return parse_limit(written)
    except TermError:
        return None
