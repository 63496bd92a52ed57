"""Virtual sensors: GATT servers that send the samples of a source."""

from devices.virtual.peripherals.heart_rate_strap import Strap
from devices.virtual.peripherals.temperature import Patch, RoomThermometer, SkinPatch

__all__ = ["Patch", "RoomThermometer", "SkinPatch", "Strap"]
