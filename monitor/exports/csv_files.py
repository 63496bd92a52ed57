"""CSV: the tables of a recording, and one row per second with a column per channel.

Source of the format: RFC 4180, in UTF-8 with a header line. The columns that are equal in all rows
state where the rows come from, so that files of several recordings can be joined.
"""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from monitor.analysis.recorded_beats import RR_INTERVAL
from monitor.analysis.recorded_tables import ReadingSeries, Times, Values
from monitor.exports.session_export import SessionExport
from monitor.exports.session_tables import session_tables
from monitor.exports.tables import Column, ColumnType, Data, Table, Texts, number
from monitor.exports.utc import iso_utc

_SECOND_NS = 10**9
_CONSTANTS = ("recording", "participant", "simulated", "software", "policy", "journal_hash")


def write_csv(export: SessionExport) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of a CSV file per table, and of `seconds.csv`.

    Numbers have as many digits as they need, a missing one is empty, times of day are ISO 8601.
    The ECG is left out: in a text it would be too large for any program that needs one.
    """
    tables = [*(each for each in session_tables(export) if each.name != "ecg"), seconds(export)]
    provenance = export.provenance()
    constants: dict[str, Any] = {name: provenance[name] for name in _CONSTANTS}
    for table in tables:
        yield f"{table.name}.csv", csv_bytes(table.with_constants(constants))


def seconds(export: SessionExport) -> Table:
    """Return one row per whole second of the session, and a column per channel.

    A value is the last one of good quality at or before that second, as long as it is current
    (`hold_s` of `devices.signals`); a spot measurement is in the second in which it was made.
    RR intervals are left out, because several may end in a second.
    """
    session, zero_ns = export.session, export.zero_ns
    time_s, at_ns = whole_seconds(zero_ns, session.began_ns, session.ended_ns)
    columns = [number("time_s", "Time since the start of the session, or since the dose.", "s")]
    data: dict[str, Data] = {"time_s": time_s}
    if export.options.absolute:
        columns.append(Column("time", ColumnType.TIME, "The same time in UTC."))
        data["time"] = at_ns
    for channel, series in export.good_readings().items():
        signal = series.signal
        if signal.name == RR_INTERVAL:
            continue
        name = channel.replace("/", "_")
        columns.append(number(name, f"{signal.label}, sensor '{series.sensor}'.", signal.unit))
        data[name] = held_values(series, at_ns)
    return Table("seconds", tuple(columns), data)


def whole_seconds(zero_ns: int, began_ns: int, ended_ns: int) -> tuple[Values, Times]:
    """Return the whole seconds since zero within a time range, and their times."""
    first = -(-(began_ns - zero_ns) // _SECOND_NS)
    last = (ended_ns - zero_ns) // _SECOND_NS
    seconds = np.arange(first, last + 1, dtype=np.int64)
    return seconds.astype(np.float64), zero_ns + seconds * _SECOND_NS


def held_values(series: ReadingSeries, at_ns: Times) -> Values:
    """Return the current value at each time; NaN where there is none."""
    hold_ns = _SECOND_NS if series.spot else round(series.signal.hold_s * _SECOND_NS)
    place = np.searchsorted(series.at_ns, at_ns, side="right") - 1
    known = place >= 0
    values = np.full(len(at_ns), np.nan)
    found = place[known]
    current = at_ns[known] - series.at_ns[found] < hold_ns
    values[known] = np.where(current, series.values[found], np.nan)
    return values


def csv_bytes(table: Table) -> bytes:
    """Return a table as CSV."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(column.name for column in table.columns)
    cells = [_cells(column, table.data[column.name]) for column in table.columns]
    writer.writerows(zip(*cells, strict=True))
    return target.getvalue().encode()


def _cells(column: Column, data: Data) -> Sequence[str]:
    if isinstance(data, Texts):
        return data.rows()
    match column.type:
        case ColumnType.FLAG:
            return ["true" if value else "false" for value in data.tolist()]
        case ColumnType.TIME:
            return [iso_utc(value) for value in data.tolist()]
        case _:
            return ["" if math.isnan(value) else shortest(value) for value in data.tolist()]


def shortest(value: float) -> str:
    """Return a number with as few digits as identify it.

    >>> shortest(70.0), shortest(36.93), shortest(-0.5)
    ('70', '36.93', '-0.5')
    """
    return repr(value).removesuffix(".0")
