"""Names of characteristics in messages, and the service that each belongs to. Pure.

Source: Bluetooth Assigned Numbers 3.8 and 3.4.
"""

from collections.abc import Mapping
from types import MappingProxyType

from devices.gatt import device_information
from devices.vendors import (
    berrymed,
    core,
    jumper,
    movesense,
    nonin,
    polar,
    polar_control,
    viatom,
    wellue,
)

_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "2A19": ("battery level", "180F"),
        "2A1C": ("temperature", "1809"),
        "2A1D": ("measuring site", "1809"),
        "2A1E": ("intermediate temperature", "1809"),
        "2A35": ("blood pressure", "1810"),
        "2A36": ("cuff pressure", "1810"),
        "2A37": ("heart rate", "180D"),
        "2A38": ("body sensor location", "180D"),
        "2A50": ("product id", "180A"),
        "2A5E": ("spot-check measurement", "1822"),
        "2A5F": ("continuous measurement", "1822"),
        "2A60": ("list of features", "1822"),
        "2A6E": ("temperature", "181A"),
        **{
            uuid: (name.replace("_", " "), "180A")
            for uuid, name in device_information.TEXTS.items()
        },
    }
)
_VENDOR_NAMES: Mapping[str, str] = MappingProxyType(
    {
        core.TEMPERATURE: "core temperature",
        core.CONTROL_POINT: "control point",
        jumper.MEASUREMENT: "oximetry",
        movesense.DATA: "sensor data",
        nonin.MEASUREMENT: "oximetry",
        polar.DATA: "measurement data",
        polar_control.CONTROL_POINT: "control point",
        berrymed.STREAM: "oximetry",
        viatom.ANSWERS: "oximetry",
        wellue.STREAM: "oximetry",
        viatom.REQUESTS: "commands",
    }
)


def characteristic_name(uuid: str) -> str:
    """Return the name of a characteristic in messages; an unknown one keeps its UUID.

    >>> characteristic_name("2A37"), characteristic_name("2A25"), characteristic_name("2AFF")
    ('heart rate', 'serial number', 'characteristic 2AFF')
    """
    if uuid in _NAMES:
        return _NAMES[uuid][0]
    return _VENDOR_NAMES.get(uuid, f"characteristic {uuid}")


def service_of(uuid: str) -> str | None:
    """Return the service that the specification gives a characteristic, or None.

    >>> service_of("2A19")
    '180F'
    """
    return _NAMES[uuid][1] if uuid in _NAMES else None
