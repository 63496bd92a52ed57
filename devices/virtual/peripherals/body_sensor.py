"""Base class of sensors on a simulated body."""

import itertools
from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from devices.virtual.battery import Battery
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.peripheral import Peripheral
from devices.virtual.physiology import Body
from devices.virtual.shared_radio import SharedRadio

DeviceClock = Callable[[], datetime]
_SWITCHED_ON = datetime(2026, 1, 1, 9, 0, 0, tzinfo=UTC)
_KEPT = timedelta(hours=1)  # age of a stored record


class BodySensor(Peripheral):
    """A sensor that measures a body every few seconds.

    Args:
        shared_radio: radio that it advertises on.
        body: the measured body.
        name: advertised name.
        address: static address such as ``F0:00:00:00:00:01``.
        faults: faults with their times; each of `FAULTS`.
        every_s: seconds between two measurements; by default those of the real sensor.
        clock: its clock, without time zone; by default it starts in 2026.
        battery: charge in %.
    """

    MODEL: ClassVar[str]
    EVERY_S: ClassVar[float] = 1.0

    def __init__(
        self,
        shared_radio: SharedRadio,
        body: Body,
        *,
        name: str,
        address: str,
        faults: Sequence[Fault] = (),
        every_s: float | None = None,
        clock: DeviceClock | None = None,
        battery: float = 95.0,
    ) -> None:
        super().__init__(
            shared_radio,
            name=name,
            address=address,
            model=self.MODEL,
            battery=Battery(charge=battery),
            faults=faults,
            waits_for_subscriber=False,
        )
        self._body = body
        self._every_s = self.EVERY_S if every_s is None else every_s
        self._clock = clock
        self._frozen_s: float | None = None

    @abstractmethod
    async def _send_values(self, at_s: float) -> None:
        """Send the values of the body at a time, which is constant while the sensor is frozen."""

    async def _measure(self) -> None:
        for number in itertools.count(1):
            at_s = number * self._every_s
            await self._wait_until(at_s)
            await self._send_values(self._seen_s(at_s))

    def _seen_s(self, at_s: float) -> float:
        if not self.fails(FaultKind.FROZEN):
            self._frozen_s = None
            return at_s
        if self._frozen_s is None:
            self._frozen_s = at_s
        return self._frozen_s

    def _device_time(self) -> datetime:
        return self._clock() if self._clock else _SWITCHED_ON + timedelta(seconds=self.now_s())

    def _stored_time(self) -> datetime:
        """Return the time stamp of a stored record."""
        return self._device_time() - _KEPT
