"""Movesense sensors that stream ECG besides the heart rate."""

from bumble import gatt

from devices.vendors import movesense
from devices.virtual.characteristics import (
    NOTIFY,
    Characteristic,
    commands,
    measurement,
    uuid_of,
)
from devices.virtual.encoders import streams
from devices.virtual.peripherals.ecg import EcgBlocks
from devices.virtual.peripherals.streaming import HeartRateStreamer


class Movesense(HeartRateStreamer):
    """A Movesense sensor: ECG at 125 Hz by its sensor data protocol, 16 samples per packet."""

    MODEL = "Virtual Movesense"
    _PATH = b"/Meas/ECG/125"
    _OK, _BAD, _NOT_FOUND = 200, 400, 404

    def _streaming_services(self) -> list[gatt.Service]:
        self._data: Characteristic = measurement(movesense.DATA, NOTIFY, lambda: None)
        taking = commands(movesense.COMMANDS, self._take)
        return [gatt.Service(uuid_of(movesense.SERVICE), [taking, self._data])]

    async def _run_command(self, command: bytes) -> None:
        operation, reference = (*command[:2], 0, 0)[:2]
        status = self._BAD
        if operation == 1 and len(command) > 2:  # noqa: PLR2004
            status = self._OK if command[2:] == self._PATH else self._NOT_FOUND
        elif operation == 2:  # noqa: PLR2004
            status = self._OK if reference in self._streaming else self._NOT_FOUND
        running = self._streaming.pop(reference, None) if status == self._OK else None
        if running is not None:
            running.cancel()
        await self._send(self._data, streams.movesense_result(reference, status))
        if operation == 1 and status == self._OK:
            self._streaming[reference] = self._tasks.create_task(
                self._stream(reference), name=f"{self.name}/stream {reference}"
            )

    async def _stream(self, reference: int) -> None:
        blocks = EcgBlocks(self, 125.0, 16)
        while True:
            first_ms = self._clock_ns() // 10**6
            block = await blocks.next()
            counts = [round(uv / movesense.MICROVOLTS_PER_COUNT) for uv in block]
            payload = streams.movesense_ecg(reference, first_ms, counts)
            await self._send_measurement(self._data, payload)
