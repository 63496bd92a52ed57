"""Roster: who is on duty, by weekday and time of day at the site. Pure.

Times of day are those of the site's clock, also on the days on which summer time begins or ends: a
time that is skipped is the moment of the change, and of a time that occurs twice the first counts.
So two shifts that meet always meet, and nobody is left out between them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MIN = 24 * 60
_WEEK_MIN = 7 * _DAY_MIN
_WEEK_NS = _WEEK_MIN * 60 * 10**9
_SHIFT = re.compile(r"([a-z,-]+) ([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_FORM = "write it as 'mon-fri 08:00-20:00', 'sat,sun 20:00-08:00' or 'daily 00:00-24:00'"

Span = tuple[int, int]  # begin and end


class RosterError(ValueError):
    """A shift cannot be read, or contradicts another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A weekly shift.

    Attributes:
        text: as in the configuration.
        days: of its beginning; 0 is Monday.
        begin_min: minutes of the day.
        end_min: minutes of the same day; above 1440 if it ends on the next day.
    """

    text: str
    days: tuple[int, ...]
    begin_min: int
    end_min: int


def parse_shift(text: str) -> Shift:
    """Read a shift; one that ends before it begins ends on the next day.

    Raises:
        RosterError: it is not valid.

    >>> shift = parse_shift("fri-sun 20:00-08:00")
    >>> shift.days, shift.begin_min, shift.end_min
    ((4, 5, 6), 1200, 1920)
    """
    found = _SHIFT.fullmatch(text)
    if found is None:
        raise RosterError(f"shift '{text}' is not valid; {_FORM}")
    begin_min, end_min = (_minutes(text, found[i], found[i + 1]) for i in (2, 4))
    if begin_min == end_min:
        raise RosterError(f"shift '{text}' ends when it begins; a whole day is 00:00-24:00")
    if begin_min == _DAY_MIN:
        raise RosterError(f"shift '{text}' begins at 24:00; write 00:00 of the next day")
    if end_min < begin_min:
        end_min += _DAY_MIN
    return Shift(text=text, days=_days(text, found[1]), begin_min=begin_min, end_min=end_min)


def _minutes(text: str, hours: str, minutes: str) -> int:
    value = int(hours) * 60 + int(minutes)
    if int(minutes) >= 60 or value > _DAY_MIN:  # noqa: PLR2004 - minutes of an hour
        raise RosterError(f"shift '{text}': {hours}:{minutes} is not a time of day")
    return value


def _days(text: str, words: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in words.split(","):
        first, to, last = ("mon", "-", "sun") if part == "daily" else part.partition("-")
        last = last if to else first
        for name in (first, last):
            if name not in DAYS:
                raise RosterError(
                    f"shift '{text}': '{name}' is not a weekday; use {', '.join(DAYS)} or daily"
                )
        begin, end = DAYS.index(first), DAYS.index(last)
        days |= {day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)}
    return tuple(sorted(days))


def refuse_overlap(shifts: Sequence[Shift]) -> None:
    """Refuse shifts of one person that overlap.

    Raises:
        RosterError: names both shifts and the day.
    """
    spans = sorted(
        (day * _DAY_MIN + shift.begin_min, day * _DAY_MIN + shift.end_min, shift.text)
        for shift in shifts
        for day in shift.days
    )
    if not spans:
        return
    begin, end, text = spans[0]
    for before, after in pairwise([*spans, (begin + _WEEK_MIN, end + _WEEK_MIN, text)]):
        if after[0] < before[1]:
            day = DAYS[after[0] // _DAY_MIN % 7]
            raise RosterError(f"shifts '{before[2]}' and '{after[2]}' overlap on {day}; join them")


class Roster:
    """The weekly shifts of some people.

    Args:
        shifts: of each person, by id.
        zone: of the site.
    """

    def __init__(self, shifts: Mapping[str, Sequence[Shift]], zone: tzinfo) -> None:
        self.names = tuple(shifts)
        self._shifts = shifts
        self._zone = zone
        self._known: dict[str, tuple[date, list[Span]]] = {}

    def turn(self, name: str, now_ns: int) -> tuple[bool, int | None]:
        """Return whether a person is on duty, and when that changes (UTC ns); None: never."""
        for begin_ns, end_ns in self._spans(name, now_ns):
            if now_ns < begin_ns:
                return False, begin_ns if begin_ns - now_ns <= _WEEK_NS else None
            if now_ns < end_ns:
                return True, end_ns if end_ns - now_ns <= _WEEK_NS else None
        return False, None

    def gaps(self, names: Iterable[str], now_ns: int) -> list[Span]:
        """Return the spans (UTC ns) of the next seven days in which none of some people is on."""
        until_ns = now_ns + _WEEK_NS
        gaps: list[Span] = []
        for begin_ns, end_ns in merged(s for name in names for s in self._spans(name, now_ns)):
            if now_ns < begin_ns and now_ns < until_ns:
                gaps.append((now_ns, min(begin_ns, until_ns)))
            now_ns = max(now_ns, end_ns)
        return [*gaps, (now_ns, until_ns)] if now_ns < until_ns else gaps

    def _spans(self, name: str, now_ns: int) -> list[Span]:
        """Return a person's time on duty from yesterday until in nine days."""
        today = datetime.fromtimestamp(now_ns // 10**9, UTC).astimezone(self._zone).date()
        known = self._known.get(name)
        if known is not None and known[0] == today:
            return known[1]
        days = [today + timedelta(days=offset) for offset in range(-1, 10)]
        spans = merged(
            (_instant_ns(day, shift.begin_min, self._zone),
             _instant_ns(day, shift.end_min, self._zone))
            for day in days
            for shift in self._shifts.get(name, ())
            if day.weekday() in shift.days
        )  # fmt: skip
        self._known[name] = today, spans
        return spans


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that meet or overlap; empty ones are left out.

    >>> merged([(5, 9), (1, 3), (3, 4), (7, 7), (8, 12)])
    [(1, 4), (5, 12)]
    """
    joined: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined


def _instant_ns(day: date, minute: int, zone: tzinfo) -> int:
    """Return the moment at which a site's clock first shows a time, or has skipped it."""
    shown = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    moment = shown.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != shown:
        # Skipped: the clock was put forward between what both offsets make of it.
        early = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
        offset = moment.astimezone(zone).utcoffset()
        while moment - early > timedelta(seconds=1):
            middle = early + timedelta(seconds=(moment - early) // timedelta(seconds=1) // 2)
            if middle.astimezone(zone).utcoffset() == offset:
                moment = middle
            else:
                early = middle
    return round(moment.timestamp()) * 10**9
