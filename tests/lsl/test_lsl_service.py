"""Markers of other programs, failures and limits of the LSL service."""

import asyncio
import random
import sys
from pathlib import Path

import pylsl
import pytest
from pydantic import ValidationError

from monitor.config.lsl import LslMarkers, LslSettings
from monitor.config.merge import load_merged
from monitor.errors import ConfigError
from monitor.facts import MarkerFact
from monitor.lsl import service as lsl_service
from monitor.lsl.outlets import both_clocks, load_lsl
from monitor.lsl.service import PART
from monitor.lsl.streams import Streams, sample_of
from monitor.service.outputs import Outputs
from monitor.sessions.session import Session
from tests.lsl.mirrored_session import mirrored, opened, until


@pytest.fixture(autouse=True)
def this_machine_only() -> None:
    """Set liblsl up before its first use in this process, after which it ignores settings."""
    load_lsl(LslSettings(plain_text=True))


def settings_of(session: Session) -> LslSettings:
    stream = f"{session.spec.room} stimuli"
    return LslSettings(plain_text=True, markers=[LslMarkers(stream=stream, kind="phase")])


def outlet_of(session: Session, form: str = "string") -> pylsl.StreamOutlet:
    name = f"{session.spec.room} stimuli"
    info = pylsl.StreamInfo(name, "Markers", 1, 0, form, f"other-{session.spec.room}")
    return pylsl.StreamOutlet(info)


def marks(session: Session) -> list[MarkerFact]:
    return session.engine.markers.marked


def test_markers_of_another_program_become_events_at_their_times(tmp_path: Path) -> None:
    session = opened(tmp_path)
    outlet = outlet_of(session)

    async def run() -> list[int]:
        async with mirrored(session, settings_of(session)):
            assert await asyncio.to_thread(outlet.wait_for_consumers, 60)
            stamp_s, sent_ns = both_clocks(pylsl, session.now_ns)
            outlet.push_sample(["music"], stamp_s)
            outlet.push_sample(["  "], stamp_s + 0.001)
            outlet.push_sample(["rest\x1b[2J" + "x" * 300], stamp_s - 0.5)
            await until(lambda: len(marks(session)) == 2)
            assert not session.notices
            return [sent_ns, sent_ns - 5 * 10**8]

    times_ns = asyncio.run(run())
    later, earlier = sorted(marks(session), key=lambda mark: -mark.at_ns)
    assert (later.subject, later.text) == ("phase", "music")
    assert later.by == f"LSL {session.spec.room} stimuli"
    assert abs(later.at_ns - times_ns[0]) < 10**7
    # A time before the session is its start.
    assert abs(earlier.at_ns - max(times_ns[1], session.engine.started_ns)) < 10**7
    assert earlier.text.startswith("rest\N{REPLACEMENT CHARACTER}[2Jxxx")
    assert len(earlier.text) == 200


def test_two_clocks_are_read_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    read_s = iter((10.0, 10.06, 10.07, 10.07002))  # another program ran between the first two
    read_ns = iter((1_030_000_000, 1_070_010_000))
    monkeypatch.setattr(pylsl, "local_clock", lambda: next(read_s))
    clock_s, now_ns = both_clocks(pylsl, lambda: next(read_ns))
    assert (round(clock_s, 6), now_ns) == (10.07001, 1_070_010_000)


def test_markers_of_the_future_are_refused_and_reported(tmp_path: Path) -> None:
    session = opened(tmp_path)
    outlet = outlet_of(session)
    seen: dict[str, str] = {}

    async def run() -> None:
        async with mirrored(session, settings_of(session)):
            assert await asyncio.to_thread(outlet.wait_for_consumers, 60)
            outlet.push_sample(["tomorrow"], pylsl.local_clock() + 86_400)
            await until(lambda: "lsl refused" in session.notices)
            seen.update(session.notices)

    asyncio.run(run())
    assert not marks(session)
    assert "this time is in the future" in seen["lsl refused"]


def test_numbers_are_markers_too(tmp_path: Path) -> None:
    session = opened(tmp_path)
    outlet = outlet_of(session, "int32")

    async def run() -> None:
        async with mirrored(session, settings_of(session)):
            assert await asyncio.to_thread(outlet.wait_for_consumers, 60)
            outlet.push_sample([17])
            await until(lambda: len(marks(session)) == 1)

    asyncio.run(run())
    assert marks(session)[0].text == "17"


