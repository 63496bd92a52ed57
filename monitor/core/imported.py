"""Origin of a session that was not recorded by physiomon."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One file of an imported recording.

    Attributes:
        name: of the file, without its folder.
        sha256: of its content, in hexadecimal digits.
    """

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Origin of an imported session.

    Attributes:
        format: of the files, such as ``Empatica E4``.
        device: that recorded them, as far as they name it.
        files: of which the session was made.
        notes: what was changed or left out, one sentence each.
    """

    format: str
    device: str
    files: tuple[ImportedFile, ...]
    notes: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Return format and device in words."""
        return f"{self.format} {self.device}".strip()

    def body(self) -> dict[str, object]:
        """Return the content for a session entry."""
        return asdict(self)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Imported":
        """Read the content of a session entry."""
        return cls(
            format=body["format"],
            device=body["device"],
            files=tuple(ImportedFile(**each) for each in body["files"]),
            notes=tuple(body["notes"]),
        )
