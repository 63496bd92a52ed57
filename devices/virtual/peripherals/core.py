"""greenTEG's CORE with its own service: core and skin temperature, control point."""

import asyncio
import contextlib

from bumble import gatt

from devices.vendors import core as protocol
from devices.vendors.core import Operation, Result
from devices.virtual import packets
from devices.virtual.advertising import long_uuid, short_uuids
from devices.virtual.characteristics import (
    INDICATE,
    NOTIFY,
    constant,
    control_point,
    measurement,
    uuid_of,
)
from devices.virtual.encoders import core
from devices.virtual.faults import ANY, FaultKind
from devices.virtual.peripherals.body_sensor import BodySensor

_SERVICE = "00002100-5b1e-4347-b07c-97b514dae121"
_BODY = 2  # temperature type
_STANDARD_EVERY = 10  # measurements
_MOST_WAITING = 8
_SIX = 6  # bytes of an address


class CorePatch(BodySensor):
    """A CORE: 00002101 every second, 0x2A1C every 10 s, and a control point.

    Its quality is fair without a heart rate, and good with one received by the control point.
    """

    MODEL = "Virtual CORE"
    FAULTS = ANY | {FaultKind.OFF_BODY, FaultKind.QUESTIONABLE}
    _count = 0

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x1809), long_uuid(_SERVICE)]

    def _services(self) -> list[gatt.Service]:
        self._fed: int | None = None
        self._paired: list[bytes] = []
        self._requests: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._own = measurement(protocol.TEMPERATURE, NOTIFY, self._subscribed.set)
        self._control = control_point(protocol.CONTROL_POINT, self._take)
        self._standard = measurement(0x2A1C, INDICATE, self._subscribed.set)
        return [
            gatt.Service(uuid_of(_SERVICE), [self._own, self._control]),
            gatt.Service(uuid_of(0x1809), [self._standard, constant(0x2A1D, bytes([_BODY]))]),
        ]

    async def _measure(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            answers = tasks.create_task(self._answer(), name=f"{self.name}/answers")
            await super()._measure()
            answers.cancel()

    async def _send_values(self, at_s: float) -> None:
        off = self.fails(FaultKind.OFF_BODY)
        grade = core.GOOD if self._fed else core.FAIR
        if self.fails(FaultKind.QUESTIONABLE):
            grade = core.POOR
        now = None if off else self._body.core(at_s)
        payload = core.temperature(
            now,
            None if off else self._body.skin(at_s),
            grade=core.INVALID if off else grade,
            link=core.RECEIVED if self._fed else core.NOT_RECEIVED,
            heart_rate=self._fed,
        )
        await self._send_measurement(self._own, payload)
        self._count += 1
        if self._count % _STANDARD_EVERY == 0:
            await self._send_measurement(self._standard, packets.temperature(now))

    # The control point

    def _take(self, request: bytes) -> None:
        with contextlib.suppress(
            asyncio.QueueFull
        ):  # drop requests of a client that does not wait for responses
            self._requests.put_nowait(request)

    async def _answer(self) -> None:
        while True:
            request = await self._requests.get()
            if request:
                result, parameter = self._carry_out(request[0], request[1:])
                answer = core.response(request[0], result, parameter)
                await self._send(self._control, answer)

    def _carry_out(self, operation: int, argument: bytes) -> tuple[Result, bytes]:
        match operation:
            case Operation.FEED_HEART_RATE if len(argument) <= 1:
                self._fed = argument[0] if argument else None
            case Operation.PAIR if len(argument) == _SIX:
                self._paired = [*(each for each in self._paired if each != argument), argument]
            case Operation.UNPAIR if argument in self._paired:
                self._paired.remove(argument)
            case Operation.FORGET_ALL if not argument:
                self._paired = []
            case Operation.COUNT_PAIRED if not argument:
                return Result.SUCCESS, bytes([len(self._paired)])
            case Operation.SCAN if not argument:
                pass
            case Operation.COUNT_FOUND if not argument:
                return Result.SUCCESS, bytes([0])  # it hears no strap
            case _ if operation in [*Operation]:
                return Result.INVALID_PARAMETER, b""
            case _:
                return Result.NOT_SUPPORTED, b""
        return Result.SUCCESS, b""
