"""Heart rate straps."""

from collections.abc import Sequence

from bumble import gatt
from bumble.core import UUID

from devices.virtual import packets
from devices.virtual.advertising import short_uuids
from devices.virtual.battery import Battery
from devices.virtual.characteristics import NOTIFY, constant, measurement
from devices.virtual.faults import Fault, FaultKind
from devices.virtual.peripheral import Peripheral
from devices.virtual.sample_sources import HeartSource
from devices.virtual.shared_radio import SharedRadio

_CHEST = b"\x01"  # body sensor location


class Strap(Peripheral):
    """A chest strap: heart rate with RR intervals every second, contact and battery.

    Args:
        detects_contact: whether it detects contact; some straps, such as the Polar H10, do not.
        waits_for_subscriber: pause the source while there is no subscriber.
    """

    def __init__(
        self,
        shared_radio: SharedRadio,
        source: HeartSource,
        *,
        name: str,
        address: str,
        faults: Sequence[Fault] = (),
        detects_contact: bool = True,
        battery: float = 95.0,
        waits_for_subscriber: bool = False,
    ) -> None:
        super().__init__(
            shared_radio,
            name=name,
            address=address,
            model="Virtual strap",
            battery=Battery(charge=battery),
            faults=faults,
            waits_for_subscriber=waits_for_subscriber,
        )
        self._source = source
        self._detects_contact = detects_contact

    def _advertised(self) -> list[tuple[int, bytes]]:
        return [short_uuids(0x180D, 0x180F)]

    def _services(self) -> list[gatt.Service]:
        self._heart_rate = measurement(0x2A37, NOTIFY, self._subscribed.set)
        return [
            gatt.Service(UUID.from_16_bits(0x180D), [self._heart_rate, constant(0x2A38, _CHEST)])
        ]

    async def _measure(self) -> None:
        on, off = (True, False) if self._detects_contact else (None, None)
        last = packets.heart_rate(60, (), contact=on)
        for sample in self._source.heart():
            await self._wait_until(sample.at_s)
            if self.fails(FaultKind.OFF_BODY):
                payload = packets.heart_rate(0, (), contact=off)
            elif self.fails(FaultKind.FROZEN):
                payload = last
            else:
                payload = last = packets.heart_rate(sample.rate, sample.rr, contact=on)
            await self._send_measurement(self._heart_rate, payload)
