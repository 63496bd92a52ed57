"""Tables as data frames of pandas or tables of Apache Arrow."""

from typing import Any

from monitor.exports.parquet import arrow_table
from monitor.exports.tables import ColumnType, Table, Texts
from monitor.extras import load_extra


def frame(table: Table, provenance: dict[str, object], *, arrow: bool) -> Any:
    """Return a table as a `pandas.DataFrame`, or as a `pyarrow.Table`.

    Texts are categories, times `datetime64[ns, UTC]`, and missing numbers NaN (null in Arrow).
    `attrs` of a data frame has `provenance` and `units` (UCUM), as has the schema of Arrow.

    Raises:
        PhysiomonError: the package is not installed.
    """
    if arrow:
        return arrow_table(table, provenance)
    pandas = load_extra("pandas", "export")
    columns = {}
    for column in table.columns:
        data = table.data[column.name]
        if isinstance(data, Texts):
            columns[column.name] = pandas.Categorical.from_codes(data.codes, list(data.values))
        elif column.type is ColumnType.TIME:
            columns[column.name] = pandas.to_datetime(data, unit="ns", utc=True)
        else:
            columns[column.name] = data
    found = pandas.DataFrame(columns)
    found.attrs = {
        "provenance": provenance,
        "units": {column.name: column.unit for column in table.columns if column.unit},
    }
    return found
