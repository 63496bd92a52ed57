"""A recording at any moment, in virtual time."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.console.backend import ReplayControlBackend as Shown
from devices.errors import PhysiomonError
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import AlarmFact
from monitor.sessions.alarm_history import AlarmHistory
from monitor.sessions.recording import read_recording
from monitor.sessions.recording_player import RecordingPlayer
from monitor.sessions.replay_backend import ReplayBackend, with_link
from monitor.sessions.view import session_view
from monitor.storage.journal import Journal
from tests.durations import examples
from tests.engine.scripted_session import START_NS
from tests.replay.recording import HIGH_FROM_S, LAST_S, NOTE_S, record
from tests.virtual.virtual_room import in_virtual_time

S = 10**9


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay") / "s1.journal"
    record(path)
    return path


@pytest.fixture
def player(path: Path) -> Iterator[RecordingPlayer]:
    with Journal.read(path) as journal:
        yield RecordingPlayer(read_recording(journal))


def for_seconds(
    player: RecordingPlayer, seconds: float, then: Callable[[], None] = lambda: None
) -> None:
    """Run the player in virtual time, take an action, and let it finish."""

    async def watch() -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(player.run())
            await asyncio.sleep(seconds)
            then()
            await asyncio.sleep(3.0)  # no slice takes time here: it arrives
            running.cancel()

    in_virtual_time(watch())


@pytest.mark.parametrize("speed", [1.0, 10.0, 100.0])
def test_player_plays_at_the_chosen_speed(player: RecordingPlayer, speed: float) -> None:
    player.speed = speed
    for_seconds(player, 2.0)
    passed_s = (player.now_ns - START_NS) / S
    assert passed_s == pytest.approx(5.0 * speed, abs=0.25 * speed)


def test_paused_player_stands_still(player: RecordingPlayer) -> None:
    player.playing = False
    player.seek(START_NS + 100 * S)
    for_seconds(player, 5.0)
    assert player.now_ns == START_NS + 100 * S


def test_player_stops_at_the_end_and_restarts(player: RecordingPlayer) -> None:
    player.speed = 10_000.0
    for_seconds(player, 2.0)
    assert player.now_ns == player.recording.ended_ns
    assert not player.playing
    player.speed = 1.0
    for_seconds(player, 0.5, lambda: ReplayBackend([player]).play("s1", on=True))
    assert 2.0 < (player.now_ns - START_NS) / S < 4.0


@settings(max_examples=examples(5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-100, LAST_S + 100), min_size=1, max_size=4))
def test_view_after_seeking_does_not_depend_on_earlier_positions(
    player: RecordingPlayer, seconds: list[int]
) -> None:
    """Equal to a session that was played up to that time."""
    player.playing = False
    for second in seconds:
        player.seek(START_NS + second * S)
        for_seconds(player, 0.2)
    at_ns = min(max(START_NS + seconds[-1] * S, START_NS), player.recording.ended_ns)
    engine, history = Engine(), AlarmHistory()
    entries = list(player.recording.journal.entries())
    for entry in entries:
        if entry.received_ns > at_ns:
            break
        steps = [fact for _, fact in engine.apply(entry) if isinstance(fact, AlarmFact)]
        for fact in steps:
            history.add(fact)
    for late in engine.advance(at_ns):
        if isinstance(late, AlarmFact):
            history.add(late)
    (shown,) = ReplayBackend([player]).sessions()
    expected = session_view(engine, at_ns, reversed(history), ())
    expected = replace(expected, sensors=[with_link(each, engine) for each in expected.sensors])
    for name in ("now_ns", "channels", "alarms", "sensors", "markers", "history", "scheduled"):
        assert getattr(shown, name) == getattr(expected, name), name
    trace = ReplayBackend([player]).trace("s1", "strap/heart_rate", 0, 2**62, 5000)
    packets = [entry.received_ns for entry in entries if entry.kind == EntryKind.PACKET]
    assert list(trace.at_ns[-1:]) == [at for at in packets if at <= at_ns][-1:]


def test_alarms_and_markers_are_seek_targets(player: RecordingPlayer) -> None:
    told = [((each.at_ns - START_NS) / S, each.text) for each in player.moments]
    assert (float(NOTE_S), "note: sits up") in [(round(at_s), words) for at_s, words in told]
    high = [at_s for at_s, words in told if "Heart rate" in words and at_s >= HIGH_FROM_S]
    assert high
    player.playing = False
    player.seek(START_NS + round(high[0] * S))
    for_seconds(player, 0.2)
    assert any(
        "Heart rate" in alarm.message for alarm in ReplayBackend([player]).sessions()[0].alarms
    )


def test_seeking_does_not_block_the_event_loop(path: Path) -> None:
    """Ten minutes of recording need many slices of five milliseconds each."""
    passed_s = 0.0

    def perf_s() -> float:
        nonlocal passed_s
        passed_s += 0.001  # an entry takes a millisecond
        return passed_s

    with Journal.read(path) as journal:
        player = RecordingPlayer(read_recording(journal), perf_s=perf_s)
        player.playing = False
        player.seek(player.recording.ended_ns)
        turns = 0

        async def count() -> None:
            nonlocal turns
            while player.seeking:
                turns += 1
                await asyncio.sleep(0)

        async def watch() -> None:
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(player.run())
                await count()
                running.cancel()

        in_virtual_time(watch())
    assert turns > LAST_S / 6


def test_actions_on_a_recording_are_refused(player: RecordingPlayer) -> None:
    backend = ReplayBackend([player])
    assert isinstance(backend, Shown)
    acts: list[tuple[Callable[..., None], tuple[str, ...]]] = [
        (backend.acknowledge, ("s1", "x", "MK")),
        (backend.mark, ("s1", "note", "text", "MK")),
        (backend.finish, ("s1", "MK", "over")),
    ]
    for act, with_ in acts:
        with pytest.raises(PhysiomonError, match="this is a replay of a recording"):
            act(*with_)
    with pytest.raises(PhysiomonError, match="no recording of session 'other'"):
        backend.seek("other", 5)


def test_sensor_whose_link_was_not_recorded_is_connected_while_it_sends(path: Path) -> None:
    with Journal.read(path) as journal:
        player = RecordingPlayer(read_recording(journal))
        backend = ReplayBackend([player])
        player.seek(player.recording.began_ns + 60 * S)
        for_seconds(player, 1.0)
        [view] = backend.sessions()
        states = {sensor.label: sensor.state for sensor in view.sensors}
        assert states == {"strap": "connected", "patch": "searching"}  # it never sends
