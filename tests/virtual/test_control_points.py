"""Control points of virtual sensors: responses, streams and clocks."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from bleak import BleakClient

from devices.decoders import full_uuid
from devices.vendors import core, movesense, polar, polar_control, viatom
from devices.vendors.polar import Measurement
from devices.vendors.polar_control import Setting
from devices.virtual.peripherals.catalog import VirtualSensorConfig, make_sensor
from devices.virtual.shared_radio import SharedRadio
from tests.virtual.virtual_room import collector, in_virtual_time

ECG = polar_control.start(
    Measurement.ECG, {Setting.SAMPLE_RATE_HZ: 130, Setting.RESOLUTION_BITS: 14}
)
HALF = polar_control.start(
    Measurement.ECG, {Setting.SAMPLE_RATE_HZ: 65, Setting.RESOLUTION_BITS: 14}
)

Ask = Callable[[bytes], Awaitable[bytes]]


@asynccontextmanager
async def connected(config: VirtualSensorConfig) -> AsyncIterator[BleakClient]:
    async with SharedRadio() as shared_radio, asyncio.TaskGroup() as tasks:
        sensor = make_sensor(shared_radio, config)
        on = tasks.create_task(sensor.run())
        async with BleakClient(sensor.address, backend=shared_radio.radio().client) as client:
            yield client
        on.cancel()


async def asking(client: BleakClient, uuid: str) -> Ask:
    """Return a function that writes a command and waits for the response."""
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    await client.start_notify(uuid, lambda _, told: answers.put_nowait(bytes(told)))

    async def ask(command: bytes) -> bytes:
        await client.write_gatt_char(uuid, command, response=True)
        async with asyncio.timeout(2):
            return await answers.get()

    return ask


def test_polar_strap_responds_as_documented() -> None:
    async def talk() -> None:
        async with connected(VirtualSensorConfig(kind="polar-h10-ecg")) as client:
            offered = bytes(await client.read_gatt_char(polar_control.CONTROL_POINT))
            assert polar_control.decode_control_point(offered).details == {
                "offers": "ecg, acceleration"
            }
            ask = await asking(client, polar_control.CONTROL_POINT)
            settings = await ask(polar_control.ask_settings(Measurement.ECG))
            assert settings == bytes.fromhex("F0010000000001820001010E00")
            for command, error in (
                (HALF, "invalid sample rate"),
                (b"\x02\x00\x01\x01\x10\x00", "invalid resolution"),
                (b"\x02\x00\x07\x01\x10", "invalid parameter"),
                (polar_control.start(Measurement.PULSE_INTERVALS, {}), "not supported"),
                (b"\x09\x00", "invalid operation"),
                (b"\x02", "invalid length"),
                (polar_control.stop(Measurement.ECG), "already in that state"),
                (ECG, "success"),
                (ECG, "already in that state"),
                (polar_control.stop(Measurement.ECG), "success"),
            ):
                assert polar_control.response(await ask(command)).error == error, command.hex()

    in_virtual_time(talk())


@pytest.mark.parametrize("drift_ppm", [0.0, 50.0, -200.0])
def test_ecg_streams_on_demand_with_a_drifting_clock(drift_ppm: float) -> None:
    async def stream() -> list[polar.Frame]:
        got: list[bytes] = []
        async with connected(
            VirtualSensorConfig(kind="polar-h10-ecg", drift_ppm=drift_ppm)
        ) as client:
            ask = await asking(client, polar_control.CONTROL_POINT)
            await client.start_notify(polar.DATA, collector(got))
            await asyncio.sleep(10)
            assert got == []
            await ask(ECG)
            await asyncio.sleep(120)
            await ask(polar_control.stop(Measurement.ECG))
            told = len(got)
            await asyncio.sleep(10)
            assert len(got) == told
        return [polar.frame(payload) for payload in got]

    frames = in_virtual_time(stream())
    samples = sum(len(frame.ecg_uv) for frame in frames)
    assert samples == pytest.approx(120 * 130, abs=73)
    highest = max(max(frame.ecg_uv) for frame in frames)
    assert 900 < highest < 1300
    first, last = frames[0], frames[-1]
    real_s = 73 / 130 * (len(frames) - 1)
    passed_s = (last.device_ns - first.device_ns) / 1e9
    assert passed_s == pytest.approx(real_s * (1 + drift_ppm / 1e6), abs=1e-4)
    assert first.device_ns + polar.EPOCH_NS == pytest.approx(1_546_300_800e9, abs=60e9)


def test_pulse_intervals_start_after_25_s_and_slow_the_heart_rate() -> None:
    async def stream() -> tuple[list[bytes], list[bytes]]:
        beats: list[bytes] = []
        hearts: list[bytes] = []
        async with connected(VirtualSensorConfig(kind="polar-armband-ppi")) as client:
            ask = await asking(client, polar_control.CONTROL_POINT)
            await client.start_notify(polar.DATA, collector(beats))
            await client.start_notify(full_uuid("2A37"), collector(hearts))
            await ask(polar_control.start(Measurement.PULSE_INTERVALS, {}))
            await asyncio.sleep(24)
            assert beats == []
            await asyncio.sleep(60)
        return beats, hearts

    beats, hearts = in_virtual_time(stream())
    assert len(beats) == pytest.approx(12, abs=1)
    assert len(hearts) == pytest.approx(17, abs=2)
    total_ms = sum(each.interval_ms for payload in beats for each in polar.frame(payload).intervals)
    assert total_ms == pytest.approx(5000 * len(beats), abs=2000)


def test_core_accepts_a_heart_rate_and_counts_its_straps() -> None:
    async def talk() -> None:
        got: list[bytes] = []
        async with connected(VirtualSensorConfig(kind="core-patch-detail")) as client:
            ask = await asking(client, core.CONTROL_POINT)
            await client.start_notify(core.TEMPERATURE, collector(got))
            await asyncio.sleep(3)
            for request, answer in (
                (core.feed_heart_rate(120), "801301"),
                (core.pair("11:22:33:44:55:66"), "800601"),
                (core.pair("11:22:33:44:55:66"), "800601"),
                (b"\x08", "80080101"),
                (b"\x07" + core.pair("11:22:33:44:55:66")[1:], "800701"),
                (b"\x08", "80080100"),
                (b"\x06\x00", "800603"),  # invalid parameter
                (b"\x99", "809902"),  # not supported
            ):
                assert (await ask(request)).hex() == answer
            await asyncio.sleep(3)
        before, after = (core.decode_temperature(each).details for each in (got[0], got[-1]))
        assert before == {"quality": "fair", "heart_rate_link": "not received"}
        assert after == {"quality": "good", "heart_rate_link": "received", "heart_rate": 120}

    in_virtual_time(talk())


def test_movesense_supports_one_path() -> None:
    async def talk() -> None:
        got: list[bytes] = []
        async with connected(VirtualSensorConfig(kind="movesense-ecg")) as client:
            await client.start_notify(movesense.DATA, collector(got))
            for command in (
                movesense.subscribe("/Meas/Smoke"),
                b"\x07\x01",
                movesense.unsubscribe(),
                movesense.subscribe("/Meas/ECG/125"),
            ):
                await client.write_gatt_char(movesense.COMMANDS, command)
            await asyncio.sleep(60)
            await client.write_gatt_char(movesense.COMMANDS, movesense.unsubscribe())
            await asyncio.sleep(10)
        results = [payload.hex() for payload in got if payload[0] == 1]
        assert results == ["01019401", "01019001", "01019401", "0101c800", "0101c800"]
        frames = [movesense.ecg_frame(payload) for payload in got if payload[0] == 2]
        assert sum(len(frame.counts) for frame in frames) == pytest.approx(60 * 125, abs=32)
        steps = {b.device_ms - a.device_ms for a, b in itertools.pairwise(frames)}
        assert steps == {128}

    in_virtual_time(talk())


def test_viatom_responds_only_to_requests() -> None:
    async def talk() -> None:
        got: list[bytes] = []
        async with connected(VirtualSensorConfig(kind="viatom-oximeter")) as client:
            await client.start_notify(viatom.ANSWERS, collector(got))
            await asyncio.sleep(30)
            assert got == []
            await client.write_gatt_char(viatom.REQUESTS, b"\x00")
            await asyncio.sleep(1)
            assert got == []
            await client.write_gatt_char(viatom.REQUESTS, viatom.POLL)
            await asyncio.sleep(1)
            assert len(got) == 1

    in_virtual_time(talk())
