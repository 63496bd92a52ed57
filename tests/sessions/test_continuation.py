"""The session that a start of the service resumes or begins."""

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.sessions.continuation import (
    Begin,
    Complete,
    ConfiguredSession,
    RecordedSession,
    Resume,
    Wait,
    at_start,
)

TODAY = datetime.date(2026, 11, 28)
DAY_NS = 86_400 * 10**9


def recorded(
    name: str,
    participant: str = "P07",
    day: int = 0,
    *,
    ended: bool = False,
    site: str = "zurich",
    configured_as: str = "",
) -> RecordedSession:
    return RecordedSession(
        path=Path(f"{name}.journal"),
        id=name,
        site=site,
        participant=participant,
        started_ns=(1000 + day) * DAY_NS,
        last_ns=(1000 + day) * DAY_NS + 1,
        configured_as=configured_as,
        ended_by="MK" if ended else None,
        ended_ns=(1000 + day) * DAY_NS + 1 if ended else None,
    )


LAST_YEAR = recorded("P07-20251128", day=-365)
YESTERDAY = recorded("P07-20261127", day=-1)
ENDED = recorded("P07-20261127", day=-1, ended=True)
KILLED = replace(ENDED, end_derived=False)
OTHER = recorded("P08-20261128", "P08")
OTHER_SITE = recorded("P07-20261127", day=-1, site="basel")
GUEST = recorded("P08-20261128", "P08", configured_as="P07")
GUEST_ENDED = recorded("P08-20261128", "P08", ended=True, configured_as="P07")
DAY_1 = recorded("P07-day1", day=-1)
DAY_1_ENDED = recorded("P07-day1", day=-1, ended=True)

CASES = {
    "nothing recorded": (None, [], Begin("P07-20261128")),
    "past midnight": (None, [YESTERDAY], Resume(YESTERDAY)),
    "a year later": (None, [LAST_YEAR], Resume(LAST_YEAR)),
    "the newest of two": (None, [YESTERDAY, LAST_YEAR], Resume(YESTERDAY)),
    "ended": (None, [ENDED], Wait(ENDED)),
    "ended, and killed before its end was derived": (None, [KILLED], Complete(KILLED)),
    "ended, an older one never was": (None, [LAST_YEAR, ENDED], Wait(ENDED)),
    "an ended one before": (
        None,
        [ENDED, recorded("P07-20261128")],
        Resume(recorded("P07-20261128")),
    ),
    "only another participant": (None, [OTHER], Begin("P07-20261128")),
    "only another site": (None, [OTHER_SITE], Begin("P07-20261128")),
    "the id of today is taken": (
        None,
        [recorded("P07-20261128", "P09")],
        Begin("P07-20261128-2"),
    ),
    "another participant, started on the page": (None, [ENDED, GUEST], Resume(GUEST)),
    "another participant, started on the page and ended": (
        None,
        [ENDED, GUEST_ENDED],
        Wait(GUEST_ENDED),
    ),
    "an id, nothing recorded": ("P07-day1", [], Begin("P07-day1")),
    "an id, resumed": ("P07-day1", [DAY_1], Resume(DAY_1)),
    "an id, ended": ("P07-day1", [DAY_1_ENDED], Wait(DAY_1_ENDED)),
    "a new id beside an open session": ("P07-day2", [DAY_1], Begin("P07-day2")),
    "a guest of another file": ("P07-day2", [GUEST], Begin("P07-day2")),
    "a guest after an id": (
        "P07-day1",
        [DAY_1_ENDED, recorded("P08-20261128", "P08", configured_as="P07-day1")],
        Resume(recorded("P08-20261128", "P08", configured_as="P07-day1")),
    ),
}


@pytest.mark.parametrize(("configured", "found", "decision"), CASES.values(), ids=CASES)
def test_start_resumes_the_newest_session_of_its_participant(
    configured: str | None, found: list[RecordedSession], decision: Resume | Begin | Complete | Wait
) -> None:
    asked = ConfiguredSession(id=configured, site="zurich", participant="P07")
    assert at_start(asked, TODAY, found) == decision
    assert at_start(asked, TODAY, found[::-1]) == decision


@pytest.mark.parametrize("theirs", [recorded("S1", "P08"), recorded("S1", site="basel")])
def test_session_id_of_another_participant_is_refused(theirs: RecordedSession) -> None:
    asked = ConfiguredSession(id="S1", site="zurich", participant="P07")
    with pytest.raises(ConfigError, match=r"is that of participant P0.*give \[session\] another"):
        at_start(asked, TODAY, [theirs])


sessions = st.builds(
    lambda number, participant, day, ended, site, guest: recorded(
        f"{participant}-{number}",
        participant,
        day,
        ended=ended,
        site=site,
        configured_as=guest,
    ),
    st.integers(0, 9),
    st.sampled_from(["P07", "P08"]),
    st.integers(-3, 0),
    st.booleans(),
    st.sampled_from(["zurich", "basel"]),
    st.sampled_from(["", "", "P07", "P08"]),
)


@given(st.lists(sessions, max_size=6, unique_by=lambda each: each.id))
def test_start_never_resumes_another_participant(found: list[RecordedSession]) -> None:
    asked = ConfiguredSession(id=None, site="zurich", participant="P07")
    decision = at_start(asked, TODAY, found)
    if isinstance(decision, Begin):
        assert decision.id not in {each.id for each in found}
        return
    chosen = decision.session
    assert chosen.site == "zurich"
    assert chosen.configured_as == "P07" or (
        not chosen.configured_as and chosen.participant == "P07"
    )
    assert isinstance(decision, Wait | Complete) == chosen.ended
