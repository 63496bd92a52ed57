"""Ranges of the readings of a recorded session in intervals of equal length."""

import json
from collections.abc import Collection
from pathlib import Path

from devices.packets import Quality
from monitor.storage.journal_file import connect_to_read, journal_errors

_SHOWN = (Quality.GOOD.value, Quality.SETTLING.value)


def reading_ranges(
    path: Path, signals: Collection[str], began_ns: int, ended_ns: int, intervals: int
) -> dict[str, list[tuple[int, float, float]]]:
    """Return the interval, lowest and highest value of each interval with values, by channel.

    SQLite does all of the work, so a thread that calls this hardly delays others.

    Args:
        path: of the journal.
        signals: names of the signals.
        began_ns: start of the first interval.
        ended_ns: end of the last one.
        intervals: their number.

    Raises:
        JournalError: the file cannot be read.
    """
    query = (
        "SELECT channel, min((at_ns - ?) * ? / ?, ?) AS place, min(value), max(value) "
        "FROM readings WHERE at_ns BETWEEN ? AND ? AND quality IN (?, ?) AND value IS NOT NULL "
        "AND substr(channel, instr(channel, '/') + 1) IN (SELECT value FROM json_each(?)) "
        "GROUP BY channel, place ORDER BY channel, place"
    )
    span = (began_ns, intervals, max(1, ended_ns - began_ns), intervals - 1, began_ns, ended_ns)
    asked = (*span, *_SHOWN, json.dumps([*signals]))
    found: dict[str, list[tuple[int, float, float]]] = {}
    with journal_errors(path):
        connection = connect_to_read(path)
        try:
            for channel, place, low, high in connection.execute(query, asked):
                found.setdefault(channel, []).append((place, low, high))
        finally:
            connection.close()
    return found
