"""Order of requests for an adapter."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from devices.connection_queue import ConnectionQueue
from tests.virtual.virtual_room import in_virtual_time


def test_failed_requests_come_last_and_others_in_order() -> None:
    async def life() -> None:
        queue = ConnectionQueue()
        came: list[str] = []

        async def come(name: str, *, failed: bool) -> None:
            async with queue.slot(failed=failed):
                came.append(name)
                await asyncio.sleep(1)

        async with asyncio.TaskGroup() as tasks:
            for name in ("first", "bad 1", "good 1", "bad 2", "good 2"):
                tasks.create_task(come(name, failed=name.startswith("bad")))
        assert came == ["first", "good 1", "good 2", "bad 1", "bad 2"]

    in_virtual_time(life())


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 5), st.none() | st.integers(0, 8)), max_size=12
    )
)
def test_cancelled_request_never_leaves_the_adapter_unused_or_shared(
    visits: list[tuple[bool, int, int | None]],
) -> None:
    async def life() -> None:
        queue = ConnectionQueue()
        inside: list[int] = []

        async def come(number: int, failed: bool, stays: int) -> None:
            async with queue.slot(failed=failed):
                inside.append(number)
                assert len(inside) == 1
                await asyncio.sleep(stays)
                inside.remove(number)

        async def visit(number: int, failed: bool, stays: int, gives_up: int | None) -> None:
            try:
                async with asyncio.timeout(gives_up):
                    await come(number, failed, stays)
            except TimeoutError:
                if number in inside:
                    inside.remove(number)

        async with asyncio.TaskGroup() as tasks:
            for number, (failed, stays, gives_up) in enumerate(visits):
                tasks.create_task(visit(number, failed, stays, gives_up))
        async with asyncio.timeout(0.001), queue.slot():
            pass

    in_virtual_time(life())
