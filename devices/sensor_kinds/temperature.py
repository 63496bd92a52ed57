"""Thermometers and temperature patches."""

from devices.sensor_kinds.common import (
    CONFIGURE_BY_HAND,
    DEVICE_INFORMATION,
    SENDS_STORED_RECORDS,
    SET_CLOCK,
)
from devices.sensor_kinds.sensor_kind import SensorKind
from devices.vendors import core

ROOM_ONLY = "Measures the temperature of a room or a surface, never body temperature."

BROADCAST_QUIRKS = (
    ROOM_ONLY,
    "Encrypted advertisements require `key` and `address` in the configuration.",
    "Received between connections of other sensors, at most once every five seconds.",
)

KINDS = (
    # Before other thermometers, whose service it also advertises. The second UUID is that of
    # early firmware. Source: greenTEG, CORE BLE Implementation Notes 3.1.
    SensorKind(
        name="core-patch",
        label="Core temperature patch",
        examples="greenTEG CORE, CALERA",
        services=(
            "00002100-5b1e-4347-b07c-97b514dae121",
            "00004200-f366-40b2-ac37-70cce0aa83b1",
        ),
        subscribe=("2A1C",),
        read_once=DEVICE_INFORMATION,
        signals=("core_temperature", "battery"),
        temperature_signal="core_temperature",
        interval_s=10.0,
        silent_after_s=35.0,
        quirks=(
            "Estimates core temperature: confirm with a thermometer before acting.",
            "Needs 10 to 20 minutes on the skin to settle; set `settling` in the policy.",
            "Supports two or three connections at most.",
        ),
    ),
    SensorKind(
        name="core-patch-detail",
        label="Core temperature patch with skin temperature",
        examples="greenTEG CORE, CALERA",
        subscribe=(core.TEMPERATURE,),
        subscribe_optional=(core.CONTROL_POINT, "2A19"),
        read_once=DEVICE_INFORMATION,
        signals=("core_temperature", "skin_temperature", "battery"),
        temperature_signal="core_temperature",
        interval_s=1.0,
        silent_after_s=35.0,
        quirks=(
            CONFIGURE_BY_HAND,
            (
                "Core temperature of quality 'poor' is questionable and never evaluated; without a "
                "heart rate from a strap this may be most of the time. `core-patch` reports no "
                "quality."
            ),
        ),
    ),
    SensorKind(
        name="thermometer",
        label="Body thermometer",
        examples="A&D UT-201BLE, Beurer FT95, iHealth PT3, TaiDoc TD-1241 and TD-1261",
        services=("1809",),
        subscribe=("2A1C",),
        subscribe_optional=("2A1E", "2A19"),
        read_once=("2A1D", *DEVICE_INFORMATION),
        signals=("body_temperature", "battery"),
        connects_per_reading=True,
        silent_after_s=90.0,
        quirks=(
            "A&D thermometers must be bonded first, in the system's Bluetooth settings.",
            "Many advertise only after a measurement, and disconnect after each one.",
            SENDS_STORED_RECORDS,
            SET_CLOCK,
        ),
    ),
    # No advertisement shows that a thermometer is worn on the skin: it is configured.
    SensorKind(
        name="skin-thermometer",
        label="Skin thermometer",
        examples="any that offers the Health Thermometer service",
        subscribe=("2A1C",),
        subscribe_optional=("2A1E", "2A19"),
        read_once=("2A1D", *DEVICE_INFORMATION),
        signals=("skin_temperature", "battery"),
        temperature_signal="skin_temperature",
        silent_after_s=90.0,
        quirks=(
            CONFIGURE_BY_HAND,
            "Skin cools during vasoconstriction: a low value does not exclude fever.",
        ),
    ),
    SensorKind(
        name="room-thermometer",
        label="Room thermometer",
        examples="any that offers the Environmental Sensing service",
        services=("181A",),
        subscribe=("2A6E",),
        read_once=("2A6E", *DEVICE_INFORMATION),  # some notify only when it changes
        signals=("ambient_temperature", "battery"),
        temperature_signal="ambient_temperature",
        silent_after_s=180.0,
    ),
    SensorKind(
        name="broadcast-thermometer",
        label="Room thermometer that broadcasts",
        examples="BTHome, Xiaomi (also with ATC1441 or pvvx firmware), Govee, Inkbird, Ruuvi, "
        "SensorPush, ThermoBeacon",
        services=("ef090000-11d6-42ba-93b8-9dd7ec090ab0",),
        broadcasts=True,
        broadcast_in=("FCD2", "FE95", "181A", 0xEC88, 0x0499),
        signals=("ambient_temperature", "battery"),
        temperature_signal="ambient_temperature",
        silent_after_s=180.0,
        quirks=(
            *BROADCAST_QUIRKS,
            "Other devices of the same manufacturers advertise alike: configure its address.",
            "Inkbird and ThermoBeacon are not recognised automatically: configure their address.",
        ),
    ),
    SensorKind(
        name="broadcast-skin-thermometer",
        label="Skin thermometer that broadcasts",
        examples="the same, fixed to the skin",
        broadcasts=True,
        signals=("skin_temperature", "battery"),
        temperature_signal="skin_temperature",
        silent_after_s=180.0,
        quirks=(CONFIGURE_BY_HAND, *BROADCAST_QUIRKS),
    ),
)
