"""Task: export of a recording into its folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.cohorts.result import Progress, SessionResult
from monitor.exports.exporter import export_recording
from monitor.exports.formats import FORMATS
from monitor.exports.options import ExportOptions


@dataclass(frozen=True, slots=True)
class ExportRecording:
    """Task: write the files of a recording; facts are its folder, bytes and absent signals.

    Attributes:
        form: name of the format.
        output: folder of the export; an absolute path, which is the same for all workers.
        options: what is exported.
        overwrite: replace an export with other choices.
    """

    form: str
    output: Path
    options: ExportOptions
    overwrite: bool

    @property
    def name(self) -> str:
        """Return what is written, and where."""
        return f"export: {self.form} to {self.output}, {self.options}"

    @property
    def columns(self) -> Mapping[str, type]:
        """Return no columns: the result is the files."""
        return {}

    def __call__(self, path: Path, progress: Progress) -> SessionResult:
        """Export a journal; see `monitor.cohorts.result.Task`."""
        del progress  # it takes seconds
        done = export_recording(
            path, FORMATS[self.form], self.output, self.options, overwrite=self.overwrite
        )
        facts = {
            "folder": str(done.folder.relative_to(self.output)),
            "bytes": done.bytes,
            "absent": list(done.absent),
        }
        return SessionResult(facts=facts, rows=[])
