"""Parquet: one file per table, with units, meanings and origin as metadata."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    """Return a column made of its bytes: `pyarrow.array` would load pandas, which takes longer."""

    def array(kind: Any, values: NDArray[Any], valid: NDArray[np.uint8] | None = None) -> Any:
        bits = None if valid is None else pyarrow.py_buffer(valid)
        return pyarrow.Array.from_buffers(kind, len(data), [bits, pyarrow.py_buffer(values)])

    if isinstance(data, Texts):
        texts = [text.encode() for text in data.values]
        ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
        buffers = map(pyarrow.py_buffer, (ends, b"".join(texts)))
        values = pyarrow.StringArray.from_buffers(len(texts), *buffers)
        codes = array(pyarrow.int32(), np.ascontiguousarray(data.codes, np.int32))
        return pyarrow.DictionaryArray.from_arrays(codes, values)
    if column.type is ColumnType.TIME:
        return array(pyarrow.timestamp("ns", "UTC"), np.ascontiguousarray(data, np.int64))
    if column.type is ColumnType.FLAG:
        return array(pyarrow.bool_(), _bits(data))
    numbers = np.ascontiguousarray(data, np.float64)
    return array(pyarrow.float64(), numbers, _bits(~np.isnan(numbers)))  # NaN becomes null


def _bits(flags: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.packbits(flags, bitorder="little")
