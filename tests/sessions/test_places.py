"""Successive sessions at one place, across restarts of the service."""

import asyncio
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.console.views.places import NewRoomSession
from dashboards.console.views.sensors import ChosenDevice
from devices.errors import FieldError
from monitor.analysis.replay import verify
from monitor.config.merge import load_merged
from monitor.config.started import load_with_started
from monitor.errors import ActError, ConfigError
from monitor.service.new_rooms import NewRooms
from monitor.service.outputs import Outputs
from monitor.service.place import Place
from monitor.service.places import Places
from monitor.sessions.console_backend import ConsoleBackend
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.sessions.manual_clocks import Hands
from tests.sessions.resumed import resumed

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
        planned, unused = load_with_started([file])
        self.places = Places(
            [Place(Outputs.of(each, clock.now_ns), clock) for each in planned],
            random.Random(1),
            NewRooms(planned[0], clock),
        )
        self.runners = self.places.open(unused)
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


def test_session_resumes_after_midnight(tmp_path: Path, hands: Hands) -> None:
    first = Service(tmp_path, hands)
    first.session.actions.mark("dose", "", "MK", reason="a test")
    name = first.session.spec.id
    first.stop()
    hands.pass_s(20 * 3600)
    again = Service(tmp_path, hands)
    assert again.session.spec.id == name == "P07-20231114"
    assert again.session.engine.dose_ns is not None
    again.stop()


def test_place_of_an_ended_session_waits_for_the_next_participant(
    tmp_path: Path, hands: Hands
) -> None:
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
    # An edited file means another participant.
    edited = Service(tmp_path, hands, who="P09")
    assert edited.session.spec.participant == "P09"
    edited.stop()


@pytest.fixture
def killed(tmp_path: Path, hands: Hands) -> Path:
    """Return the folder of a session whose process was killed right after its end."""
    running, left = tmp_path / "running", tmp_path / "left"
    running.mkdir()
    service = Service(running, hands)
    service.runners[0].session.flush()
    service.session.actions.finish("MK", "over")
    shutil.copytree(running, left)
    service.stop()
    return left


def test_end_is_derived_after_a_kill(killed: Path, hands: Hands) -> None:
    (path,) = (killed / "journals").glob("*.journal")
    with Journal.read(path) as journal:
        assert [*journal.facts_of_kind("life")] == []
        last = journal.last_seq
    hands.pass_s(3600)
    again = Service(killed, hands)
    (runner,) = again.runners
    assert runner.session.ended
    (place,) = again.backend.waiting_places()
    assert place.last == "Session P07-20231114 was ended by MK on 2023-11-14 at 23:13."
    again.stop()
    with Journal.read(path) as journal:
        assert [row.subject for row in journal.facts_of_kind("life")] == ["end"]
        # Nobody monitors, so nothing but the signed head is recorded.
        assert [each.kind for each in journal.entries(after=last)] == ["head"]
        assert verify(journal).difference is None
    assert Service(killed, hands).runners == []


def test_end_that_cannot_be_derived_does_not_prevent_the_next_session(
    killed: Path, hands: Hands
) -> None:
    (path,) = (killed / "journals").glob("*.journal")
    with Journal.write(path):  # another program
        again = Service(killed, hands)
        assert again.runners == []
        assert again.backend.begin("room", "P08", "AB") == "P08-20231114"
        again.stop()


def test_next_session_replaces_an_ended_one(tmp_path: Path, hands: Hands) -> None:
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
def test_invalid_participant_code_is_refused(tmp_path: Path, hands: Hands, code: str) -> None:
    service = Service(tmp_path, hands)
    service.session.actions.finish("MK", "over")
    with pytest.raises(ActError, match="never enter a name"):
        service.backend.begin("room", code, "AB")
    assert service.places.started.empty()
    service.stop()


def test_unreadable_journal_is_reported(tmp_path: Path, hands: Hands) -> None:
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals" / "P07-20231113.journal").write_text("torn")
    service = Service(tmp_path, hands)
    (notice,) = service.session.view().notices
    assert "P07-20231113.journal" in notice
    assert "not known whose session it contains" in notice
    service.stop()


def test_session_id_reused_for_another_participant_is_refused(tmp_path: Path, hands: Hands) -> None:
    Service(tmp_path, hands, more='id = "S1"').stop()
    with pytest.raises(ConfigError, match="is that of participant P07"):
        Service(tmp_path, hands, who="P08", more='id = "S1"')


STRAP = ChosenDevice(kind="heart-rate-strap", address="C0:FF:EE:00:00:99")


def requested(**other: object) -> NewRoomSession:
    wanted = NewRoomSession(
        room="Garden 2", participant="P20", policy="resting-adult", sensors=[("belt", STRAP)]
    )
    return replace(wanted, **other)  # type: ignore[arg-type]


