"""Thermometers and temperature patches."""

from devices.sensor_kinds.common import (
    CONFIGURE_BY_HAND,
    DEVICE_INFORMATION,
    SENDS_STORED_RECORDS,
    SET_CLOCK,
)
from devices.sensor_kinds.sensor_kind import SensorKind
from devices.vendors import core

ROOM_ONLY = "It tells the temperature of a room or of what it lies on, never of a body."

BROADCAST_QUIRKS = (
    ROOM_ONLY,
    "An encrypted one needs `key` and `address` in the configuration.",
    "It is heard between connections of other sensors, once in five seconds at most.",
)

KINDS = (
    # Ahead of other thermometers, whose service it advertises too. The second number is that
    # of early firmware. Source: greenTEG, CORE BLE Implementation Notes 3.1.
    SensorKind(
        name="core-patch",
        label="Core temperature patch",
        devices="greenTEG CORE, CALERA",
        services=(
            "00002100-5b1e-4347-b07c-97b514dae121",
            "00004200-f366-40b2-ac37-70cce0aa83b1",
        ),
        subscribe=("2A1C",),
        read_once=DEVICE_INFORMATION,
        signals=("core_temperature", "battery"),
        temperature="core_temperature",
        every_s=10.0,
        silent_after_s=35.0,
        quirks=(
            "It estimates: confirm with a thermometer before acting.",
            "It needs 10 to 20 minutes on the skin to settle; `settling` in a policy waits.",
            "It holds two or three connections at most.",
        ),
    ),
    SensorKind(
        name="core-patch-detail",
        label="Core temperature patch with skin temperature",
        devices="greenTEG CORE, CALERA",
        subscribe=(core.TEMPERATURE,),
        subscribe_if_there=(core.CONTROL_POINT, "2A19"),
        read_once=DEVICE_INFORMATION,
        signals=("core_temperature", "skin_temperature", "battery"),
        temperature="core_temperature",
        every_s=1.0,
        silent_after_s=35.0,
        quirks=(
            CONFIGURE_BY_HAND,
            (
                "Core temperature that it calls poor is questionable and never judged; without a "
                "heart rate from a strap that may be most of the time. `core-patch` has no grade."
            ),
        ),
    ),
    SensorKind(
        name="thermometer",
        label="Body thermometer",
        devices="A&D UT-201BLE, Beurer FT95, iHealth PT3, TaiDoc TD-1241 and TD-1261",
        services=("1809",),
        subscribe=("2A1C",),
        subscribe_if_there=("2A1E", "2A19"),
        read_once=("2A1D", *DEVICE_INFORMATION),
        signals=("body_temperature", "battery"),
        per_reading=True,
        silent_after_s=90.0,
        quirks=(
            "A&D thermometers must be bonded first, in the system's Bluetooth settings.",
            "Many advertise only after a reading, and disconnect after each.",
            SENDS_STORED_RECORDS,
            SET_CLOCK,
        ),
    ),
    # Nothing that a thermometer advertises tells that it lies on the skin: it is configured.
    SensorKind(
        name="skin-thermometer",
        label="Skin thermometer",
        devices="any that offers the Health Thermometer service",
        subscribe=("2A1C",),
        subscribe_if_there=("2A1E", "2A19"),
        read_once=("2A1D", *DEVICE_INFORMATION),
        signals=("skin_temperature", "battery"),
        temperature="skin_temperature",
        silent_after_s=90.0,
        quirks=(
            CONFIGURE_BY_HAND,
            "Skin cools when vessels constrict: it is no sign against fever.",
        ),
    ),
    SensorKind(
        name="room-thermometer",
        label="Room thermometer",
        devices="any that offers the Environmental Sensing service",
        services=("181A",),
        subscribe=("2A6E",),
        read_once=("2A6E", *DEVICE_INFORMATION),  # some notify only when it changes
        signals=("ambient_temperature", "battery"),
        temperature="ambient_temperature",
        silent_after_s=180.0,
    ),
    SensorKind(
        name="broadcast-thermometer",
        label="Room thermometer that broadcasts",
        devices="BTHome, Xiaomi (also with ATC1441 or pvvx firmware), Govee, Inkbird, Ruuvi, "
        "SensorPush, ThermoBeacon",
        services=("ef090000-11d6-42ba-93b8-9dd7ec090ab0",),
        broadcasts=True,
        broadcast_in=("FCD2", "FE95", "181A", 0xEC88, 0x0499),
        signals=("ambient_temperature", "battery"),
        temperature="ambient_temperature",
        silent_after_s=180.0,
        quirks=(
            *BROADCAST_QUIRKS,
            "Other things of the same makers advertise alike: configure its address.",
            "Inkbird and ThermoBeacon are not recognised by themselves: configure their address.",
        ),
    ),
    SensorKind(
        name="broadcast-skin-thermometer",
        label="Skin thermometer that broadcasts",
        devices="the same, fixed to the skin",
        broadcasts=True,
        signals=("skin_temperature", "battery"),
        temperature="skin_temperature",
        silent_after_s=180.0,
        quirks=(CONFIGURE_BY_HAND, *BROADCAST_QUIRKS),
    ),
)
