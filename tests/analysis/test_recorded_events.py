"""Events of recorded sessions with their validity, and what identifies a session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.analysis.recorded_actions import read_actions
from monitor.analysis.recorded_ecg import read_ecg
from monitor.analysis.recorded_events import Event, EventKind, EventStatus, dose_ns, read_events
from monitor.analysis.recorded_session import read_session
from monitor.entries import EntryKind, body_bytes
from monitor.sessions.recording import Recording, read_recording
from monitor.storage.journal import Journal
from tests.analysis.rich_recording import ADDRESS, DOSE_S, LAST_S, NOTE, PERSON, ns, record
from tests.scenarios.play import MDMA, Play


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("rich") / "rich.journal")


@pytest.fixture
def recording(path: Path) -> Iterator[Recording]:
    with Journal.read(path) as journal:
        yield read_recording(journal)


@pytest.fixture
def events(recording: Recording) -> list[Event]:
    return read_events(recording)


def of_kind(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind is kind]


def test_events_are_in_time_order(events: list[Event]) -> None:
    times = [event.at_ns for event in events]
    assert times == sorted(times)


def test_correction_yields_the_corrected_value_and_its_replacement(events: list[Event]) -> None:
    found = [
        (event.name, event.value, event.unit, event.status, event.at_ns, event.role, event.reason)
        for event in of_kind(events, EventKind.MEASUREMENT)
    ]
    at_ns = found[0][4]
    assert sorted(found) == [
        ("body_temperature", 36.8, "Cel", EventStatus.VALID, ns(50.5), "nurse", ""),
        ("diastolic", 78.0, "mm[Hg]", EventStatus.VOIDED, at_ns, "nurse", "typo"),
        ("systolic", 122.0, "mm[Hg]", EventStatus.CORRECTED, at_ns, "nurse", "typo"),
        ("systolic", 132.0, "mm[Hg]", EventStatus.VALID, at_ns, "", ""),
    ]
    assert abs(at_ns - ns(30)) < 1000


def test_markers_have_amounts_ratings_and_texts(events: list[Event]) -> None:
    markers = {event.name: event for event in of_kind(events, EventKind.MARKER)}
    assert (markers["dose"].value, markers["dose"].unit) == (120.0, "mg")
    assert markers["rating"].value == 7.0
    assert markers["note"].text == NOTE
    assert markers["note"].by == PERSON
    undone = [event for event in events if event.status is EventStatus.UNDONE]
    assert [event.text for event in undone] == ["wrong participant"]
    assert dose_ns(events) == markers["dose"].at_ns
    assert abs(markers["dose"].at_ns - ns(DOSE_S)) < 1000


def test_adverse_event_has_the_state_of_its_last_step(events: list[Event]) -> None:
    found = of_kind(events, EventKind.ADVERSE_EVENT)
    by_name = {event.name: event for event in found}
    nausea, headache = by_name["nausea"], by_name["headache"]
    assert (nausea.at_ns, nausea.ended_ns, nausea.severity) == (ns(230), ns(490), 2)
    assert nausea.relation == "probable"
    assert headache.status is EventStatus.WITHDRAWN


def test_baselines_and_session_start_and_end_are_events(events: list[Event]) -> None:
    assert [event.name for event in of_kind(events, EventKind.SESSION)] == ["start", "end"]
    channels = {event.name for event in of_kind(events, EventKind.BASELINE)}
    assert "strap/heart_rate" in channels


def test_session_without_a_dose_has_no_dose_time(tmp_path: Path) -> None:
    with Journal.read(record(tmp_path / "no.journal", dose=False, ended=False)) as journal:
        recording = read_recording(journal)
        assert dose_ns(read_events(recording)) is None
        assert not read_session(recording).ended


def test_session_is_identified(recording: Recording) -> None:
    session = read_session(recording)
    assert session.participant == "P01"
    assert (session.simulated, session.ended, session.drug) == (False, True, "MDMA")
    assert session.policy == "mdma-session"
    assert f'name = "{session.policy}"' in MDMA
    assert session.began_ns == ns(0)
    assert session.ended_ns >= ns(LAST_S)
    journal = recording.journal
    assert session.journal_hash == journal.hash_of(journal.last_seq)
    assert journal.hash_of(1).startswith(session.key)
    assert [(each.label, each.address) for each in session.sensors] == [
        ("strap", ADDRESS),
        ("strap2", ""),
        ("patch", ""),
    ]
    assert session.sensors[0].kind_label == "Heart rate strap"


def test_unreadable_entries_are_left_out_as_by_the_engine(tmp_path: Path) -> None:
    play = Play()
    for kind in (EntryKind.VITALS, EntryKind.CORRECTION, EntryKind.SENSOR, EntryKind.END):
        play.enter(kind, "manual", b"{")
        play.enter(kind, "manual", b"[1]")
    play.at(5).beat(70)
    path = tmp_path / "broken.journal"
    with Journal.write(path) as journal:
        for entry in play.entries:
            journal.append(entry)
        journal.add_facts(play.facts)
        recording = read_recording(journal)
        assert of_kind(read_events(recording), EventKind.MEASUREMENT) == []
        assert len(read_session(recording).sensors) == 2
        assert not read_session(recording).ended
        assert read_ecg(recording) == {}
        assert read_actions(recording) == []


def test_rating_that_is_no_finite_number_has_no_value(tmp_path: Path) -> None:
    play = Play()
    for second, text in enumerate(("7", "nan", "inf", "9" * 400, "much better")):
        body = body_bytes({"text": text, "by": PERSON})
        play.at(second + 1).enter(EntryKind.MARKER, "rating", body)
    with Journal.write(tmp_path / "rated.journal") as journal:
        for entry in play.entries:
            journal.append(entry)
        journal.add_facts(play.facts)
        markers = of_kind(read_events(read_recording(journal)), EventKind.MARKER)
    assert [marker.value for marker in markers] == [7.0, None, None, None, None]
