"""`physiomon export`: recordings in the formats of research software."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dashboards.console.formatting import count
from devices.errors import PhysiomonError
from monitor.cohorts.journals import find_journals
from monitor.cohorts.recording_export import ExportRecording
from monitor.cohorts.result import Outcome
from monitor.cohorts.work import outcome_of
from monitor.commands.cohort import INTERRUPTED, CohortOptions, analyse
from monitor.commands.output import print_error, print_json, print_lines
from monitor.exports.exporter import finish_study
from monitor.exports.folder import remove_abandoned
from monitor.exports.formats import known_format
from monitor.exports.options import ExportOptions
from monitor.storage.journal import Journal


def export_recordings(
    recordings: Sequence[Path],
    to: str,
    output: Path | None,
    options: ExportOptions,
    place: CohortOptions,
    *,
    overwrite: bool,
    as_json: bool,
) -> bool:
    """Export recordings; return whether all of them were.

    One that cannot be exported is reported, and the others are exported. Results and messages do
    not depend on the place.

    Raises:
        PhysiomonError: there is only one, and it cannot be exported; or the format is unknown, or
            the cluster cannot be used.
    """
    form = known_format(to)
    target = output or Path(f"export-{form.name}")
    paths = find_journals(recordings)
    task = ExportRecording(form.name, target.resolve(), options, overwrite)
    first, copies = _apart(paths)
    outcomes: dict[Path, Outcome] = {}
    try:
        cohort = analyse(task, first, place)
        outcomes = {path: Outcome(path, result) for path, result in cohort.results.items()}
        if not cohort.interrupted:
            outcomes |= {p: Outcome(p, None, reason) for p, reason in cohort.missing.items()}
            outcomes |= {path: outcome_of(task, path.resolve()) for path in copies}
    finally:
        remove_abandoned(target)
        if any(each.result for each in outcomes.values()):
            finish_study(form, target)
    ordered = [(path, outcomes[path]) for path in paths if path in outcomes]
    done = [_body(path, target, each.result.facts) for path, each in ordered if each.result]
    failed = [each.reason for _, each in ordered if not each.result]
    if as_json:
        print_json({"exported": done, "failed": failed})
    elif done:
        print_lines("\n".join(map(_line, done)))
    for sentence in failed:
        print_error(sentence)
    if cohort.interrupted:
        print_error(
            f"interrupted: {len(done)} of {count(len(paths), 'session')} exported; run the same "
            "command again to continue"
        )
        sys.exit(INTERRUPTED)
    return not failed


def _apart(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return journals that can be exported at the same time, and copies of these.

    Copies of a recording have one folder, so which of them is written must not depend on chance.
    """
    first: dict[object, Path] = {}
    for path in paths:
        try:
            with Journal.read(path) as journal:
                first.setdefault(journal.hash_of(1), path)
        except PhysiomonError:
            first[path] = path  # it is reported where it is exported
    return [*first.values()], [path for path in paths if path not in first.values()]


def _line(done: Mapping[str, Any]) -> str:
    size = f"{done['bytes'] / 1e6:.1f} MB" if done["bytes"] else "already complete"
    absent = ", ".join(done["not_recorded"])
    without = f"; not recorded: {absent}" if absent else ""
    return f"{done['recording']} -> {done['folder']} ({size}){without}"


def _body(path: Path, target: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "recording": str(path),
        "folder": str(target / facts["folder"]),
        "bytes": facts["bytes"],
        "not_recorded": facts["absent"],
    }
