"""Sessions that follow each other at one place, over restarts of the service."""

import random
from pathlib import Path

import pytest

from monitor.config.merge import load_merged
from monitor.errors import ActError, ConfigError
from monitor.service.outputs import Outputs
from monitor.service.places import Place, Places
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from tests.sessions.manual_clocks import Hands

CONFIG = """
[session]
site = "zurich"
room = "{room}"
participant = "{who}"
zone = "Europe/Zurich"
{more}
[[sensor]]
label = "strap"
kind = "heart-rate-strap"
address = "C0:FF:EE:00:00:{room}1"
[[override]]
rule = "hr-110"
changes = {{ above = 125.0, clear = 120.0 }}
by = "Dr A"
reason = "rests at 105"
"""


class Service:
    """The places of some files, as a start of the service opens them."""

    def __init__(self, folder: Path, hands: Hands, who: str = "P07", more: str = "") -> None:
        file = folder / "room.toml"
        file.write_text(CONFIG.format(room="1", who=who, more=more))
        clock = hands.clock()
        self.places = Places(
            [Place(Outputs.of(each, clock.now_ns), clock) for each in load_merged([file])],
            random.Random(1),
        )
        self.runners, self.failures = self.places.open()
        self.backend = ConsoleBackend(
            [runner.session for runner in self.runners], places=self.places
        )

    @property
    def session(self) -> Session:
        (session,) = self.places.sessions()
        return session

    def stop(self) -> None:
        for session in self.places.sessions():
            session.end("stopped")
            session.close()


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_a_session_goes_on_past_midnight(tmp_path: Path, hands: Hands) -> None:
    first = Service(tmp_path, hands)
    first.session.actions.mark("dose", "", "MK")
    name = first.session.spec.id
    first.stop()
    hands.pass_s(20 * 3600)
    again = Service(tmp_path, hands)
    assert again.session.spec.id == name == "P07-20231114"
    assert again.session.engine.dose_ns is not None
    again.stop()


def test_an_ended_session_waits_for_the_next_participant(tmp_path: Path, hands: Hands) -> None:
    first = Service(tmp_path, hands)
    first.session.actions.finish("MK", "over")
    first.stop()
    hands.pass_s(3600)
    waiting = Service(tmp_path, hands)
    assert waiting.runners == []
    assert waiting.backend.sessions() == []
    (place,) = waiting.backend.waiting_places()
    assert place.last == "Session P07-20231114 was ended by MK on 2023-11-14 at 23:13."
    hands.pass_s(3600)
    assert waiting.backend.begin("room", "P08", "AB") == "P08-20231115"
    assert waiting.places.started.get_nowait().session is waiting.session
    assert waiting.backend.waiting_places() == []
    spec = waiting.session.spec
    assert (spec.participant, spec.begun_by, spec.overrides) == ("P08", "AB", ())
    waiting.stop()
    # A restart resumes that session, although the file names the participant before.
    again = Service(tmp_path, hands)
    assert again.session.spec.id == "P08-20231115"
    again.stop()
    # An edited file means somebody else.
    edited = Service(tmp_path, hands, who="P09")
    assert edited.session.spec.participant == "P09"
    edited.stop()


def test_the_next_session_takes_the_place_of_an_ended_one(tmp_path: Path, hands: Hands) -> None:
    service = Service(tmp_path, hands)
    with pytest.raises(ActError, match="end it first"):
        service.backend.begin("room", "P08", "AB")
    service.session.actions.finish("MK", "over")
    service.runners[0].session.close()
    assert [view.ended for view in service.backend.sessions()] == [True]
    service.backend.begin("room", "P07", "AB")
    assert [view.id for view in service.backend.sessions()] == ["P07-20231114-2"]
    assert service.session.spec.overrides  # the same person
    service.stop()


@pytest.mark.parametrize("code", ["", "Anna Muster", "../P08", "P" * 65, "P08\n"])
def test_a_code_that_is_not_valid_is_refused(tmp_path: Path, hands: Hands, code: str) -> None:
    service = Service(tmp_path, hands)
    service.session.actions.finish("MK", "over")
    with pytest.raises(ActError, match="never enter a name"):
        service.backend.begin("room", code, "AB")
    assert service.places.started.empty()
    service.stop()


def test_a_journal_that_cannot_be_read_is_reported(tmp_path: Path, hands: Hands) -> None:
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals" / "P07-20231113.journal").write_text("torn")
    service = Service(tmp_path, hands)
    (notice,) = service.session.view().notices
    assert "P07-20231113.journal" in notice
    assert "not known whose session it contains" in notice
    service.stop()


def test_an_id_that_stays_the_same_for_another_participant_is_refused(
    tmp_path: Path, hands: Hands
) -> None:
    Service(tmp_path, hands, more='id = "S1"').stop()
    with pytest.raises(ConfigError, match="is that of participant P07"):
        Service(tmp_path, hands, who="P08", more='id = "S1"')
