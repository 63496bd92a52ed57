"""RMSSD and SDNN against plain NumPy, and the laws that make replay exact."""

import doctest
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.policy.conditions import Statistic, StatisticName
from devices.virtual import packets
from devices.virtual.recording import read_recording
from monitor.core.engine import Engine
from monitor.entries import EntryKind
from monitor.facts import Fact, StatisticFact, payload
from monitor.statistics import beat_times, hrv, rr_artifacts, windows
from monitor.statistics.hrv import RMSSD, SDNN, TREND, BeatSums, BeatWindow
from monitor.statistics.rr_artifacts import Beat
from tests.durations import examples
from tests.engine.scripted_session import START_NS, Script
from tests.statistics.heart_beats import Notification, S, in_numpy, judged, plainly, recordings

DATA = Path(__file__).parents[1] / "data"
POLICY = """
name = "beats"
version = "1"

[[rule]]
id = "stiff"
signal = "rr_interval"
statistic = "rmssd(60s)"
below = 8
clear = 10
priority = "low"
message = "The heart beats like a clock"
source = "test"
"""
SPANS = st.integers(1, 30).map(lambda s: s * S)


def window(beats: Sequence[Beat], span: int) -> BeatWindow:
    sums = BeatSums()
    made = BeatWindow(span, sums)
    sums.add(beats)
    return made


def bits(fed: BeatWindow) -> tuple[str | None, ...]:
    values = (fed.value(RMSSD), fed.value(SDNN))
    return tuple(None if value is None else value.hex() for value in values)


@settings(deadline=None)
@given(recordings(), SPANS)
def test_agrees_with_numpy_at_every_beat(notifications: list[Notification], span: int) -> None:
    sums, heard = BeatSums(), plainly(notifications)
    fed = BeatWindow(span, sums)
    for beat in judged(notifications):
        sums.add([beat])
        rmssd, sdnn = in_numpy(heard, beat.at_ns, span)
        assert fed.value(RMSSD) == (None if rmssd is None else pytest.approx(rmssd, rel=1e-12))
        assert fed.value(SDNN) == (
            None if sdnn is None else pytest.approx(sdnn, rel=1e-9, abs=1e-6)
        )


@settings(deadline=None)
@given(recordings(), SPANS, SPANS, st.data())
def test_values_do_not_depend_on_how_beats_are_added(
    notifications: list[Notification], span: int, other: int, data: st.DataObject
) -> None:
    """Neither on the blocks in which they come, nor on other windows, nor on what is forgotten."""
    beats, sums, one_by_one = judged(notifications), BeatSums(), BeatSums()
    fed, plain = BeatWindow(span, sums), BeatWindow(span, one_by_one)
    BeatWindow(other, sums)
    while beats:
        count = data.draw(st.integers(1, len(beats)))
        block, beats = beats[:count], beats[count:]
        sums.add(block)
        for beat in block:
            one_by_one.add([beat])
        assert bits(fed) == bits(plain)


def test_old_beats_are_forgotten() -> None:
    beats, sums = steady(3000), BeatSums()
    fed = BeatWindow(60 * S, sums)
    for number, beat in enumerate(beats, 1):
        sums.add([beat])
        assert bits(fed) == bits(window(beats[max(0, number - 100) : number], 60 * S))
    assert len(sums.at_ns) < 400


@settings(deadline=None)
@given(recordings(), SPANS, st.data())
def test_new_window_begins_with_the_next_beat(
    notifications: list[Notification], span: int, data: st.DataObject
) -> None:
    beats, sums = judged(notifications), BeatSums()
    before = data.draw(st.integers(0, len(beats)))
    sums.add(beats[:before])
    fed = BeatWindow(span, sums)
    sums.add(beats[before:])
    assert bits(fed) == bits(window(beats[before:], span))


@settings(deadline=None)
@given(recordings(), SPANS)
def test_values_depend_only_on_beats_in_the_window(
    notifications: list[Notification], span: int
) -> None:
    """Beats outside the window have no effect."""
    beats = judged(notifications)
    now = beats[-1].at_ns if beats else 0
    assert bits(window(beats, span)) == bits(
        window([beat for beat in beats if beat.at_ns > now - span], span)
    )


