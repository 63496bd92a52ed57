"""Connections that break or are cancelled are reported once and leak nothing."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDeviceNotFoundError, BleakError

from devices.decoders import full_uuid
from devices.virtual.faults import FaultKind
from devices.virtual.peripherals import Strap
from devices.virtual.shared_radio import SharedRadio
from tests.durations import PATIENCE_S
from tests.virtual.virtual_room import (
    PATCH,
    STRAP,
    Room,
    Steady,
    client,
    collector,
    in_virtual_time,
    listen,
    room,
    scanner,
)

Result = TypeVar("Result")
Interrupt = Callable[[asyncio.Task[Any]], object]

HEART_RATE = full_uuid("2A37")
# Of the event loop; connecting takes some 40 steps, discovering and subscribing some 300.
STEPS = [*range(40), *range(40, 400, 7)]


def test_disconnection_is_reported_once_and_the_sensor_reconnects() -> None:
    async def lose() -> None:
        async with room() as there:
            lost: list[str] = []
            connected = client(there, STRAP, disconnected_callback=lambda _: lost.append("lost"))
            await connected.connect()
            there.strap.fail(FaultKind.DROP_OUT, 60)
            await asyncio.sleep(10)
            assert lost == ["lost"]
            assert not connected.is_connected
            with pytest.raises(BleakError):
                await connected.read_gatt_char(full_uuid("2A19"))
            with pytest.raises(BleakDeviceNotFoundError):
                await client(there, STRAP, timeout=3.0).connect()
            await asyncio.sleep(60)
            assert len(await listen(there, STRAP, "2A37", 20)) == pytest.approx(20, abs=1)
            assert lost == ["lost"]

    in_virtual_time(lose())


def test_nothing_is_leaked() -> None:
    async def leave() -> None:
        async with room() as there:
            await listen(there, STRAP, "2A37", 10)
            await BleakScanner.discover(5, backend=scanner(there))
            await asyncio.sleep(0.5)  # between two measurements
            before = len(asyncio.all_tasks())
            for _ in range(5):
                await listen(there, STRAP, "2A37", 10)
            await asyncio.sleep(0.5)  # until the sensors advertise again
            assert len(asyncio.all_tasks()) == before
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(leave())


async def _connect_and_subscribe(there: Room, address: str) -> None:
    async with client(there, address) as connected:
        uuid = HEART_RATE if address == STRAP else full_uuid("2A1C")
        await connected.start_notify(uuid, collector([]))
        await asyncio.sleep(1)


async def _interrupted(
    there: Room, steps: int, work: Coroutine[Any, Any, Result], interrupt: Interrupt
) -> asyncio.Task[Result]:
    """Start some work, and interrupt it some steps of the event loop after the strap is heard."""
    heard = asyncio.Event()
    service = [full_uuid("180D")]
    async with (
        asyncio.TaskGroup() as tasks,
        BleakScanner(lambda _, _data: heard.set(), service, backend=scanner(there)),
    ):
        await heard.wait()
        heard.clear()
        task = tasks.create_task(work)
        await heard.wait()
        for _ in range(steps):
            await asyncio.sleep(0)
        interrupt(task)
    return task


def test_cancellation_at_any_step_frees_the_sensor() -> None:
    async def life() -> None:
        async with room() as there:
            await asyncio.sleep(5)
            for steps in STEPS:
                work = _connect_and_subscribe(there, STRAP)
                task = await _interrupted(there, steps, work, asyncio.Task.cancel)
                assert task.cancelled(), steps
                sent = len(there.strap.sent)
                await asyncio.sleep(5)
                assert len(there.strap.sent) == sent, steps
                assert len(await listen(there, STRAP, "2A37", 3.5)) >= 3, steps
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(life())


def test_switching_off_at_any_step_raises_an_error_of_bleak() -> None:
    async def life() -> None:
        outcomes: set[str] = set()
        async with room(on=False) as there:
            for steps in STEPS:
                there.switch_on(there.strap)
                async with asyncio.timeout(PATIENCE_S):
                    task = await _interrupted(
                        there, steps, _outcome(there), lambda _: there.running[-1].cancel()
                    )
                outcomes.add(task.result())
        assert outcomes == {"lost", "ended"}
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(life())


async def _outcome(there: Room) -> str:
    try:
        await _connect_and_subscribe(there, STRAP)
    except BleakDeviceNotFoundError:
        return "not found"
    except BleakError:
        return "lost"
    return "ended"


def test_switching_off_during_the_start_leaks_nothing() -> None:
    async def life() -> None:
        async with room(on=False) as there:
            for steps in range(60):
                there.switch_on(there.strap)
                for _ in range(steps):
                    await asyncio.sleep(0)
                there.running[-1].cancel()
                await asyncio.wait(there.running[-1:])
                assert not await BleakScanner.discover(1, backend=scanner(there)), steps
            there.switch_on(there.strap)
            assert await listen(there, STRAP, "2A37", 5)

    in_virtual_time(life())


def test_sensor_can_be_switched_off_and_on() -> None:
    async def life() -> None:
        async with room(on=False) as there:
            for _ in range(3):
                there.switch_on(there.strap)
                lost = asyncio.Event()
                connected = client(there, STRAP, disconnected_callback=lambda _, s=lost: s.set())
                await connected.connect()
                got: list[bytes] = []
                await connected.start_notify(HEART_RATE, collector(got))
                await asyncio.sleep(5)
                there.running[-1].cancel()
                await lost.wait()
                assert got
                with pytest.raises(BleakDeviceNotFoundError):
                    await client(there, STRAP, timeout=3).connect()

    in_virtual_time(life())


def test_shared_radio_closes_within_a_second() -> None:
    async def close() -> None:
        loop = asyncio.get_running_loop()
        lost: list[str] = []
        heard: list[str] = []
        async with asyncio.TaskGroup() as tasks:
            async with SharedRadio() as shared_radio:
                straps = [
                    Strap(shared_radio, Steady(), name=f"S{n}", address=f"F0:00:00:00:02:{n:02X}")
                    for n in range(21)
                ]
                worn = [tasks.create_task(strap.run()) for strap in straps]
                clients = [
                    BleakClient(
                        strap.address,
                        backend=shared_radio.radio().client,
                        disconnected_callback=lambda gone: lost.append(gone.address),
                    )
                    for strap in straps[1:]
                ]
                for connected in clients:
                    await connected.connect()
                    await connected.start_notify(HEART_RATE, collector([]))
                scanning = BleakScanner(
                    lambda device, _: heard.append(device.address),
                    backend=shared_radio.radio().scanner,
                )
                await scanning.start()
                await asyncio.sleep(2)
                assert set(heard) == {straps[0].address}
                closing_s = loop.time()
            assert loop.time() - closing_s <= 1
            assert sorted(lost) == [strap.address for strap in straps[1:]]
            told = len(heard)
            await asyncio.sleep(10)
            assert len(heard) == told
            await scanning.stop()
            for connected in clients:
                assert not connected.is_connected
                await connected.disconnect()
            for task in worn:
                task.cancel()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(close())


def test_patch_recovers_from_a_disconnection_during_an_indication() -> None:
    async def life() -> None:
        loop = asyncio.get_running_loop()
        async with room() as there:
            for steps in range(20):
                async with client(there, PATCH) as connected:
                    await connected.start_notify(full_uuid("2A1C"), collector([]))
                    next_s = math.floor(loop.time() / 10 + 1) * 10
                    await asyncio.sleep(next_s - loop.time() - 1e-10)
                    for _ in range(steps):
                        await asyncio.sleep(0)
                assert len(await listen(there, PATCH, "2A1C", 25)) == 2, steps

    in_virtual_time(life())
