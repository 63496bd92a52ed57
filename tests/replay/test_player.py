"""A recording at any moment, in virtual time."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.console.backend import ReplayControlBackend as Shown
from dashboards.console.views.chart_series import Trace
from devices.errors import PhysiomonError
from devices.virtual.peripherals.catalog import VirtualSensorConfig
from monitor.core.engine import Engine
from monitor.facts import AlarmFact, Fact
from monitor.sessions.alarm_history import AlarmHistory
from monitor.sessions.chart_series import ChartSeries
from monitor.sessions.checkpoints import Checkpoint, Checkpoints
from monitor.sessions.recording import read_recording
from monitor.sessions.recording_player import RecordingPlayer
from monitor.sessions.replay_backend import ReplayBackend, with_link
from monitor.sessions.view import session_view
from monitor.storage.journal import Journal
from tests.durations import examples
from tests.engine.scripted_session import START_NS
from tests.replay.recording import HIGH_FROM_S, LAST_S, NOTE_S, record
from tests.virtual.test_kinds import record as record_ecg
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
        yield RecordingPlayer(read_recording(journal), checkpoints=Checkpoints(every_ns=45 * S))


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
    engine, history, charts = Engine(), AlarmHistory(), ChartSeries()

    def take(fact: Fact) -> None:
        charts.add(fact)
        if isinstance(fact, AlarmFact):
            history.add(fact)

    for entry in player.recording.journal.entries():
        if entry.received_ns > at_ns:
            break
        for _, fact in engine.apply(entry):
            take(fact)
    for fact in engine.advance(at_ns):
        take(fact)
    (shown,) = ReplayBackend([player]).sessions()
    expected = session_view(engine, at_ns, reversed(history), ())
    expected = replace(expected, sensors=[with_link(each, engine) for each in expected.sensors])
    for name in ("now_ns", "channels", "alarms", "sensors", "markers", "history", "scheduled"):
        assert getattr(shown, name) == getattr(expected, name), name
    asked = ("strap/heart_rate", 0, 2**62, 5000)
    trace, whole = ReplayBackend([player]).trace("s1", *asked), charts.trace(*asked)
    assert drawn(trace) == drawn(whole)
    assert trace.alarms == whole.alarms


def drawn(trace: Trace) -> list[str]:
    """Return the points of a trace and its limits, equal if they are; NaN is not equal to NaN."""
    limits = [array for limit in trace.limits for array in (limit.at_ns, limit.values)]
    return [repr(each.tolist()) for each in (trace.at_ns, trace.values, *limits)]


@pytest.mark.parametrize("start_s", [LAST_S, 1])
def test_a_known_place_is_reached_without_what_is_before_it(path: Path, start_s: int) -> None:
    entries = 0

    def perf_s() -> float:
        nonlocal entries
        entries += 1  # it is asked for after each entry
        return 0.0

    with Journal.read(path) as journal:
        player = RecordingPlayer(
            read_recording(journal), perf_s=perf_s, checkpoints=Checkpoints(every_ns=45 * S)
        )
        player.playing = False
        for second in range(0, LAST_S + 1, 5):
            player.seek(START_NS + second * S)
            for_seconds(player, 0.2)
        player.seek(START_NS + start_s * S)
        for_seconds(player, 0.2)
        entries = 0
        player.seek(START_NS + 400 * S)
        for_seconds(player, 0.2)
        assert player.now_ns == START_NS + 400 * S
    assert 60 <= entries < 150  # a minute, one interval, and as often as the player looks


def test_ecg_after_a_jump_back_is_the_recorded_one(tmp_path: Path) -> None:
    record_ecg(tmp_path, VirtualSensorConfig(kind="polar-h10-ecg"), 240)
    with Journal.read(tmp_path / "polar-h10-ecg.journal") as journal:
        recording = read_recording(journal)
        direct = RecordingPlayer(recording)
        player = RecordingPlayer(recording, checkpoints=Checkpoints(every_ns=20 * S))
        for each, places in ((direct, (150,)), (player, (100, 235, 150))):
            each.playing = False
            for second in places:
                each.seek(recording.began_ns + second * S)
                for_seconds(each, 0.2)
        [expected], [shown] = direct.ecg.views(direct.now_ns), player.ecg.views(player.now_ns)
        assert len(expected.blocks) > 5
        assert shown == expected


def test_checkpoints_beyond_their_memory_are_thinned() -> None:
    checkpoints = Checkpoints(every_ns=S, most_bytes=1000)
    for second in range(1000):
        if checkpoints.due(second * S):
            checkpoints.add(Checkpoint(at_ns=second * S, seq=second, parts=[bytes(100)]))
    found = [checkpoints.last_until(second * S) for second in range(1000)]
    kept = sorted({each.seq for each in found if each is not None})
    assert 3 < len(kept) <= 10
    assert max(b - a for a, b in zip(kept, [*kept[1:], 1000], strict=True)) <= 256


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
