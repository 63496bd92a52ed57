"""Recordings that tests of exports share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.exports.options import ExportOptions
from monitor.exports.session_export import SessionExport, select
from monitor.sessions.recording import read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import record

Select = Callable[..., SessionExport]


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording with two straps, a patch, gaps, corrections, notes and alarms."""
    return record(tmp_path_factory.mktemp("rich") / "rich.journal")


@pytest.fixture(scope="session")
def selected(rich: Path) -> Select:
    """Return a function that selects the exported data of that recording by options."""

    def chosen(**options: object) -> SessionExport:
        with Journal.read(rich) as journal:
            return select(read_recording(journal), ExportOptions(**options))  # type: ignore[arg-type]

    return chosen