def test_session_begun_in_another_room_resumes_after_a_restart(
    tmp_path: Path, hands: Hands
) -> None:
    service = Service(tmp_path, hands)
    name = service.backend.begin_in_room(requested(), "AB")
    assert name == "P20-20231114"
    begun = service.places.started.get_nowait().session
    assert [view.id for view in service.backend.sessions()] == ["P07-20231114", name]
    spec = begun.spec
    assert (spec.room, spec.policy.name, spec.begun_by) == ("Garden 2", "resting-adult", "AB")
    assert [(each.label, each.address) for each in spec.sensors] == [("belt", STRAP.address)]
    begun.actions.mark("dose", "", "MK")
    service.stop()
    again = Service(tmp_path, hands)
    asyncio.run(resumed(again.places))
    assert [each.spec.id for each in again.places.sessions()] == ["P07-20231114", name]
    assert again.places.sessions()[1].engine.dose_ns is not None
    # The next participant of the room, and another restart.
    ended = again.places.sessions()[1]
    ended.actions.finish("MK", "over")
    ended.close()
    assert [view.room for view in again.backend.waiting_places()] == ["Garden 2"]
    again.backend.begin(again.backend.waiting_places()[0].place, "P21", "AB")
    again.stop()
    last = Service(tmp_path, hands)
    asyncio.run(resumed(last.places))
    assert [each.spec.participant for each in last.places.sessions()] == ["P07", "P21"]
    last.stop()


def test_file_written_for_a_begun_session_is_a_valid_configuration(
    tmp_path: Path, hands: Hands
) -> None:
    service = Service(tmp_path, hands)
    service.backend.begin_in_room(requested(), "AB")
    service.stop()
    (planned,) = load_merged([tmp_path / "journals" / "started-P20-20231114.toml"])
    assert planned.config.session.room == "Garden 2"
    assert planned.config.session.zone == "Europe/Zurich"
    clock = hands.clock()
    place = Place(Outputs.of(planned, clock.now_ns), clock)
    assert place.open() is None
    session = place.resume()
    assert session.spec.id == "P20-20231114"
    session.end("stopped")
    session.close()


TAKEN = replace(STRAP, address="C0:FF:EE:00:00:11")  # of room 1


@pytest.mark.parametrize(
    ("request_", "field", "why"),
    [
        pytest.param({"room": ""}, "room", "enter the name", id="no room"),
        pytest.param({"room": "../x"}, "room", "enter the name", id="not a name"),
        pytest.param({"room": "1"}, "room", "is on this page", id="room of a place"),
        pytest.param({"participant": "Anna M"}, "participant", "never enter a name", id="a name"),
        pytest.param({"participant": "P07"}, "participant", "running session", id="already there"),
        pytest.param({"policy": "../x.toml"}, "policy", "choose one", id="unknown policy"),
        pytest.param({"sensors": []}, "sensors", "at least one", id="no sensors"),
        pytest.param(
            {"sensors": [("a", STRAP), ("a", replace(STRAP, address="C0:FF:EE:00:00:98"))]},
            "sensors",
            "different label",
            id="one label twice",
        ),
        pytest.param(
            {"sensors": [("a", STRAP), ("b", STRAP)]}, "sensors", "already sensor", id="same twice"
        ),
        pytest.param({"sensors": [("a", TAKEN)]}, "sensors", "of session P07", id="used"),
        pytest.param(
            {"sensors": [("a", ChosenDevice(kind="heart-rate-strap"))]},
            "sensors",
            "neither",
            id="could be another room's",
        ),
    ],
)
def test_invalid_field_is_named(
    tmp_path: Path, hands: Hands, request_: dict[str, object], field: str, why: str
) -> None:
    service = Service(tmp_path, hands)
    with pytest.raises(FieldError, match=why) as refusal:
        service.backend.begin_in_room(requested(**request_), "AB")
    assert refusal.value.field == field
    assert [each.name for each in (tmp_path / "journals").glob("*.toml")] == []
    assert service.places.started.empty()
    service.stop()


def test_device_in_two_sessions_is_refused(tmp_path: Path, hands: Hands) -> None:
    service = Service(tmp_path, hands)
    service.session.actions.finish("MK", "over")
    # Room 1 waits, and may begin at any time.
    with pytest.raises(FieldError, match="sensor 'strap' of room 1"):
        service.backend.begin_in_room(requested(sensors=[("a", TAKEN)]), "AB")
    other = service.backend.begin_in_room(requested(), "AB")
    service.backend.replace_sensor(other, "belt", TAKEN, "AB", "the other one is flat")
    with pytest.raises(ActError, match=f"already sensor 'belt' of session {other}"):
        service.backend.begin("room", "P08", "AB")
    service.stop()


def test_invalid_written_file_does_not_stop_other_sessions(tmp_path: Path, hands: Hands) -> None:
    service = Service(tmp_path, hands)
    service.backend.begin_in_room(requested(), "AB")
    service.stop()
    path = tmp_path / "journals" / "started-P20-20231114.toml"
    path.write_text(path.read_text().replace("resting-adult", "gone.toml"))
    again = Service(tmp_path, hands)
    assert [each.spec.participant for each in again.places.sessions()] == ["P07"]
    (failure,) = again.places.failures()
    assert failure.startswith(f"the session of {path} is not running: ")
    again.stop()
