"""`physiomon export`: recordings in the formats of research software."""

from collections.abc import Sequence
from pathlib import Path

from devices.errors import PhysiomonError
from monitor.cohorts.journals import find_journals
from monitor.commands.output import print_error, print_json, print_lines
from monitor.commands.progress import progress
from monitor.errors import OutputError
from monitor.exports.exporter import Exported, export_recording, finish_study
from monitor.exports.formats import known_format
from monitor.exports.options import ExportOptions


def export_recordings(
    recordings: Sequence[Path],
    to: str,
    output: Path | None,
    options: ExportOptions,
    *,
    overwrite: bool,
    as_json: bool,
) -> bool:
    """Export recordings; return whether all of them were.

    One that cannot be read is reported, and the others are exported.

    Raises:
        PhysiomonError: there is only one, and it cannot be exported; or the format is unknown, or
            the folder is not writable.
    """
    form = known_format(to)
    target = output or Path(f"export-{form.name}")
    paths = find_journals(recordings)
    done: list[Exported] = []
    failed: list[str] = []
    try:
        with progress() as track:
            for path in track(paths, len(paths), f"Exporting as {form.label}"):
                try:
                    done.append(export_recording(path, form, target, options, overwrite=overwrite))
                except OutputError:
                    raise
                except PhysiomonError as error:
                    if len(paths) == 1:
                        raise
                    failed.append(str(error))
    finally:
        if done:
            finish_study(form, target)
    if as_json:
        print_json({"exported": [_body(each) for each in done], "failed": failed})
    elif done:
        print_lines("\n".join(map(_line, done)))
    for sentence in failed:
        print_error(sentence)
    return not failed


def _line(exported: Exported) -> str:
    size = f"{exported.bytes / 1e6:.1f} MB" if exported.bytes else "already complete"
    without = f"; not recorded: {', '.join(exported.absent)}" if exported.absent else ""
    return f"{exported.recording} -> {exported.folder} ({size}){without}"


def _body(exported: Exported) -> dict[str, object]:
    return {
        "recording": str(exported.recording),
        "folder": str(exported.folder),
        "bytes": exported.bytes,
        "not_recorded": list(exported.absent),
    }