def steady(count: int, steps: int = 1000) -> list[Beat]:
    """Return adjacent beats that alternate by 20 around `steps`."""
    return [
        Beat(S + n * steps * S // 1024, steps + n % 2 * 20, (-20, 20)[n % 2] if n else None)
        for n in range(count)
    ]


def test_rmssd_and_sdnn_of_alternating_intervals() -> None:
    fed = window(steady(60), 59 * S)
    assert fed.value(RMSSD) == 20.0
    assert fed.value(SDNN) == pytest.approx(float(np.std([1000, 1020] * 30, ddof=1)))


def test_window_is_blank_until_filled_with_beats() -> None:
    fed = window(steady(41), 59 * S)
    assert bits(fed) == (None, None)
    fed = window(steady(42), 59 * S)
    assert fed.value(SDNN) is not None
    assert fed.value(RMSSD) is None  # of 42 intervals there are 41 differences
    assert window(steady(43), 59 * S).value(RMSSD) == 20.0


@pytest.mark.parametrize(("dropped", "known"), [(3, True), (4, False)])
def test_window_is_blank_if_over_five_percent_of_beats_were_dropped(
    dropped: int, known: bool
) -> None:
    beats = steady(60)
    for n in range(dropped):
        beats[10 * n + 5] = beats[10 * n + 5]._replace(steps=None, difference=None)
        beats[10 * n + 6] = beats[10 * n + 6]._replace(difference=None)
    fed = window(beats, 60 * S)
    assert (fed.value(RMSSD) is not None) == known
    assert (fed.value(SDNN) is not None) == known


def test_value_returns_once_dropped_beats_have_left_the_window() -> None:
    beats = [Beat(n, None, None) for n in range(1, 9)] + steady(120)
    sums, known = BeatSums(), []
    fed = BeatWindow(60 * S, sums)
    for beat in beats:
        sums.add([beat])
        known.append(fed.value(RMSSD) is not None)
    assert known.index(True) > 60
    assert all(known[known.index(True) :])


def test_value_is_unknown_without_beats() -> None:
    assert bits(window([], 60 * S)) == (None, None)


def test_empty_window_length_is_refused() -> None:
    with pytest.raises(ValueError, match="is empty"):
        BeatWindow(0, BeatSums())


# In the engine


def play(
    notifications: Sequence[Notification],
    policy: str = POLICY,
    rate: int = 70,
) -> Script:
    script = Script(policy)
    for at_ns, intervals in notifications:
        script.at(at_ns / S)
        script.enter(
            EntryKind.PACKET, "strap/2A37", packets.heart_rate(rate, intervals, contact=True)
        )
    return script


def told(script: Script) -> dict[Statistic, list[tuple[int, float | None]]]:
    """Return the facts of the rhythm: (time since the start, ms)."""
    found: dict[Statistic, list[tuple[int, float | None]]] = {
        Statistic(name, window_s): [] for window_s, names in TREND.items() for name in names
    }
    for _, fact in script.facts:
        if isinstance(fact, StatisticFact) and fact.subject == "strap/rr_interval":
            for name, value in fact.values.items():
                which = Statistic(StatisticName(name), fact.window_s)
                found[which].append((fact.at_ns - START_NS, value))
    return found


def rows(facts: Sequence[tuple[int, Fact]]) -> list[tuple[int, int, str, str, str]]:
    return [(seq, f.at_ns, f.kind, f.subject, payload(f)) for seq, f in facts]


PINNED = {
    "rmssd(60s)": 89.21950410527228,
    "rmssd(300s)": 73.17473500615044,
    "sdnn(300s)": 61.72973770979224,
}


def wristband() -> list[Notification]:
    """Return an hour and a half of a real person's beats, each notified as it comes."""
    hearts = read_recording(DATA / "e4_IBI.csv").hearts
    return [(round(heart.at_s * S), heart.rr) for heart in hearts]


@pytest.mark.extended
def test_real_recording_agrees_with_numpy() -> None:
    beats = wristband()
    script = play(beats)
    laid = [fact for _, fact in script.facts if fact.kind == "reading" and "rr" in fact.subject]
    at_ns = [fact.at_ns - START_NS for fact in laid]
    heard = [(at, *beat[1:]) for at, beat in zip(at_ns, plainly(beats), strict=True)]
    known = 0
    for statistic, values in told(script).items():
        for now_ns, value in values:
            expected = in_numpy(heard, now_ns, round(statistic.window_s * S))
            ours = expected[statistic.name is SDNN]
            assert value == (None if ours is None else pytest.approx(ours * 1000 / 1024, rel=1e-9))
            known += value is not None
    assert known > 1000
    # Pinned: a journal that was written elsewhere must replay here.
    found = {str(statistic): dict(values) for statistic, values in told(script).items()}
    pinned_ns = next(at for at in found["rmssd(60s)"] if at >= 7843 * S)
    assert {name: values[pinned_ns] for name, values in found.items()} == PINNED


@settings(max_examples=examples(15), deadline=None)
@given(recordings(), st.data())
def test_live_and_replayed_facts_are_byte_identical(
    notifications: list[Notification], data: st.DataObject
) -> None:
    """Live, a timer advances the engine at any time; in a replay only entries do."""
    whole = play(notifications)
    live = Engine()
    facts: list[tuple[int, Fact]] = []
    for entry in whole.entries:
        if data.draw(st.booleans()):
            early_ns = data.draw(st.integers(live.now_ns, max(live.now_ns, entry.received_ns)))
            facts += [(live.seq, fact) for fact in live.advance(early_ns)]
        facts += live.apply(entry)
    assert rows(facts) == rows(whole.facts)


def clock(start: int, stop: int, swing: int) -> list[Notification]:
    """Return a beat a second, for the seconds from start to stop."""
    return [(second * S, (1024 + second % 2 * swing,)) for second in range(start, stop)]


def test_rule_compares_rmssd_with_a_limit() -> None:
    script = play([*clock(1, 100, 20), *clock(100, 200, 2), *clock(200, 300, 20)])
    raised, cleared = script.alarms("stiff")
    assert raised.split()[1:] == ["stiff", "raised"]
    assert 100 < float(raised.split()[0]) < 160
    assert 200 < float(cleared.split()[0]) < 260
    values = [f.value for _, f in script.facts if f.kind == "alarm" and hasattr(f, "value")]
    assert values[0] is not None
    assert 7 < values[0] < 8  # milliseconds


def test_rule_on_a_blank_value_is_not_evaluated() -> None:
    """Every tenth beat is an artefact: the variability is unknown."""
    beats = [(at, (1500,)) if at // S % 10 == 0 else (at, rr) for at, rr in clock(1, 300, 2)]
    script = play(beats)
    assert script.alarms("stiff") == []
    assert all(value is None for values in told(script).values() for _, value in values)


def test_values_are_reported_every_ten_seconds_of_measured_time() -> None:
    found = told(play(clock(1, 400, 20)))
    for values in found.values():
        apart = {b - a for (a, _), (b, _) in pairwise(values)}
        assert len(values) == 40
        assert min(apart) >= 10 * S
        assert max(apart) < 11.1 * S  # with the first beat by which it is due
    blank = {str(s): sum(value is None for _, value in values) for s, values in found.items()}
    assert blank == {"rmssd(60s)": 5, "rmssd(300s)": 21, "sdnn(300s)": 21}


def test_beats_without_a_heart_rate_are_not_used() -> None:
    assert all(
        value is None
        for values in told(play(clock(1, 100, 20), rate=0)).values()
        for _, value in values
    )


@pytest.mark.parametrize("module", [beat_times, hrv, rr_artifacts, windows])
def test_examples_in_docstrings(module: ModuleType) -> None:
    failed, attempted = doctest.testmod(module)
    assert attempted > 0
    assert not failed
