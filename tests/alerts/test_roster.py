"""The roster: who is on duty by weekday and time, across midnight and daylight saving changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.roster import DAYS, Roster, RosterError, parse_shift, refuse_overlap

ZURICH = ZoneInfo("Europe/Zurich")
HOUR_NS = 3600 * 10**9


def ns(text: str, zone: ZoneInfo = ZURICH, fold: int = 0) -> int:
    """Return the time in ns at which a local clock shows a time."""
    moment = datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)
    return round(moment.timestamp()) * 10**9


def roster(*shifts: str, zone: ZoneInfo = ZURICH) -> Roster:
    return Roster({"anna": [parse_shift(each) for each in shifts]}, zone)


def test_duty_follows_weekday_and_time() -> None:
    days = roster("mon-fri 08:00-20:00")
    assert days.turn("anna", ns("2026-06-03T07:59:59")) == (False, ns("2026-06-03T08:00"))
    assert days.turn("anna", ns("2026-06-03T08:00")) == (True, ns("2026-06-03T20:00"))
    assert days.turn("anna", ns("2026-06-05T20:00")) == (False, ns("2026-06-08T08:00"))
    assert days.turn("ben", ns("2026-06-05T20:00")) == (False, None)


def test_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    nights = roster("fri 20:00-08:00")
    assert nights.turn("anna", ns("2026-06-06T03:00")) == (True, ns("2026-06-06T08:00"))
    assert nights.turn("anna", ns("2026-06-05T03:00")) == (False, ns("2026-06-05T20:00"))


def test_adjacent_shifts_are_one_turn() -> None:
    both = roster("mon 08:00-20:00", "mon 20:00-24:00", "tue 00:00-06:00")
    assert both.turn("anna", ns("2026-06-01T09:00")) == (True, ns("2026-06-02T06:00"))
    assert roster("daily 00:00-24:00").turn("anna", ns("2026-06-01T09:00")) == (True, None)
    assert roster("sun-sat 08:00-07:59").turn("anna", ns("2026-06-01T09:00"))[0]


@pytest.mark.parametrize(
    ("night", "hours"),
    [("2026-03-28T20:00", 11), ("2026-10-24T20:00", 13), ("2026-06-06T20:00", 12)],
)
def test_night_shift_changes_length_with_daylight_saving_time(night: str, hours: int) -> None:
    begin_ns = ns(night)
    on, until_ns = roster("sat 20:00-08:00").turn("anna", begin_ns)
    assert on
    assert until_ns == begin_ns + hours * HOUR_NS


def test_skipped_local_time_is_the_moment_of_the_clock_change() -> None:
    change_ns = ns("2026-03-29T01:00", ZoneInfo("UTC"))
    before = roster("sat 20:00-02:30")
    assert before.turn("anna", change_ns - HOUR_NS) == (True, change_ns)
    after = roster("sun 02:30-08:00")
    assert after.turn("anna", change_ns - 1) == (False, change_ns)
    assert after.turn("anna", change_ns)[0]
    assert not roster("sun 02:00-02:30").turn("anna", change_ns)[0]


def test_repeated_local_time_means_its_first_occurrence() -> None:
    first_ns = ns("2026-10-25T02:30")
    assert ns("2026-10-25T02:30", fold=1) == first_ns + HOUR_NS
    assert roster("sat 20:00-02:30").turn("anna", first_ns - 1) == (True, first_ns)
    assert roster("sun 02:30-08:00").turn("anna", first_ns)[0]


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1439)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["2026-03-27", "2026-10-23", "2026-07-31"]),
    st.integers(0, 4 * 96),
    st.sampled_from(["Europe/Zurich", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_duty_follows_the_local_clock_in_any_time_zone(
    drawn: list[tuple[int, int, int]], start: str, quarter: int, name: str
) -> None:
    """Skipped and repeated local times are tested separately."""
    zone = ZoneInfo(name)
    texts = []
    for day, begin, length in drawn:
        end = (begin + length) % 1440
        texts.append(f"{DAYS[day]} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}")
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC) + timedelta(minutes=15 * quarter)
    shown = moment.astimezone(zone)
    if shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset():
        return
    minute = shown.weekday() * 1440 + shown.hour * 60 + shown.minute
    expected = any((minute - day * 1440 - begin) % 10080 < length for day, begin, length in drawn)
    now_ns = round(moment.timestamp()) * 10**9
    people = roster(*texts, zone=zone)
    on, until_ns = people.turn("anna", now_ns)
    assert on == expected
    if until_ns is not None:
        assert until_ns > now_ns
        assert people.turn("anna", until_ns)[0] != on
        assert people.turn("anna", until_ns - 1)[0] == on


def test_gaps_in_the_next_week_are_found() -> None:
    people = Roster(
        {
            "anna": [parse_shift("mon-fri 08:00-20:00")],
            "ben": [parse_shift("mon-fri 19:00-09:00"), parse_shift("sat 09:00-24:00")],
        },
        ZURICH,
    )
    assert people.gaps(["anna", "ben"], ns("2026-06-03T12:00")) == [
        (ns("2026-06-07T00:00"), ns("2026-06-08T08:00"))
    ]
    assert people.gaps(["ben"], ns("2026-06-03T12:00"))[0] == (
        ns("2026-06-03T12:00"),
        ns("2026-06-03T19:00"),
    )
    assert people.gaps([], 0) == [(0, 7 * 24 * HOUR_NS)]
    assert roster("daily 00:00-24:00").gaps(["anna"], 0) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("monday 08:00-20:00", "'monday' is not a weekday; use mon, tue"),
        ("mon-fry 08:00-20:00", "'fry' is not a weekday"),
        ("mon 8-20", "shift 'mon 8-20' is not valid; write it as"),
        ("mon 25:00-26:00", "25:00 is not a time of day"),
        ("mon 08:60-09:00", "08:60 is not a time of day"),
        ("mon 08:00-08:00", "ends when it begins"),
        ("mon 24:00-08:00", "begins at 24:00"),
        ("mon, tue 08:00-20:00", "is not valid"),
    ],
)
def test_invalid_shift_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(RosterError, match=sentence):
        parse_shift(text)


def test_overlapping_shifts_are_refused() -> None:
    refuse_overlap([parse_shift("mon-sun 20:00-08:00"), parse_shift("daily 08:00-20:00")])
    for one, other, day in (
        ("mon 08:00-20:00", "mon-tue 19:00-21:00", "mon"),
        ("sun 20:00-08:00", "mon 07:00-09:00", "mon"),
    ):
        with pytest.raises(RosterError, match=f"overlap on {day}; join them"):
            refuse_overlap([parse_shift(one), parse_shift(other)])