def test_too_many_markers_are_refused_counted_and_reported(tmp_path: Path) -> None:
    session = opened(tmp_path)
    outlet = outlet_of(session)
    seen: dict[str, str] = {}

    async def run() -> None:
        async with mirrored(session, settings_of(session)):
            assert await asyncio.to_thread(outlet.wait_for_consumers, 60)
            for number in range(75):
                outlet.push_sample([f"stimulus {number}"])
            await until(lambda: "15 markers" in session.notices.get("lsl markers", ""))
            seen.update(session.notices)

    asyncio.run(run())
    assert len(marks(session)) == 60
    assert "send phases and events, not single stimuli" in seen["lsl markers"]


def test_a_stream_that_ends_and_returns_is_found_again(tmp_path: Path) -> None:
    session = opened(tmp_path)

    async def run() -> None:
        async with mirrored(session, settings_of(session)):
            for count in (1, 2):
                outlets = [outlet_of(session)]
                assert await asyncio.to_thread(outlets[0].wait_for_consumers, 60)
                outlets[0].push_sample([f"run {count}"])
                await until(lambda wanted=count: len(marks(session)) == wanted)  # type: ignore[misc]
                outlets.clear()

    asyncio.run(run())
    assert [mark.text for mark in marks(session)] == ["run 1", "run 2"]


def test_its_own_streams_are_not_its_markers(tmp_path: Path) -> None:
    session = opened(tmp_path)
    own = f"{session.spec.room} markers"
    settings = LslSettings(plain_text=True, markers=[LslMarkers(stream=own)])

    async def run() -> None:
        async with mirrored(session, settings):
            await until(lambda: bool(pylsl.resolve_byprop("name", own, 1, 1)))
            session.actions.mark("note", "once", "ab")
            await until(lambda: len(pylsl.resolve_byprop("name", own, 1, 2)) == 1)

    asyncio.run(run())
    assert len(marks(session)) == 1


def test_a_slow_mirror_drops_counts_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lsl_service, "_MOST_WAITING", 5)
    session = opened(tmp_path)
    service = lsl_service.LslService(session, LslSettings(plain_text=True))
    for _ in range(9):
        session.packet("strap", "2A37", b"\x00\x46")
        session.derive()
    assert service is not None
    assert session.notices["lsl samples"].startswith("4 samples not sent to LSL")
    readings = session.journal.facts_of_kind("reading")
    session.flush()
    assert sum(1 for _ in readings) == 9
    session.close()


def test_without_the_package_the_session_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pylsl", None)
    session = opened(tmp_path)
    seen: dict[str, str] = {}

    async def run() -> None:
        async with mirrored(session, LslSettings(plain_text=True)):
            await until(lambda: PART in session.notices)
            seen.update(session.notices)
            session.packet("strap", "2A37", b"\x00\x46")
            await until(lambda: session.engine.channels["strap/heart_rate"].value is not None)

    asyncio.run(run())
    assert "pip install 'physiomon[lsl]'" in seen[PART]


def test_streams_need_consent() -> None:
    for values in ({}, {"plain_text": False}, {"scope": "site"}):
        with pytest.raises(ValidationError, match="plain_text = true"):
            LslSettings.model_validate(values)
    twice = [{"stream": "a"}, {"stream": "a"}]
    with pytest.raises(ValidationError, match="used twice"):
        LslSettings.model_validate({"plain_text": True, "markers": twice})
    with pytest.raises(ValidationError):  # it becomes part of a query
        LslMarkers(stream="a' or '1'='1")


def test_source_ids_survive_a_restart_and_differ_between_sessions(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    one, other = opened(tmp_path), opened(tmp_path / "a")
    ids = [each.source_id for each in Streams(one.spec).initial()]
    assert ids == [each.source_id for each in Streams(one.spec).initial()]
    assert not {*ids} & {each.source_id for each in Streams(other.spec).initial()}
    assert len(ids) == 3 + 2 + 3  # strap, thermometer; markers, alarms, clock
    one.close()
    other.close()


def test_free_text_stays_in_the_journal() -> None:
    note = MarkerFact(subject="note", at_ns=1, text="asked about her son", by="ab")
    sample = sample_of(note)
    assert sample is not None
    assert sample.values == ("note",)


def test_configured_streams_are_a_service_of_the_session(tmp_path: Path) -> None:
    path = tmp_path / "room.toml"
    head = '[session]\nsite = "here"\nparticipant = "P07"\npolicy = "resting-adult"\n'
    sensor = '[[sensor]]\nlabel = "strap"\nkind = "heart-rate-strap"\n'
    path.write_text(f"{head}{sensor}[lsl]\nplain_text = true\n")
    session = opened(tmp_path)
    (planned,) = load_merged([path])
    runner = Outputs.of(planned, session.now_ns).runner(session, random.Random(1))
    assert PART in runner.parts
    session.close()
    path.write_text(f"{head}{sensor}[lsl]\n")
    with pytest.raises(ConfigError, match="plain_text = true"):
        load_merged([path])
