"""Rows of a journal's facts, and the lanes in which they are delivered."""

import enum
from functools import partial
from typing import NamedTuple

from monitor.storage.schema import URGENT


class Lane(enum.Enum):
    """Which facts are meant, as SQL: alarms must not wait behind a day of readings.

    An index holds the urgent ones, so neither lane is read by scanning the other.
    """

    ALL = "TRUE"
    URGENT = URGENT  # alarms, calls, markers, links, policy, baselines: few
    BULK = f"NOT ({URGENT})"  # readings, statistics, limits, and what is not thought of yet


class FactRow(NamedTuple):
    """A fact as journaled; `payload` is its JSON. A tuple, for there are millions of them."""

    id: int
    entry: int
    at_ns: int
    kind: str
    subject: str
    payload: str


fact_row = partial(tuple.__new__, FactRow)  # what `FactRow._make` does, without its checks
