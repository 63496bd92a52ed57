"""Blood pressure cuffs."""

from dataclasses import replace

from devices.sensor_kinds.common import (
    CONFIGURE_BY_HAND,
    DEVICE_INFORMATION,
    SENDS_STORED_RECORDS,
    SET_CLOCK,
)
from devices.sensor_kinds.sensor_kind import SensorKind
from devices.vendors import beurer

_QUIRKS = (
    "Disconnects after each measurement and reconnects with the next.",
    SENDS_STORED_RECORDS,
    SET_CLOCK,
    (
        "Values taken during movement, with a loose cuff or in a wrong position are not "
        "evaluated until someone confirms them."
    ),
)

_CUFF = SensorKind(
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
        *_QUIRKS,
        (
            "Measurements whose bytes contradict each other are reported and not evaluated: "
            "measure again or enter what the cuff shows. Beurer BM85: configure `beurer-bm85`."
        ),
    ),
)

KINDS = (
    _CUFF,
    # It advertises what any cuff does, so its name is the only hint.
    replace(
        _CUFF,
        name="beurer-bm85",
        label="Beurer BM85 blood pressure cuff",
        examples="Beurer BM85",
        services=(),
        names=("Beurer BM85", "BM85"),
        standard_form=(beurer.BLOOD_PRESSURE, beurer.standard_form),
        quirks=(
            CONFIGURE_BY_HAND,
            (
                "Sends pulse rate and status in the other byte order, and the user without its "
                "flag; both are put right."
            ),
            *_QUIRKS,
        ),
    ),
)
