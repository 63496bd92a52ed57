"""Text files with numbers: encoding, lines, and errors that name the line. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from devices.printable_text import printable
from devices.recordings.recorded_file import RecordingFileError

_SHOWN = 40
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class TextFile:
    """The lines of a text file; numbers of lines count from 1."""

    path: Path
    lines: list[str]

    @classmethod
    def decode(cls, path: Path, data: bytes) -> "TextFile | None":
        """Decode UTF-8, or UTF-16 with a byte order mark; return None if the data is not text."""
        try:
            text = data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
        except UnicodeDecodeError:
            return None
        if "\0" in text:
            return None
        return cls(path, text.splitlines())

    def line(self, number: int) -> str:
        """Return a line without surrounding space; empty if there is none."""
        return self.lines[number - 1].strip() if number <= len(self.lines) else ""

    def filled(self, start: int = 1) -> Iterator[tuple[int, str]]:
        """Yield number and text of each non-empty line from `start`."""
        for number in range(start, len(self.lines) + 1):
            if line := self.lines[number - 1].strip():
                yield number, line

    def wrong(self, number: int, what: str) -> RecordingFileError:
        """Return an error about a line."""
        return RecordingFileError(f"{self.path}, line {number}: {what}; correct or remove the line")

    def number(self, number: int, text: str, lowest: float, highest: float) -> float:
        """Parse a number.

        Raises:
            RecordingFileError: not a number, or out of range.
        """
        try:
            value = float(text)
        except ValueError:
            raise self.wrong(number, f"{quoted(text)} is not a number") from None
        if not (math.isfinite(value) and lowest <= value <= highest):
            raise self.wrong(number, f"{value:g} is not between {lowest:g} and {highest:g}")
        return value

    def time(self, number: int, text: str) -> datetime:
        """Parse a time in ISO 8601.

        Raises:
            RecordingFileError: not such a time.
        """
        try:
            return datetime.fromisoformat(text.strip())
        except ValueError:
            raise self.wrong(number, f"{quoted(text)} is not a time in ISO 8601") from None

    def elapsed_s(self, number: int, at: datetime, start: datetime) -> float:
        """Return the seconds from `start` to `at`.

        Raises:
            RecordingFileError: only one of them has a time zone, or `at` is earlier.
        """
        if (at.tzinfo is None) != (start.tzinfo is None):
            raise self.wrong(number, "the time zone differs from the lines before")
        elapsed_s = (at - start).total_seconds()
        if elapsed_s < 0:
            raise self.wrong(number, "the time is earlier than the start")
        return elapsed_s


def quoted(text: str) -> str:
    """Return the beginning of a text from a file in quotation marks, safe to print."""
    return f"'{printable(text.strip()[:_SHOWN])}'"


def is_number(text: str) -> bool:
    """Return whether a text is a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
