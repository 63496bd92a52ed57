import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.deadline_queue import Deadlines

KEYS = st.tuples(st.sampled_from("abcd"))
ACTS = st.lists(
    st.tuples(st.just("put"), KEYS, st.integers(0, 20))
    | st.tuples(st.just("drop"), KEYS, st.just(0))
    | st.tuples(st.just("delay"), KEYS, st.integers(0, 9))
    | st.tuples(st.just("pop"), st.just(("-",)), st.integers(0, 20)),
    max_size=60,
)


@given(ACTS)
def test_agrees_with_a_sorted_list(acts: list[tuple[str, tuple[str], int]]) -> None:
    deadlines: Deadlines[tuple[str]] = Deadlines()
    plain: dict[tuple[str], int] = {}
    for act, key, time in acts:
        if act == "put":
            deadlines.put(key, time)
            plain[key] = time
        elif act == "drop":
            deadlines.drop(key)
            plain.pop(key, None)
        elif act == "delay":
            deadlines.delay(key[0], time)
            if key in plain:
                plain[key] += time
        else:
            want = min(((due, k) for k, due in plain.items()), default=None)
            if want is not None and want[0] > time:
                want = None
            assert deadlines.pop(time) == want
            if want is not None:
                del plain[want[1]]
        earliest = min(plain.values(), default=None)
        assert deadlines.next_ns() == earliest
        assert all(deadlines.due(k) == plain.get(k) for k in [("a",), ("b",)])


def test_deadline_that_is_set_again_each_nanosecond_is_an_error_and_not_a_standstill() -> None:
    deadlines: Deadlines[tuple[str]] = Deadlines()
    deadlines.put(("a",), 0)
    with pytest.raises(RuntimeError, match="fired 1001 times within a second"):
        while (due := deadlines.pop(10**9)) is not None:
            deadlines.put(("a",), due[0] + 1)
