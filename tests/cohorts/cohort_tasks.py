"""Small tasks, which workers import by name."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.cohorts.result import Progress, SessionResult
from monitor.errors import JournalError


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
        size = path.stat().st_size
        return SessionResult(facts={"id": path.stem}, rows=[{"bytes": size}])
