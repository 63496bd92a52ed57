"""Pulse oximeters."""

from devices.sensor_kinds.common import DEVICE_INFORMATION, SENDS_STORED_RECORDS
from devices.sensor_kinds.sensor_kind import SensorKind
from devices.vendors import berrymed, nonin, viatom

OXIMETER_MOVES = "Cold hands, nail varnish and movement make its values false."

KINDS = (
    SensorKind(
        name="pulse-oximeter",
        label="Pulse oximeter",
        devices="any that offers the Pulse Oximeter service",
        services=("1822",),
        subscribe_if_there=("2A5F", "2A5E", "2A19"),
        read_once=("2A60", *DEVICE_INFORMATION),
        signals=("spo2", "pulse_rate", "battery"),
        every_s=1.0,
        silent_after_s=15.0,
        quirks=(OXIMETER_MOVES, SENDS_STORED_RECORDS),
    ),
    SensorKind(
        name="nonin-oximeter",
        label="Nonin pulse oximeter",
        devices="Nonin 3230",
        services=(nonin.SERVICE,),
        subscribe=(nonin.MEASUREMENT,),
        read_once=DEVICE_INFORMATION,
        signals=("spo2", "pulse_rate", "battery"),
        every_s=1.0,
        silent_after_s=15.0,
        quirks=(OXIMETER_MOVES,),
    ),
    SensorKind(
        name="berrymed-oximeter",
        label="BerryMed pulse oximeter",
        devices="BerryMed BM1000",
        services=(berrymed.SERVICE,),
        subscribe=(berrymed.STREAM,),
        read_once=DEVICE_INFORMATION,
        signals=("spo2", "pulse_rate", "battery"),
        every_s=1.0,
        silent_after_s=15.0,
        quirks=(
            OXIMETER_MOVES,
            "Its service is a maker's of radio modules: other devices may offer it.",
        ),
    ),
    SensorKind(
        name="viatom-oximeter",
        label="Viatom or Wellue pulse oximeter",
        devices="Wellue O2Ring, Viatom Checkme O2",
        services=(viatom.SERVICE,),
        subscribe=(viatom.ANSWERS,),
        read_once=DEVICE_INFORMATION,
        ask=(viatom.REQUESTS, viatom.ASK, viatom.ASK_EVERY_S),
        signals=("spo2", "pulse_rate", "battery"),
        every_s=viatom.ASK_EVERY_S,
        silent_after_s=15.0,
        quirks=(OXIMETER_MOVES, "While it calibrates it has no values."),
    ),
)
