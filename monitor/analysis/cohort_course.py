"""Mean course of a signal over many sessions, aligned to the dose. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST = 2  # sessions with a value, for a mean and a standard deviation


@dataclass(frozen=True, slots=True)
class CohortCourse:
    """Means over sessions by time, shape (n,) each.

    Attributes:
        minutes: middle of each part of time, in minutes after the dose.
        mean: NaN where fewer than `FEWEST` sessions have a value.
        sd: standard deviation between sessions (n - 1).
        sessions: number of sessions with a value.
    """

    minutes: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    sessions: NDArray[np.int64]


def cohort_course(
    courses: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]], width_min: int
) -> CohortCourse:
    """Return the mean course; each session counts once in each part of time.

    Args:
        courses: minutes after the dose and values of each session, shape (m,) each.
        width_min: length of a part of time in minutes; parts begin at multiples of it.
    """
    known = [minutes for minutes, _ in courses if len(minutes)]
    if not known:
        empty = np.empty(0)
        return CohortCourse(empty, empty, empty, np.empty(0, dtype=np.int64))
    first = min(int(minutes.min()) for minutes in known) // width_min
    last = max(int(minutes.max()) for minutes in known) // width_min
    table = np.full((len(courses), last - first + 1), np.nan)
    for row, (minutes, values) in zip(table, courses, strict=True):
        place = minutes // width_min - first
        total = np.bincount(place, weights=values, minlength=len(row))
        number = np.bincount(place, minlength=len(row))
        row[number > 0] = total[number > 0] / number[number > 0]
    there = ~np.isnan(table)
    sessions = there.sum(axis=0)
    enough = sessions >= FEWEST
    mean, sd = np.full(table.shape[1], np.nan), np.full(table.shape[1], np.nan)
    mean[enough] = np.nanmean(table[:, enough], axis=0)
    sd[enough] = np.nanstd(table[:, enough], axis=0, ddof=1)
    middles = np.arange(first, last + 1, dtype=np.float64) * width_min + width_min / 2
    return CohortCourse(middles, mean, sd, sessions.astype(np.int64))
