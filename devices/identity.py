"""The identity of a configured sensor among the devices nearby."""

from devices.decoders import KINDS
from devices.errors import LinkError
from devices.scanner import ScanResult
from devices.sensor import SensorSpec

_CHOOSE = "choose it under 'Replace or add a sensor'"
_ADDRESS_CHANGES = (
    "the address that is configured was temporary and has changed: configure its name instead"
)
_ANOTHER_NEARBY = f"another device that matches is nearby; if it is the participant's, {_CHOOSE}"


class AlikeError(LinkError):
    """Several devices match a sensor, and nobody has said which one it is."""

    def __init__(self) -> None:
        super().__init__(
            "several devices nearby match it, and one of them may be another person's: "
            f"{_CHOOSE}, or configure its address"
        )


class Identity:
    """The identity of one sensor: its address, else the device with its name or of its kind.

    The device that was connected once is kept, because another one may be worn by somebody else.
    One that connects only to deliver a reading may be any of several that are used in turns.
    """

    def __init__(self, spec: SensorSpec) -> None:
        self._spec = spec
        self._kind = KINDS[spec.kind]
        self._address = spec.address
        self._temporary = False  # the configured address belongs to a device that changes it
        self._another = False  # a device other than the one that is kept was heard

    @property
    def is_certain(self) -> bool:
        """Return whether at most one device can match."""
        return self._address is not None

    def matches(self, found: ScanResult) -> bool:
        """Return whether a device may be the sensor."""
        if self._address is None:
            return self._is_alike(found)
        if found.address.lower() == self._address.lower():
            return True
        self._another |= self._spec.address is None and self._is_alike(found)
        return False

    def connected(self, found: ScanResult) -> None:
        """Keep the device that was connected, if its address lasts."""
        self._another = False
        if self._spec.address is not None:
            self._temporary = found.address_kind.is_private
        elif not (self._kind.connects_per_reading or found.address_kind.is_private):
            self._address = found.address

    def not_found(self) -> str:
        """End a search without a result; return what it has shown, or an empty text."""
        another, self._another = self._another, False
        if self._temporary:
            return _ADDRESS_CHANGES
        return _ANOTHER_NEARBY if another else ""

    def _is_alike(self, found: ScanResult) -> bool:
        if self._spec.name is not None:
            return found.name == self._spec.name
        return found.kind is self._kind
