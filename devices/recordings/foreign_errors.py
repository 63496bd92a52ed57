"""Errors of packages that parse files, as one sentence about the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.printable_text import printable
from devices.recordings.recorded_file import RecordingFileError

_SHOWN = 100


@contextmanager
def needs(package: str, path: Path) -> Iterator[None]:
    """Raise an error that names the extra to install if a package is missing."""
    try:
        yield
    except ModuleNotFoundError:
        raise RecordingFileError(
            f"reading {path} needs the package {package}; install it with "
            "pip install 'physiomon[import]'"
        ) from None


@contextmanager
def foreign_errors(path: Path, file_format: str) -> Iterator[None]:
    """Raise any exception of a parser as a `RecordingFileError`: the file is untrusted."""
    try:
        yield
    except RecordingFileError:
        raise
    except Exception as error:  # noqa: BLE001 - parsers raise what they meet
        reason = printable(" ".join(str(error).split())[:_SHOWN]) or type(error).__name__
        raise RecordingFileError(
            f"{path} is not a complete {file_format} file ({reason}); export it again"
        ) from None
