"""Tables of an export: columns with type, unit and meaning, for every format with rows."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


class ColumnType(enum.Enum):
    """Types of columns with their JSON Schema names."""

    NUMBER = "number"  # float64; NaN: missing
    FLAG = "boolean"
    TEXT = "string"  # empty: none
    TIME = "time"  # int64: UTC of the session's clock in nanoseconds


@dataclass(frozen=True, slots=True)
class Column:
    """Description of a column; `unit` is a UCUM code or empty."""

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """Column of texts of which many are equal: an index into `values` for each row."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Texts":
        """Return the column of these texts."""
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(text, len(numbers)) for text in texts]
        return cls(np.array(codes, dtype=np.int32), tuple(numbers))

    @classmethod
    def runs(cls, texts: Sequence[str], lengths: Sequence[int]) -> "Texts":
        """Return a column with each text repeated."""
        numbers: dict[str, int] = {}
        codes = np.array([numbers.setdefault(t, len(numbers)) for t in texts], dtype=np.int32)
        return cls(np.repeat(codes, np.array(lengths, dtype=np.int64)), tuple(numbers))

    def __len__(self) -> int:
        return len(self.codes)

    def rows(self) -> list[str]:
        """Return the text of each row."""
        return [self.values[code] for code in self.codes.tolist()]


Data = NDArray[Any] | Texts


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one subject, as columns of equal length."""

    name: str
    columns: tuple[Column, ...]
    data: Mapping[str, Data]

    def __len__(self) -> int:
        return len(self.data[self.columns[0].name])

    def with_constants(self, constants: Mapping[str, str | bool]) -> "Table":
        """Return the table with leading columns that are equal in all rows."""
        count = len(self)
        columns, data = [], dict[str, Data]()
        for name, value in constants.items():
            if isinstance(value, bool):
                columns.append(Column(name, ColumnType.FLAG, CONSTANTS[name]))
                data[name] = np.full(count, value)
            else:
                columns.append(Column(name, ColumnType.TEXT, CONSTANTS[name]))
                data[name] = Texts(np.zeros(count, dtype=np.int32), (value,))
        return Table(self.name, (*columns, *self.columns), {**data, **self.data})


CONSTANTS = {
    "recording": "Key of the recording: the same in all of its files.",
    "participant": "Code of the participant.",
    "simulated": "True: the sensors were simulated, so the data are not of a person.",
    "software": "Version of physiomon that made the recording.",
    "policy": "Name and version of the alarm policy at the start.",
    "policy_digest": "SHA-256 of the text of that policy.",
    "journal_entries": "Number of entries of the journal when it was read.",
    "journal_hash": "Hash of the last of them, which covers all entries.",
}


def number(name: str, meaning: str, unit: str = "") -> Column:
    """Describe a column of numbers."""
    return Column(name, ColumnType.NUMBER, meaning, unit)


def text(name: str, meaning: str) -> Column:
    """Describe a column of texts."""
    return Column(name, ColumnType.TEXT, meaning)


def flag(name: str, meaning: str) -> Column:
    """Describe a column of yes or no."""
    return Column(name, ColumnType.FLAG, meaning)


def time(name: str, meaning: str) -> Column:
    """Describe a column of times of day."""
    return Column(name, ColumnType.TIME, meaning)
