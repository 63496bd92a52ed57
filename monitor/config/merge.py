"""Merging of the configuration files of several sessions in one service.

A section that belongs to the whole service applies to all sessions, whichever file contains it.
Files that both contain it must agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from devices.sensor import SensorSpec
from monitor.config.file import load_config
from monitor.config.run import Config
from monitor.core.session_spec import refuse_clash
from monitor.errors import ActError, ConfigError

# Fields of `Config` that belong to the service; those of calls belong together.
_SHARED = (
    ("console",),
    ("radio",),
    ("influx",),
    ("grafana_live",),
    ("mqtt",),
    ("lsl",),
    ("heartbeat",),
    ("records",),
    ("watch",),
    ("recipient", "tier", "calls"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSession:
    """Configuration of one session, completed with the sections of the whole service.

    Attributes:
        path: of the file.
        beside: folder to which the paths of each section are relative, by section.
    """

    path: Path
    config: Config
    beside: dict[str, Path]


def load_merged(paths: Sequence[Path]) -> list[PlannedSession]:
    """Load the sessions of several files.

    Raises:
        ConfigError: a file cannot be used, or two contradict each other; names both.
    """
    configs = [(path, load_config(path)) for path in paths]
    for one, other in combinations(configs, 2):
        _refuse_conflict(*one, *other)
    own: list[dict[str, object]] = [{} for _ in configs]
    beside = [dict.fromkeys(Config.model_fields, path.parent) for path in paths]
    for section in _SHARED:
        having = [each for each in configs if not each[1].model_fields_set.isdisjoint(section)]
        if not having:
            continue
        first, source = having[0]
        for path, config in having[1:]:
            if any(getattr(config, name) != getattr(source, name) for name in section):
                words = ", ".join(f"[{name}]" for name in section)
                raise ConfigError(
                    f"{first} and {path} differ in {words}, which applies to the whole service: "
                    "give it in one of them, or the same in both"
                )
        for number, (_, config) in enumerate(configs):
            if config.model_fields_set.isdisjoint(section):
                own[number] |= {name: getattr(source, name) for name in section}
                beside[number] |= dict.fromkeys(section, first.parent)
    return [
        PlannedSession(path=path, config=config.model_copy(update=update), beside=where)
        for (path, config), update, where in zip(configs, own, beside, strict=True)
    ]


def completed(path: Path, config: Config, base: PlannedSession) -> PlannedSession:
    """Return a file's configuration with the sections of the whole service from another one."""
    shared = [name for section in _SHARED for name in section]
    beside = dict.fromkeys(Config.model_fields, path.parent)
    return PlannedSession(
        path=path,
        config=config.model_copy(update={name: getattr(base.config, name) for name in shared}),
        beside=beside | {name: base.beside[name] for name in shared},
    )


def _refuse_conflict(path: Path, config: Config, other_path: Path, other: Config) -> None:
    """Raise a ConfigError if two files have the same session or the same sensor."""
    mine, theirs = config.session, other.session
    if (mine.id or mine.participant) == (theirs.id or theirs.participant):
        raise ConfigError(
            f"{path} and {other_path} describe the same session; give each [session] a different "
            "'id'"
        )
    for sensor in config.sensor:
        for used in other.sensor:
            if None not in (sensor.gateway, used.gateway):
                continue
            spec, known = SensorSpec(**sensor.model_dump()), SensorSpec(**used.model_dump())
            try:
                refuse_clash(spec, known, f"sensor '{used.label}' of {other_path}")
            except ActError as error:
                raise ConfigError(f"{path}, sensor '{sensor.label}': {error}") from None
