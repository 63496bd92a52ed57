"""Links to thermometers that only advertise: reception, silence and limited rate."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from bleak.backends.scanner import (
    AdvertisementData,
    AdvertisementDataCallback,
    BaseBleakScanner,
)

from devices.broadcast_link import BroadcastLink
from devices.decoders import KINDS, decode
from devices.discovery import Search
from devices.radio import Radio
from devices.scanner import ScanResult, scan
from devices.sensor import SensorSpec
from tests.links.test_link import RecordingSink
from tests.virtual.virtual_room import in_virtual_time

BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"
ADDRESS, OTHER = "54:48:E6:8F:80:A5", "54:48:E6:8F:80:A6"
ANY = SensorSpec(label="room", kind="broadcast-thermometer")
# Returns the broadcast data at a time in seconds, or None while out of range.
Speaks = Callable[[float], bytes | None]


def shared_radio(speaks: Speaks, address_at: Callable[[float], str] = lambda _: ADDRESS) -> Radio:
    """Return a radio on which a thermometer advertises every half second."""

    class Scanner(BaseBleakScanner):
        def __init__(
            self,
            detection_callback: AdvertisementDataCallback | None,
            service_uuids: list[str] | None,
            *_mode: object,
            **_options: object,
        ) -> None:
            super().__init__(detection_callback, service_uuids)
            self._timer: asyncio.TimerHandle | None = None

        async def start(self) -> None:
            self.seen_devices = {}
            self._timer = asyncio.get_running_loop().call_later(0.5, self._speak)

        async def stop(self) -> None:
            if self._timer is not None:
                self._timer.cancel()

        def _speak(self) -> None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(0.5, self._speak)
            payload = speaks(loop.time())
            if payload is None:
                return
            data = AdvertisementData(
                local_name="Room",
                manufacturer_data={},
                service_data={BTHOME: payload},
                service_uuids=[],
                tx_power=None,
                rssi=-60,
                platform_data=(),
            )
            address = address_at(loop.time())
            device = self.create_or_update_device(address, address, "Room", None, data)
            self.call_detection_callbacks(device, data)

    return Radio(Scanner)


def listen(
    speaks: Speaks,
    seconds: float,
    address_at: Callable[[float], str] = lambda _: ADDRESS,
    spec: SensorSpec = ANY,
) -> RecordingSink:
    """Return the output of a link after some time."""

    async def run() -> RecordingSink:
        sink, radio = RecordingSink(), shared_radio(speaks, address_at)
        link = BroadcastLink(spec, sink, radio, Search(radio), random.Random(1))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(link.run())
            await asyncio.sleep(seconds)
            running.cancel()
        return sink

    return in_virtual_time(run())


def counting(at_s: float) -> bytes:
    return bytes([0x40, 0x00, int(at_s) % 256, 0x02, 0xCA, 0x09])


@pytest.mark.parametrize(
    "spec",
    [replace(ANY, address=ADDRESS.lower()), replace(ANY, name="Room"), ANY],
    ids=["address", "name", "kind"],
)
def test_values_arrive_every_few_seconds(spec: SensorSpec) -> None:
    sink = listen(counting, 600, spec=spec)
    heard = sink.measured("room", "advert")
    assert 80 < len(heard) < 120
    assert all(decode("advert", payload).readings[0].value == 25.06 for payload in heard)
    assert sink.reported_states() == ["connected"]


def test_equal_bytes_are_recorded_again_after_half_a_minute() -> None:
    heard = listen(lambda _: b"\x40\x02\xca\x09", 600).measured("room", "advert")
    assert 14 < len(heard) <= 20


def test_lost_thermometer_is_reported_and_returns() -> None:
    def away(at_s: float) -> bytes | None:
        return None if 100 < at_s < 700 else counting(at_s)

    sink = listen(away, 1000)
    assert sink.reported_states() == ["connected", "silent", "connected"]
    silent_s = sink.states[1][0]
    assert 100 + 170 < silent_s < 100 + 2 * KINDS["broadcast-thermometer"].silent_after_s


def test_first_one_found_is_kept() -> None:
    def speaks(at_s: float) -> bytes:
        return bytes([0x40, 0x00, int(at_s) % 256, 0x02, int(at_s) % 2, 0x09])

    sink = listen(speaks, 600, lambda at_s: OTHER if int(at_s) % 2 else ADDRESS)
    heard = sink.measured("room", "advert")
    assert len(heard) > 60
    assert len({payload[-2] for payload in heard}) == 1


def test_missing_thermometer_is_searched_for() -> None:
    elsewhere = replace(ANY, address="00:00:00:00:00:01")
    assert listen(counting, 400, spec=elsewhere).reported_states() == ["searching"]


def test_scan_recognises_a_broadcast() -> None:
    async def look() -> list[ScanResult]:
        return await scan(shared_radio(counting), 5)

    [found] = in_virtual_time(look())
    assert found.kind is KINDS["broadcast-thermometer"]
    assert decode("advert", found.advertisement).readings[0].value == 25.06
