"""Heart rate straps and armbands."""

from devices.sensor_kinds.common import CONFIGURE_BY_HAND, DEVICE_INFORMATION
from devices.sensor_kinds.sensor_kind import SensorKind, Stream
from devices.vendors import movesense, polar, polar_control
from devices.vendors.polar import Measurement
from devices.vendors.polar_control import Setting

KINDS = (
    SensorKind(
        name="heart-rate-strap",
        label="Heart rate strap",
        examples="Polar H9, H10, Verity Sense and OH1; Garmin, Wahoo, CooSpo; Movesense",
        services=("180D",),
        subscribe=("2A37",),
        read_once=("2A38", *DEVICE_INFORMATION),
        signals=("heart_rate", "rr_interval", "battery"),
        interval_s=1.0,
        silent_after_s=10.0,
        quirks=(
            (
                "Some (Polar H10) do not report skin contact: rules on missing, frozen and "
                "impossible values detect a strap that is off."
            ),
            "Heart rate 0 means no value, never cardiac arrest.",
            (
                "Optical sensors (Verity Sense, OH1) repeat the last heart rate during movement, "
                "and may report a heart rate when they are off the arm."
            ),
            "A Polar H10 disconnects 45 s after it is taken off.",
        ),
    ),
    SensorKind(
        name="polar-h10-ecg",
        label="Heart rate strap with ECG",
        examples="Polar H10",
        subscribe=("2A37",),
        read_once=("2A38", *DEVICE_INFORMATION),
        streams=(
            Stream(
                name="ECG",
                subscribe=(polar_control.CONTROL_POINT, polar.DATA),
                commands=polar_control.CONTROL_POINT,
                start=polar_control.start(
                    Measurement.ECG, {Setting.SAMPLE_RATE_HZ: 130, Setting.RESOLUTION_BITS: 14}
                ),
                stop=polar_control.stop(Measurement.ECG),
            ),
        ),
        signals=("heart_rate", "rr_interval", "battery"),
        interval_s=1.0,
        silent_after_s=10.0,
        quirks=(
            CONFIGURE_BY_HAND,
            "ECG (130 Hz) is recorded unprocessed in the journal and raises no alarm.",
            "A running stream keeps the strap switched on: it is stopped before disconnecting.",
        ),
    ),
    SensorKind(
        name="polar-armband-ppi",
        label="Optical armband with pulse intervals",
        examples="Polar Verity Sense, OH1",
        subscribe=("2A37",),
        read_once=("2A38", *DEVICE_INFORMATION),
        streams=(
            Stream(
                name="pulse intervals",
                subscribe=(polar_control.CONTROL_POINT, polar.DATA),
                commands=polar_control.CONTROL_POINT,
                start=polar_control.start(Measurement.PULSE_INTERVALS, {}),
                stop=polar_control.stop(Measurement.PULSE_INTERVALS),
            ),
        ),
        signals=("heart_rate", "rr_interval", "battery"),
        interval_s=5.0,
        rr_characteristic=polar.DATA,
        silent_after_s=40.0,
        quirks=(
            CONFIGURE_BY_HAND,
            "Pulse intervals start after about 25 s and are sent only at rest.",
            "With pulse intervals, heart rate is sent every 5 s and is frozen during movement.",
            "Its report of skin contact is ignored.",
        ),
    ),
    SensorKind(
        name="movesense-ecg",
        label="Movesense sensor with ECG",
        examples="Movesense MD, HR2, Active",
        subscribe=("2A37",),
        read_once=("2A38", *DEVICE_INFORMATION),
        streams=(
            Stream(
                name="ECG",
                subscribe=(movesense.DATA,),
                commands=movesense.COMMANDS,
                start=movesense.subscribe("/Meas/ECG/125"),
                stop=movesense.unsubscribe(),
            ),
        ),
        signals=("heart_rate", "rr_interval", "battery"),
        interval_s=1.0,
        silent_after_s=10.0,
        quirks=(
            CONFIGURE_BY_HAND,
            (
                "ECG (125 Hz) is recorded unprocessed in the journal and raises no alarm; its "
                "microvolts are those of the makers' formula, not confirmed on hardware."
            ),
        ),
    ),
)
