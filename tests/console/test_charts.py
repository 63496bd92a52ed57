"""Chart requests, and sharing of drawings among viewers."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.console.live.charts import ChartRequest, Charts, read_chart_request
from tests.console.fake_backend import MINUTE_NS, NOW_NS, SESSION, FakeBackend
from tests.console.test_status_summary import REPLAY

NOW_MS = NOW_NS // 10**6


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[]",
        '{"span_s": -1}',
        '{"span_s": 1e9}',
        '{"span_s": NaN}',
        '{"until_ms": 1.5}',
        '{"until_ms": -1}',
        '{"more": 1}',
        '{"number": 1' + " " * 200 + "}",
    ],
)
def test_invalid_chart_requests_are_ignored(text: str | None) -> None:
    assert read_chart_request(text) is None


def test_viewers_of_one_period_share_a_drawing() -> None:
    backend = FakeBackend()
    charts = Charts(backend)
    asks = [
        ChartRequest(number=n, span_s=1800.0, until_ms=NOW_MS - 3_600_000 + n) for n in range(50)
    ]
    assert len({charts.frame(SESSION, 7, ask) for ask in asks}) == 1
    assert len(backend.drawn) == 2  # heart rate and core temperature


def test_past_is_redrawn_rarely_and_the_present_as_it_moves() -> None:
    backend = FakeBackend()
    charts = Charts(backend)
    for beat in range(100):
        charts.frame(SESSION, beat, ChartRequest(span_s=300.0))
        charts.frame(SESSION, beat, ChartRequest(span_s=300.0, until_ms=NOW_MS - 3_600_000))
    assert len(backend.drawn) == 2 * (100 + 10)


@pytest.mark.parametrize("span_s", [300.0, 7200.0, 0.0])
def test_charts_of_a_replay_follow_a_jump_within_one_heartbeat(span_s: float) -> None:
    backend = FakeBackend()
    charts = Charts(backend)
    for minutes in (0, 60, 30, 30):
        view = replace(SESSION, now_ns=NOW_NS - minutes * MINUTE_NS, replay=REPLAY)
        axis = json.loads(charts.frame(view, 7, ChartRequest(span_s=span_s)))["axis"]
        assert axis["until"] == view.now_ns // 10**6
    assert len(backend.drawn) == 2 * 3  # the last one has not moved


@given(
    span_s=st.floats(0, 604_800),
    until_ms=st.none() | st.integers(NOW_MS - 10**10, NOW_MS + 10**10),
)
def test_requested_period_lies_within_the_session(span_s: float, until_ms: int | None) -> None:
    backend = FakeBackend()
    Charts(backend).frame(SESSION, 0, ChartRequest(span_s=span_s, until_ms=until_ms))
    (_, _, since_ns, end_ns), *_ = backend.drawn
    assert since_ns < end_ns <= NOW_NS
    assert end_ns > SESSION.started_ns
    wanted_ns = min(span_s * 1e9, NOW_NS - SESSION.started_ns)
    if wanted_ns >= MINUTE_NS:
        assert 0.9 <= (end_ns - since_ns) / wanted_ns <= 1.1


def test_number_of_cached_drawings_is_bounded() -> None:
    backend = FakeBackend()
    charts = Charts(backend)
    for minute in range(100):
        charts.frame(SESSION, 0, ChartRequest(span_s=60.0, until_ms=NOW_MS - minute * 5000))
    assert charts.kept <= 60
