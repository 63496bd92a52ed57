"""Which virtual sensors there are: GATT servers that send what a source measures."""

from devices.virtual.peripherals.heart_rate_strap import Strap
from devices.virtual.peripherals.temperature import Patch, RoomThermometer, SkinPatch

__all__ = ["Patch", "RoomThermometer", "SkinPatch", "Strap"]
