"""Parquet: one file per table, with units, meanings and origin as metadata."""

import json
from collections.abc import Iterator
from typing import Any

from monitor.exports.session_export import SessionExport
from monitor.exports.session_tables import session_tables
from monitor.exports.tables import Column, ColumnType, Data, Table, Texts
from monitor.extras import load_extra

_CONSTANTS = ("recording", "participant", "simulated")


def write_parquet(export: SessionExport) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of a Parquet file per table.

    Columns carry their `unit` (UCUM) and `meaning` as field metadata; the schema has `provenance`
    as a JSON object. A missing number is null. Equal input gives equal bytes.

    Raises:
        ConfigError: pyarrow is not installed.
    """
    pyarrow, parquet = load_extra("pyarrow", "export"), load_extra("pyarrow.parquet", "export")
    provenance = export.provenance()
    constants: dict[str, Any] = {name: provenance[name] for name in _CONSTANTS}
    for table in session_tables(export):
        sink = pyarrow.BufferOutputStream()
        arrow = arrow_table(table.with_constants(constants), provenance)
        parquet.write_table(arrow, sink, compression="zstd")
        yield f"{table.name}.parquet", sink.getvalue().to_pybytes()


def arrow_table(table: Table, provenance: dict[str, object]) -> Any:
    """Return a table as a `pyarrow.Table`.

    Raises:
        ConfigError: pyarrow is not installed.
    """
    pyarrow = load_extra("pyarrow", "export")
    arrays = [_array(pyarrow, column, table.data[column.name]) for column in table.columns]
    fields = [
        pyarrow.field(
            column.name, array.type, metadata={"unit": column.unit, "meaning": column.meaning}
        )
        for column, array in zip(table.columns, arrays, strict=True)
    ]
    metadata = {"provenance": json.dumps(provenance, ensure_ascii=False)}
    return pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields, metadata=metadata))


def _array(pyarrow: Any, column: Column, data: Data) -> Any:
    if isinstance(data, Texts):
        return pyarrow.DictionaryArray.from_arrays(
            pyarrow.array(data.codes), pyarrow.array(data.values, pyarrow.string())
        )
    if column.type is ColumnType.TIME:
        return pyarrow.array(data).cast(pyarrow.timestamp("ns", "UTC"))
    return pyarrow.array(data, from_pandas=True)  # NaN becomes null
