"""Small tasks, which workers import by name."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.cohorts.result import Progress, SessionResult
from monitor.errors import JournalError
from monitor.exports.folder import write_recording


@dataclass(frozen=True, slots=True)
class Sizes:
    """Return the size of a file; fail as its content requests."""

    @property
    def name(self) -> str:
        return "sizes"

    @property
    def columns(self) -> Mapping[str, type]:
        return {"bytes": int}

    def __call__(self, path: Path, _progress: Progress) -> SessionResult:
        match path.read_text():
            case "bad":
                raise JournalError(f"{path} is bad")
            case "bug":
                raise ZeroDivisionError
            case "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            case "waits":
                while path.exists():
                    time.sleep(0.01)
        size = path.stat().st_size
        return SessionResult(facts={"id": path.stem}, rows=[{"bytes": size}])


@dataclass(frozen=True, slots=True)
class DeadlyExport:
    """Export a file for each recording; the process of ``b`` is killed while it writes."""

    output: Path

    @property
    def name(self) -> str:
        return "deadly export"

    @property
    def columns(self) -> Mapping[str, type]:
        return {}

    def __call__(self, path: Path, _progress: Progress) -> SessionResult:
        def files() -> Iterator[tuple[str, bytes]]:
            yield "1.csv", b"1"
            if path.stem == "b":
                os.kill(os.getpid(), signal.SIGKILL)

        size = write_recording(self.output / path.stem, {"journal": path.stem}, files())
        return SessionResult(facts={"bytes": size}, rows=[])
