"""Results of a cohort in a folder, as Parquet (extra `export`): what a later run continues from.

    parts/SESSION-KEY.parquet   the table of one session, its facts as JSON in the metadata
    table.parquet               all sessions together
    missing.json                journals without a result, with the reasons

The key is a digest of the task and of the journal as it is: a journal that has grown, or another
task, has another part. A file appears under its name when it is complete.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devices.errors import PhysiomonError
from monitor.cohorts.result import Cohort, SessionResult, Task
from monitor.core.session_spec import DERIVATION
from monitor.errors import OutputError
from monitor.extras import load_extra
from monitor.storage.journal import Journal
from monitor.version import VERSION

_FACTS = b"physiomon"
_KEY_DIGITS = 16


class ResultFolder:
    """Results of one task.

    Args:
        folder: is created if it does not exist.
        task: whose results it keeps; results of others stay beside them.

    Raises:
        OutputError: the folder cannot be written.
        ConfigError: pyarrow is not installed.
    """

    def __init__(self, folder: Path, task: Task) -> None:
        self._arrow = load_extra("pyarrow", "export")
        self._parquet = load_extra("pyarrow.parquet", "export")
        self._folder = folder
        self._task = task
        try:
            (folder / "parts").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from None

    def load(self, path: Path) -> SessionResult | None:
        """Return the saved result of a journal as it is now; None if there is none."""
        part = self._part(path)
        if part is None or not part.exists():
            return None
        try:
            table = self._parquet.read_table(part)
            facts = json.loads(table.schema.metadata[_FACTS])
        except (self._arrow.ArrowException, OSError, KeyError, TypeError, ValueError):
            return None  # damaged: it is computed again
        return SessionResult(facts=facts, rows=table.to_pylist())

    def save(self, path: Path, result: SessionResult) -> None:
        """Keep the result of a journal.

        Raises:
            OutputError: the folder cannot be written.
        """
        part = self._part(path)
        if part is not None:
            self._write(part, self._table(result.rows, result.facts))

    def finish(self, cohort: Cohort) -> None:
        """Write the table of all sessions and what is missing.

        Raises:
            OutputError: the folder cannot be written.
        """
        rows = [
            {"session": result.facts["id"], "participant": result.facts["participant"], **row}
            for result in cohort.results.values()
            for row in result.rows
        ]
        self._write(self._folder / "table.parquet", self._table(rows))
        lacking = [
            {"journal": str(path), "reason": reason} for path, reason in cohort.missing.items()
        ]
        place = self._folder / "missing.json"
        _replace(place, json.dumps(lacking, indent=2, ensure_ascii=False).encode() + b"\n")

    def _table(self, rows: Any, facts: Mapping[str, Any] | None = None) -> Any:
        types = {str: "string", int: "int64", float: "float64", bool: "bool"}
        columns = dict(self._task.columns)
        if facts is None:
            columns = {"session": str, "participant": str, **columns}
        schema = self._arrow.schema([(name, types[kind]) for name, kind in columns.items()])
        if facts is not None:
            schema = schema.with_metadata({_FACTS: json.dumps(facts, ensure_ascii=False)})
        return self._arrow.Table.from_pylist(list(rows), schema=schema)

    def _write(self, place: Path, table: Any) -> None:
        sink = self._arrow.BufferOutputStream()
        self._parquet.write_table(table, sink)
        _replace(place, sink.getvalue().to_pybytes())

    def _part(self, path: Path) -> Path | None:
        """Return the file of a journal's result; None if the journal cannot be read."""
        try:
            with Journal.read(path) as journal:
                state = [journal.last_seq, journal.hash_of(journal.last_seq), journal.last_fact]
        except PhysiomonError:
            return None
        text = json.dumps([self._task.name, VERSION, DERIVATION, path.stat().st_size, *state])
        key = hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]
        return self._folder / "parts" / f"{path.stem}-{key}.parquet"


def _replace(place: Path, content: bytes) -> None:
    """Write a file under another name and rename it when it is complete."""
    half = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        half.write_bytes(content)
        half.replace(place)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise _unwritable(place.parent, error) from None


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot write {folder}: {error.strerror}; choose another folder")
