"""A strip of ECG: the curve is drawn where and as high as it was, and what is missing is said."""

import re
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dashboards.console.charts.ecg_strip import live_strip, past_strip
from dashboards.console.views.ecg import EcgView
from devices.ecg import EcgBlock
from tests.console.ecg_views import COUNT, HZ, S, drawn, ecg
from tests.console.fake_backend import NOW_NS, SESSION, STRAP


def strip(view: EcgView, **session: object) -> str:
    return live_strip(view, replace(SESSION, ecg=(view,), **session))  # type: ignore[arg-type]


def lines(html: str) -> list[list[tuple[int, int]]]:
    found = re.search('class="ecg-trace" d="([^"]*)"', html)
    assert found is not None
    return drawn(found[1])


def state(html: str) -> str:
    found = re.search('class="ecg-state">([^<]*)<', html)
    return "" if found is None else found[1]


def gaps(html: str) -> list[tuple[int, int]]:
    """Return start and length of each grey area, in ms of the strip."""
    found = re.findall(r'class="ecg-gap" x="(\d+)" width="(\d+)"', html)
    return [(int(x) * 2, int(width) * 2) for x, width in found]


@given(st.sets(st.integers(0, 20), max_size=6), st.integers(0, 15 * 10**8))
def test_each_sample_is_drawn_at_its_time_and_height(lost: set[int], silent_ns: int) -> None:
    view = ecg(lost=lost, silent_s=silent_ns / S)
    html = strip(view)
    wanted = [sample for block in view.blocks for sample in block.samples()]
    points = [point for line in lines(html) for point in line]
    assert len(points) == len(wanted)
    for (x, y), (at_ns, uv) in zip(points, wanted, strict=True):
        assert abs(x * 2_000_000 - (at_ns - view.since_ns)) <= 1_000_001  # 2 ms per unit
        assert abs((400 - y) * 5 - uv) <= 6  # 5 uV per unit, around the median of 3 uV
    # As many lines as runs of blocks.
    numbers = [n for n in range(30) if n not in lost][: len(view.blocks)]
    runs = 1 + sum(b - a > 1 for a, b in pairwise(numbers))
    assert len(lines(html)) == runs


def test_complete_strip_says_nothing() -> None:
    html = strip(ecg())
    assert state(html) == ""
    assert gaps(html) == []
    assert "squares: 0.2 s, 0.5 mV" in html
    assert "for review only, not diagnosed" in html


def test_gap_is_grey_and_named() -> None:
    html = strip(ecg(lost={6, 7}))
    assert state(html) == "Gap: 1.0 s missing"
    # The newest sample is 0.2 s old, and six blocks of half a second follow the gap.
    [(start_ms, length_ms)] = gaps(html)
    assert abs(start_ms + length_ms - (15_000 - 200 - 3000)) <= 10
    assert abs(length_ms - 1000) <= 20


def test_trace_that_stops_moves_away_and_its_age_is_said() -> None:
    assert state(strip(ecg(silent_s=1.9))) == ""  # a packet may be late
    html = strip(ecg(silent_s=4.0))
    assert state(html) == "No ECG for 4 s"
    assert gaps(html) == [(11_000, 4_000)]
    assert max(x for line in lines(html) for x, _ in line) <= 5500
    lost = replace(STRAP, state="lost")
    assert state(strip(ecg(silent_s=4.0), sensors=(lost,))) == "No ECG for 4 s (lost)"


def test_empty_strip_says_why() -> None:
    assert state(strip(ecg(blocks=0))) == "No ECG received yet"
    assert re.fullmatch(r"No ECG since \d\d:\d\d:\d\d", state(strip(ecg(silent_s=40.0))))
    assert lines(strip(ecg(silent_s=40.0))) == []


def test_flat_line_asks_to_look_at_the_person() -> None:
    flat = ecg(height_uv=0.0)
    assert "look at the person" in state(strip(flat))
    # Two flat seconds between beats are an ordinary pause.
    assert state(strip(ecg())) == ""


def test_high_beats_get_larger_squares_and_stay_inside() -> None:
    for height_uv, square in ((1800.0, "0.5"), (3000.0, "1"), (7000.0, "2"), (90_000.0, "4")):
        html = strip(ecg(height_uv=height_uv))
        assert f"squares: 0.2 s, {square} mV" in html
        assert all(0 <= y <= 600 for line in lines(html) for _, y in line)


def test_single_artefact_does_not_shrink_the_curve() -> None:
    view = ecg()
    spoiled = (9e5, *view.blocks[3].uv[1:])
    blocks = [*view.blocks[:3], replace(view.blocks[3], uv=spoiled), *view.blocks[4:]]
    assert "squares: 0.2 s, 0.5 mV" in strip(replace(view, blocks=blocks))


def test_exchanged_sensor_is_not_joined_to_the_last_one() -> None:
    view = ecg(lost=set(range(10)))
    other = EcgBlock(first_ns=NOW_NS - S, interval_ns=S / HZ, uv=(1.0,) * COUNT)
    blocks = [*view.blocks, other]
    assert len(lines(strip(replace(view, blocks=blocks, last_ns=other.last_ns)))) == 2


def test_ended_session_has_no_curve() -> None:
    assert "<svg" not in strip(ecg(), ended=True)


def test_strip_around_an_alarm_has_a_line_where_it_was_raised() -> None:
    raised_ns = NOW_NS - 5 * S
    html = past_strip(ecg(), raised_ns, SESSION)
    assert '<path class="ecg-mark" d="M5000 0V600"/>' in html
    assert "line: alarm raised" in html
    assert state(html) == ""
    later = replace(ecg(), now_ns=NOW_NS - S)
    assert state(past_strip(later, raised_ns, SESSION)) == "not complete yet"


def test_text_is_escaped() -> None:
    view = replace(ecg(), sensor="<b>")
    assert "<b>" not in strip(view)
    assert "<b>" not in past_strip(view, NOW_NS, SESSION)
