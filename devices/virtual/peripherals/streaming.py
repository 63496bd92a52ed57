"""Sensors that stream samples of ECG, acceleration or pulse intervals besides the heart rate."""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Iterator

from bumble import gatt

from devices.virtual import packets
from devices.virtual.advertising import short_uuids
from devices.virtual.characteristics import (
    NOTIFY,
    constant,
    measurement,
    uuid_of,
)
from devices.virtual.faults import ANY, FaultKind
from devices.virtual.peripherals.body_sensor import BodySensor
from devices.virtual.sample_sources import HeartSample

CHEST, OTHER_LOCATION = b"\x01", b"\x00"  # body sensor locations; there is no code for the arm
_MOST_WAITING = 8


class HeartRateStreamer(BodySensor):
    """A sensor with the heart rate service that also streams samples of the same beats.

    Attributes:
        drift_ppm: how much too fast its clock runs.
        detects_contact: whether it reports contact with the skin; the Polar H10 does not.
    """

    FAULTS = ANY | {FaultKind.OFF_BODY}
    _LOCATION = CHEST
    _EVERY = 1  # samples of the source, one a second
    drift_ppm = 0.0
    detects_contact = False

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x180D)]

    def _services(self) -> list[gatt.Service]:
        self._commands: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._heart_rate = measurement(0x2A37, NOTIFY, self._subscribed.set)
        heart = [self._heart_rate, constant(0x2A38, self._LOCATION)]
        return [gatt.Service(uuid_of(0x180D), heart), *self._streaming_services()]

    @abstractmethod
    def _streaming_services(self) -> list[gatt.Service]:
        """Return the services for streaming."""

    @abstractmethod
    async def _run_command(self, command: bytes) -> None:
        """Execute a command and send the response."""

    def _take(self, command: bytes) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._commands.put_nowait(command)

    async def _measure(self) -> None:
        async with asyncio.TaskGroup() as self._tasks:
            self._streaming: dict[int, asyncio.Task[None]] = {}
            self._tasks.create_task(self._run_commands(), name=f"{self.name}/commands")
            self._held = HeartSample(at_s=0, rate=60)
            for sample in self._body.heart():
                await self._wait_until(sample.at_s)
                if self._connection is None:
                    self._stop_all()  # the next client starts its own streams
                await self._send_heart_rate(sample)

    async def _send_heart_rate(self, sample: HeartSample) -> None:
        on, off = (True, False) if self.detects_contact else (None, None)
        if self.fails(FaultKind.OFF_BODY):
            payload = packets.heart_rate(0, (), contact=off)
        else:
            if not self.fails(FaultKind.FROZEN):
                self._held = sample
            payload = packets.heart_rate(self._held.rate, self._held.rr, contact=on)
        await self._send_measurement(self._heart_rate, payload)

    async def _send_values(self, at_s: float) -> None:
        """Do nothing: samples follow beats, not the measurement interval."""

    async def _run_commands(self) -> None:
        while True:
            await self._run_command(await self._commands.get())

    def _stop_all(self) -> None:
        for task in self._streaming.values():
            task.cancel()
        self._streaming.clear()

    def _clock_ns(self) -> int:
        """Return the time on the sensor's clock since it was switched on, in nanoseconds."""
        return round(self.now_s() * 1e9 * (1 + self.drift_ppm / 1e6))

    def beats_after(self, began_s: float) -> Iterator[float]:
        """Yield the times of the beats after a time."""
        return (at_s for at_s, _ in self._body.beats() if at_s > began_s)
