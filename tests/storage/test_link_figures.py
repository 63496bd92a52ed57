"""Statistics of a link from its changes."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.link_figures import LinkFigures

S = 10**9
STATES = st.sampled_from(["searching", "failed", "connected", "silent", "lost", "waiting"])


def figures(*changes: tuple[int, str], end_s: int) -> dict[str, object]:
    link = LinkFigures()
    for at_s, state in changes:
        link.change(at_s * S, {"state": state, "rssi": -at_s or None})
    link.end(end_s * S)
    return link.body()


def test_figures_of_a_lost_silent_and_failing_link() -> None:
    assert figures(
        (0, "searching"),
        (5, "connected"),
        (65, "lost"),
        (70, "failed"),
        (80, "failed"),
        (90, "connected"),
        (100, "silent"),
        (110, "connected"),
        end_s=200,
    ) == {
        "connects": 2,
        "failed_connects": 2,
        "connected_s": 170.0,
        "packets": 0,
        "faulty_packets": 0,
        "gaps": 2,
        "longest_gap_s": 25.0,
        "rssi": -110,
        "missing_beats": 0,
    }


def test_sensor_that_connects_only_for_readings_has_no_gap() -> None:
    found = figures(
        (0, "waiting"), (10, "connected"), (15, "waiting"), (600, "connected"), end_s=605
    )
    assert (found["connects"], found["gaps"], found["connected_s"]) == (2, 0, 10.0)


def test_open_gap_lasts_until_the_end_of_the_session() -> None:
    assert figures((0, "connected"), (10, "lost"), end_s=100)["longest_gap_s"] == 90.0


@given(st.lists(st.tuples(st.integers(1, 60), STATES), max_size=40))
def test_connected_time_and_gaps_are_within_the_session_time(
    steps: list[tuple[int, str]],
) -> None:
    now_s, changes = 0, []
    for wait_s, state in steps:
        now_s += wait_s
        changes.append((now_s, state))
    found = figures(*changes, end_s=now_s + 1)
    connected_s, longest_s = found["connected_s"], found["longest_gap_s"]
    assert isinstance(connected_s, float)
    assert isinstance(longest_s, float)
    assert 0 <= connected_s <= now_s  # silent or not
    assert 0 <= longest_s <= now_s
    assert found["failed_connects"] == sum(state == "failed" for _, state in changes)
