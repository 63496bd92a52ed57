"""Order of the sessions on the ward page."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dashboards.console.views.session import SessionView
from dashboards.console.ward_order import WardOrder
from tests.console.fake_backend import NOW_NS, SESSION, TACHYCARDIA


def session(room: int, priority: str = "", at_s: float = 0.0) -> SessionView:
    alarms = (replace(TACHYCARDIA, priority=priority),) if priority else ()
    now_ns = NOW_NS + round(at_s * 1e9)
    return replace(SESSION, id=f"S-{room}", room=f"Room {room}", alarms=alarms, now_ns=now_ns)


def rooms(order: WardOrder, *views: SessionView) -> str:
    return "".join(view.room[-1] for view in order.arrange(views))


def test_urgent_session_moves_first_at_once_and_back_after_a_delay() -> None:
    order = WardOrder()
    assert rooms(order, session(2), session(1), session(3)) == "123"
    assert rooms(order, session(2), session(1), session(3, "low", 1)) == "312"
    assert rooms(order, session(2, "high", 2), session(1), session(3, "low", 2)) == "231"
    assert rooms(order, session(2, "", 3), session(1), session(3, "low", 3)) == "231"
    assert rooms(order, session(2, "", 16), session(1), session(3, "low", 16)) == "231"
    assert rooms(order, session(2, "", 17), session(1), session(3, "low", 17)) == "312"


def test_fluctuating_value_moves_no_tile() -> None:
    order = WardOrder()
    seen = {
        rooms(order, session(1), session(2, "low" if at_s % 8 < 2 else "", at_s))
        for at_s in range(120)
    }
    assert seen == {"21"}


def test_room_9_comes_before_room_10() -> None:
    views = [replace(SESSION, id=str(number), room=f"Room {number}") for number in (10, 9, 2)]
    assert [view.id for view in WardOrder().arrange(views)] == ["2", "9", "10"]


def test_a_session_that_is_gone_is_forgotten() -> None:
    order = WardOrder()
    rooms(order, session(1), session(2, "high"))
    rooms(order, session(1))
    assert rooms(order, session(1), session(2)) == "12"


@given(st.permutations(range(1, 7)))
def test_order_of_equals_is_independent_of_input_order(numbers: list[int]) -> None:
    assert rooms(WardOrder(), *(session(number) for number in numbers)) == "123456"
