"""Blood pressure cuffs."""

from devices.sensor_kinds.common import DEVICE_INFORMATION, SENDS_STORED_RECORDS, SET_CLOCK
from devices.sensor_kinds.sensor_kind import SensorKind

KINDS = (
    SensorKind(
        name="blood-pressure-cuff",
        label="Blood pressure cuff",
        examples="A&D UA-651BLE and UB-1100BLE; some Omron and Beurer",
        services=("1810",),
        subscribe=("2A35",),
        subscribe_optional=("2A36", "2A19"),
        read_once=DEVICE_INFORMATION,
        signals=("systolic", "diastolic", "mean_arterial", "pulse_rate", "battery"),
        connects_per_reading=True,
        silent_after_s=3600.0,
        quirks=(
            "A&D cuffs must be bonded first, in the system's Bluetooth settings.",
            "Disconnects after each measurement and reconnects with the next.",
            SENDS_STORED_RECORDS,
            SET_CLOCK,
            (
                "Some send fields without setting their flags (Beurer BM85): someone has to "
                "confirm each of their measurements."
            ),
            (
                "Values taken during movement, with a loose cuff or in a wrong position are not "
                "evaluated until someone confirms them."
            ),
        ),
    ),
)
