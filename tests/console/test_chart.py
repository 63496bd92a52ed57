"""Charts: lines, gaps, steps and labels, in coordinates of the SVG's square of 1000."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.console.charts.chart import chart_html
from dashboards.console.charts.scales import TimeAxis, value_axis
from dashboards.console.views.chart_series import LimitTrace, Trace
from dashboards.console.views.session import MarkerView
from tests.console.fake_backend import MINUTE_NS, NOW_NS

SPAN = TimeAxis(since_ns=NOW_NS - 10 * MINUTE_NS, until_ns=NOW_NS, zero_ns=NOW_NS - 5 * MINUTE_NS)
NAN = float("nan")


def trace(*values: float, limits: tuple[LimitTrace, ...] = ()) -> Trace:
    at_ns = np.linspace(SPAN.since_ns, NOW_NS, len(values)).astype(np.int64)
    return Trace(at_ns=at_ns, values=np.array(values), limits=limits)


def limit(*steps: tuple[float, float], upper: bool = True, priority: str = "high") -> LimitTrace:
    """Return a limit from (minutes before now, value)."""
    return LimitTrace(
        rule="r<1>",
        priority=priority,
        upper=upper,
        at_ns=np.array([NOW_NS - round(ago * MINUTE_NS) for ago, _ in steps], np.int64),
        values=np.array([value for _, value in steps]),
    )


def draw(drawn: Trace, *markers: MarkerView) -> str:
    return chart_html(drawn, SPAN, markers, label="Heart <rate>", ucum="/min")


def paths(html: str, classes: str) -> list[str]:
    return re.findall(rf'<path class="{classes}" d="([^"]*)"', html)


def test_gap_ends_the_line_and_a_single_value_is_a_dot() -> None:
    (line,) = paths(draw(trace(60, 60, NAN, 60, NAN, 60, 60)), "trace")
    assert re.fullmatch(r"M0 \d+L167 \d+M500 \d+h0M833 \d+L1000 \d+", line)


def test_limit_is_a_step_line_up_to_now() -> None:
    html = draw(trace(60, 70, limits=(limit((8, 90.0), (5, 80.0), (2, NAN), (1, 85.0)),)))
    (line,) = paths(html, "limit p-high")
    assert re.fullmatch(r"M200 \d+H500V\d+H800M900 \d+H1000", line)


def test_unknown_limit_ends_the_line() -> None:
    html = draw(trace(60, 70, limits=(limit((8, 90.0), (5, NAN)),)))
    (line,) = paths(html, "limit p-high")
    assert re.fullmatch(r"M200 -?\d+H500", line)
    assert "limit-label" not in html


def test_axis_includes_values_and_the_limits_of_every_alarm() -> None:
    limits = (
        limit((8, 200.0), priority="info"),
        limit((8, 150.0)),
        limit((8, 110.0)),
        limit((8, 50.0), upper=False),
        limit((8, 40.0), upper=False),
    )
    axis = value_axis(trace(60, 100, limits=limits), "/min")
    assert 30 < axis.low <= 40
    assert 150 <= axis.high < 170


def test_noise_does_not_look_like_a_trend() -> None:
    axis = value_axis(trace(70, 71), "/min")
    assert axis.high - axis.low >= 40


def test_labels_of_close_limits_are_moved_apart() -> None:
    close = [limit((8, 110.0 + step / 10), priority="low") for step in range(5)]
    html = draw(trace(60, 100, limits=(*close, limit((8, 110.5)))))
    found = re.findall(r'top:([\d.]+)%" title="[^"]*">([*i]+) ', html)
    tops = [float(top) for top, _ in found]
    assert found[0][1] == "***"  # the highest value is on top
    assert len(tops) == 6
    assert all(after - before >= 16.9 for before, after in pairwise(tops))
    assert max(tops) <= 100


def test_labels_of_close_markers_do_not_overlap() -> None:
    markers = [
        MarkerView(at_ns=NOW_NS - second * 10**9, kind="supplement", text="", by="MK")
        for second in range(300)
    ]
    html = draw(trace(60, 70), *markers)
    assert html.count('class="marker"') == 300  # each has its line
    found = re.findall(r'--at:([\d.]+)" title="[^"]*"><i class="([^"]*)" style="top:(\d)em"', html)
    # A telephone shows fewer labels, each of which takes more of the width.
    for width, shown in ((0.2, found), (0.33, [each for each in found if "wide" not in each[1]])):
        starts: dict[str, list[float]] = {}
        for at, classes, row in shown:
            starts.setdefault(row, []).append(float(at) - (1.1 * width if "left" in classes else 0))
        assert len(starts) == 3
        for row in starts.values():
            assert all(b - a >= width for a, b in pairwise(sorted(row)))


def test_time_axis_counts_from_the_dose() -> None:
    html = draw(trace(60, 70))
    assert re.findall(r"<i>([-+]?\d+:\d\d|dose)</i>", html) == ["-0:05", "dose", "+0:05"]


def test_markers_outside_the_axis_are_omitted_and_text_is_escaped() -> None:
    inside = MarkerView(at_ns=NOW_NS - MINUTE_NS, kind="note", text='"><b>', by="M<K")
    outside = MarkerView(at_ns=NOW_NS - 11 * MINUTE_NS, kind="dose", text="", by="MK")
    html = draw(trace(60, 70, limits=(limit((8, 90.0)),)), inside, outside)
    assert html.count('class="marker"') == 1
    assert "<b>" not in html
    assert "note by M&lt;K: &quot;&gt;&lt;b&gt;" in html
    assert "Heart &lt;rate&gt;: 60 /min to 70 /min" in html
    assert "r&lt;1&gt;" in html


def test_chart_without_values_has_a_description() -> None:
    html = draw(trace(NAN, NAN))
    assert "no values in this span" in html
    assert paths(html, "trace") == [""]


@pytest.mark.parametrize("span_s", [1, 60, 300, 1800, 7200, 8 * 3600, 48 * 3600])
def test_number_of_ticks_is_bounded(span_s: int) -> None:
    axis = TimeAxis(since_ns=NOW_NS - span_s * 10**9, until_ns=NOW_NS, zero_ns=None)
    assert len(axis.ticks()) <= 7


@given(st.lists(st.floats(25, 250) | st.just(NAN), min_size=1, max_size=50))
def test_line_stays_within_the_square(values: list[float]) -> None:
    drawn = trace(*values)
    (line,) = paths(draw(drawn), "trace")
    numbers = [int(number) for number in re.findall(r"\d+", line.replace("h0", ""))]
    assert all(0 <= number <= 1000 for number in numbers)
    assert len(numbers) == 2 * int(np.isfinite(drawn.values).sum())
    labels = [label for _, label in value_axis(drawn, "/min").ticks()]
    assert 2 <= len(labels) <= 7
    assert len(set(labels)) == len(labels)
