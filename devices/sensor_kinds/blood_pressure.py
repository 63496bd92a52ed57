"""Blood pressure cuffs."""

from devices.sensor_kinds.common import DEVICE_INFORMATION, SENDS_STORED_RECORDS, SET_CLOCK
from devices.sensor_kinds.sensor_kind import SensorKind

KINDS = (
    SensorKind(
        name="blood-pressure-cuff",
        label="Blood pressure cuff",
        devices="A&D UA-651BLE and UB-1100BLE; some Omron and Beurer",
        services=("1810",),
        subscribe=("2A35",),
        subscribe_if_there=("2A36", "2A19"),
        read_once=DEVICE_INFORMATION,
        signals=("systolic", "diastolic", "mean_arterial", "pulse_rate", "battery"),
        per_reading=True,
        silent_after_s=3600.0,
        quirks=(
            "A&D cuffs must be bonded first, in the system's Bluetooth settings.",
            "It disconnects after each reading, and comes back with the next.",
            SENDS_STORED_RECORDS,
            SET_CLOCK,
            (
                "Some put fields where no flag announces them (Beurer BM85): each of their "
                "measurements has to be settled."
            ),
            (
                "Values taken in movement, with a loose cuff or in a wrong position are not judged "
                "before somebody has said that they are valid."
            ),
        ),
    ),
)
