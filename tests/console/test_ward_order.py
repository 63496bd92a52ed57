"""Order of the sessions on the ward page."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dashboards.console.views.session import SessionView
from dashboards.console.ward.order import WardOrder
from tests.console.fake_backend import SESSION, TACHYCARDIA


def session(room: int, priority: str = "", *, ended: bool = False) -> SessionView:
    alarms = (replace(TACHYCARDIA, priority=priority),) if priority else ()
    return replace(SESSION, id=f"S-{room}", room=f"Room {room}", alarms=alarms, ended=ended)


def rooms(order: WardOrder, *views: SessionView) -> str:
    return "".join(view.room[-1] for view in order.arrange(views))


def test_urgent_sessions_come_first_on_request_and_keep_their_places() -> None:
    order = WardOrder()
    assert rooms(order, session(1), session(2, "low"), session(3, "high")) == "123"
    order.sort_by_urgency([session(1), session(2, "low"), session(3, "high")])
    assert rooms(order, session(1), session(2, "low"), session(3, "high")) == "321"
    assert rooms(order, session(1, "high"), session(2), session(3)) == "321"
    order.sort_by_room()
    assert rooms(order, session(1), session(2), session(3, "high")) == "123"


def test_ended_sessions_come_last() -> None:
    order = WardOrder()
    assert rooms(order, session(1, ended=True), session(2), session(3, "low")) == "231"
    order.sort_by_urgency([session(1, "high"), session(2), session(3)])
    assert rooms(order, session(1, ended=True), session(2), session(3)) == "231"


def test_room_9_comes_before_room_10() -> None:
    views = [replace(SESSION, id=str(number), room=f"Room {number}") for number in (10, 9, 2)]
    assert [view.id for view in WardOrder().arrange(views)] == ["2", "9", "10"]


@given(
    st.permutations(range(1, 7)),
    st.lists(st.sampled_from(["", "low", "high"]), min_size=7, max_size=7),
)
def test_order_is_independent_of_alarms_and_of_input_order(
    numbers: list[int], priorities: list[str]
) -> None:
    views = (session(number, priorities[number]) for number in numbers)
    assert rooms(WardOrder(), *views) == "123456"
