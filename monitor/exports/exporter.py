"""Export of one recording: read, choose, write and state the origin."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitor.exports.folder import (
    existing_file,
    is_complete,
    manifests,
    write_recording,
    write_study,
)
from monitor.exports.formats import Format
from monitor.exports.options import ExportOptions
from monitor.exports.session_export import SessionExport, identify, with_content
from monitor.exports.utc import iso_utc
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from monitor.version import VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Result of one export.

    Attributes:
        folder: of its files.
        bytes: written; 0 if it was complete already.
        absent: requested signals that were not recorded; empty if it was complete already.
    """

    recording: Path
    folder: Path
    bytes: int
    absent: tuple[str, ...]


def export_recording(
    path: Path, form: Format, output: Path, options: ExportOptions, *, overwrite: bool = False
) -> Exported:
    """Export a recording into its folder within `output`, unless it is there already.

    Raises:
        JournalError: the recording cannot be read.
        ConfigError: the choices cannot be met, a package is missing, or the folder has another
            export.
        OutputError: the folder does not accept it.
    """
    with Journal.read(path) as journal:
        recording = read_recording(journal)
        export = identify(recording, options)
        folder, head = output / form.folder(export), manifest_head(export, form)
        if is_complete(folder, head, overwrite=overwrite):
            return Exported(recording=path, folder=folder, bytes=0, absent=())
        export = with_content(export, recording)
    size = write_recording(folder, head, form.write(export))
    return Exported(recording=path, folder=folder, bytes=size, absent=export.absent)


def finish_study(form: Format, output: Path) -> None:
    """Write the files about all recordings of a folder, if the format has some.

    Raises:
        OutputError: the folder does not accept them.
    """
    if form.study is not None:
        write_study(output, form.study(manifests(output), partial(existing_file, output)))


def manifest_head(export: SessionExport, form: Format) -> dict[str, object]:
    """Return choices and origin of an export for its manifest."""
    session = export.session
    clock: dict[str, object] = {}
    if export.options.absolute:
        clock = {"began": iso_utc(session.began_ns), "zero": iso_utc(export.zero_ns)}
    personal: dict[str, object] = {}
    if export.options.names:
        personal = {"session": session.session, "site": session.site, "room": session.room}
    return {
        "format": form.name,
        "exported_by": f"physiomon {VERSION}",
        "choices": export.options.body(),
        **export.provenance(),
        "ended": session.ended,
        "began_s": export.second(session.began_ns),
        "ended_s": export.second(session.ended_ns),
        **clock,
        **personal,
    }
