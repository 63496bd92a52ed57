"""Configuration files that the service writes when a person starts a session in a new room."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from alerts.policy.parser import shipped
from devices.errors import PhysiomonError
from devices.sensor import SensorSpec
from monitor.config.file import load_config
from monitor.config.merge import PlannedSession, completed, load_merged
from monitor.config.policies import find_policy
from monitor.errors import ConfigError

_PREFIX = "started-"
_HEAD = """\
# Written when a session was started on the page. The service reads it at each start, beside the
# files of its command, whose console, radio, databases and calls it uses. Without this file, the
# room is gone from the page after the next start; its journals stay.
"""


def load_with_started(paths: Sequence[Path]) -> tuple[list[PlannedSession], list[str]]:
    """Load files, and those that the service has written; return a sentence for each bad one.

    Raises:
        ConfigError: one of `paths` cannot be used, or two contradict each other.
    """
    planned, failures = load_merged(paths), []
    used = [*paths]
    given = {path.resolve() for path in paths}
    folder = journal_folder(planned[0])
    try:
        written = [each for each in folder.glob(f"{_PREFIX}*.toml") if each.resolve() not in given]
    except OSError as error:
        failures.append(
            f"sessions that were started on the page are not running: cannot read {folder}: "
            f"{error.strerror}"
        )
        written = []
    for path in sorted(written):
        try:
            added = load_merged([*used, path])
            find_policy(added[-1].config.session.policy, path.parent)
        except PhysiomonError as error:
            failures.append(f"the session of {path} is not running: {error}")
            continue
        planned = added
        used.append(path)
    return planned, failures


def journal_folder(planned: PlannedSession) -> Path:
    """Return the folder of a session's journals."""
    return planned.path.parent / planned.config.journal.directory


def write_started(
    base: PlannedSession,
    *,
    id: str,  # noqa: A002 - the key
    room: str,
    participant: str,
    policy: str,
    sensors: Sequence[SensorSpec],
) -> PlannedSession:
    """Write the file of a session in a new room, beside the journals; return its configuration.

    Args:
        base: gives site, time zone, and the sections of the whole service.
        id: of the session.
        room: its name.
        participant: its code.
        policy: name of a shipped policy, or path relative to the file of `base`.
        sensors: at least one.

    Raises:
        ConfigError: it cannot be written, or contains something that is not valid.
    """
    folder = journal_folder(base)
    who, key = base.config.session, base.config.journal.signing_key_file
    named = policy if policy in shipped() else str((base.path.parent / policy).resolve())
    session = {"id": id, "site": who.site, "room": room, "participant": participant}
    session |= {"policy": named} | ({} if who.zone is None else {"zone": who.zone})
    journal = {"directory": "."}
    if key is not None:
        journal["signing_key_file"] = str((base.path.parent / key).resolve())
    tables = [_table("[session]", session), _table("[journal]", journal)]
    for each in sensors:
        sensor = {"label": each.label, "kind": each.kind, "address": each.address}
        tables.append(_table("[[sensor]]", sensor | {"name": each.name}))
    path = folder / f"{_PREFIX}{re.sub(r'[^A-Za-z0-9._-]', '_', id)}.toml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join([_HEAD, *tables]))
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    try:
        return completed(path, load_config(path), base)
    except PhysiomonError:
        path.unlink()
        raise


def _table(name: str, values: Mapping[str, str | None]) -> str:
    # A JSON string is a TOML string.
    lines = [f"{key} = {json.dumps(each)}" for key, each in values.items() if each is not None]
    return "\n".join([name, *lines, ""])
