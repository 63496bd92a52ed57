"""Heart rate straps and armbands."""

from devices.sensor_kinds.common import CONFIGURE_BY_HAND, DEVICE_INFORMATION
from devices.sensor_kinds.sensor_kind import SensorKind
from devices.vendors import movesense, polar, polar_control
from devices.vendors.polar import Measurement
from devices.vendors.polar_control import Setting

KINDS = (
    SensorKind(
        name="heart-rate-strap",
        label="Heart rate strap",
        devices="Polar H9, H10, Verity Sense and OH1; Garmin, Wahoo, CooSpo; Movesense",
        services=("180D",),
        subscribe=("2A37",),
        read_once=("2A38", *DEVICE_INFORMATION),
        signals=("heart_rate", "rr_interval", "battery"),
        every_s=1.0,
        silent_after_s=10.0,
        quirks=(
            (
                "Some (Polar H10) never say whether they have contact: rules on missing, frozen "
                "and impossible values find a strap that is off."
            ),
            "Heart rate 0 means no value, never a stopped heart.",
            (
                "Optical sensors (Verity Sense, OH1) hold the last heart rate while they are "
                "moved, and may tell one off the arm."
            ),
            "A Polar H10 disconnects 45 s after it was taken off.",
        ),
    ),
    SensorKind(
        name="polar-h10-ecg",
        label="Heart rate strap with ECG",
        devices="Polar H10",
        subscribe=("2A37", polar_control.CONTROL_POINT, polar.DATA),
        read_once=("2A38", *DEVICE_INFORMATION),
        start=(
            (
                polar_control.CONTROL_POINT,
                polar_control.start(
                    Measurement.ECG, {Setting.SAMPLE_RATE_HZ: 130, Setting.RESOLUTION_BITS: 14}
                ),
            ),
        ),
        stop=((polar_control.CONTROL_POINT, polar_control.stop(Measurement.ECG)),),
        signals=("heart_rate", "rr_interval", "battery"),
        every_s=1.0,
        silent_after_s=10.0,
        quirks=(
            CONFIGURE_BY_HAND,
            "ECG (130 Hz) is recorded in the journal as it came, and raises no alarm.",
            "A stream that is not stopped keeps the strap on: it is stopped before disconnecting.",
        ),
    ),
    SensorKind(
        name="polar-armband-ppi",
        label="Optical armband with pulse intervals",
        devices="Polar Verity Sense, OH1",
        subscribe=("2A37", polar_control.CONTROL_POINT, polar.DATA),
        read_once=("2A38", *DEVICE_INFORMATION),
        start=(
            (polar_control.CONTROL_POINT, polar_control.start(Measurement.PULSE_INTERVALS, {})),
        ),
        stop=((polar_control.CONTROL_POINT, polar_control.stop(Measurement.PULSE_INTERVALS)),),
        signals=("heart_rate", "rr_interval", "battery"),
        every_s=5.0,
        beats_in=polar.DATA,
        silent_after_s=40.0,
        quirks=(
            CONFIGURE_BY_HAND,
            "Pulse intervals begin about 25 s after the start, and come at rest only.",
            "With pulse intervals heart rate comes each 5 s, and is frozen in movement.",
            "What it says about skin contact is not trusted.",
        ),
    ),
    SensorKind(
        name="movesense-ecg",
        label="Movesense sensor with ECG",
        devices="Movesense MD, HR2, Active",
        subscribe=("2A37", movesense.DATA),
        read_once=("2A38", *DEVICE_INFORMATION),
        start=((movesense.COMMANDS, movesense.subscribe("/Meas/ECG/125")),),
        stop=((movesense.COMMANDS, movesense.unsubscribe()),),
        signals=("heart_rate", "rr_interval", "battery"),
        every_s=1.0,
        silent_after_s=10.0,
        quirks=(
            CONFIGURE_BY_HAND,
            (
                "ECG (125 Hz) is recorded in the journal as it came, and raises no alarm; the "
                "unit of its samples depends on the firmware."
            ),
        ),
    ),
)
