"""Rows of a journal's facts, and the lanes in which they are delivered."""

import enum
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from monitor.storage.schema import URGENT

BULK_KINDS = ("reading", "statistic", "limit")  # of which a session has many thousands


class Lane(enum.Enum):
    """Subset of facts as an SQL condition: alarms must not wait behind a day of readings.

    The urgent facts have an index, so neither lane is read by scanning the other.
    """

    ALL = "TRUE"
    URGENT = URGENT  # alarms, calls, markers, links, policy, baselines: few
    BULK = f"NOT ({URGENT})"  # readings, statistics, limits, and every new kind


class FactRow(NamedTuple):
    """A journaled fact; `payload` is its JSON. A tuple, because there are millions."""

    id: int
    entry: int
    at_ns: int
    kind: str
    subject: str
    payload: str


fact_row = partial(tuple.__new__, FactRow)  # `FactRow._make` without its length check


class FactColumns(NamedTuple):
    """The journaled facts of one kind as columns of equal length, in the order of their ids."""

    ids: Sequence[int]
    at_ns: Sequence[int]
    subjects: Sequence[str]
    payloads: Sequence[str]
