"""Pulse oximeters."""

from devices.sensor_kinds.common import (
    CONFIGURE_BY_HAND,
    DEVICE_INFORMATION,
    SENDS_STORED_RECORDS,
)
from devices.sensor_kinds.sensor_kind import SensorKind
from devices.vendors import berrymed, jumper, nonin, viatom, wellue

OXIMETER_MOVES = "Cold hands, nail varnish and movement cause false values."

KINDS = (
    SensorKind(
        name="pulse-oximeter",
        label="Pulse oximeter",
        examples="any that offers the Pulse Oximeter service",
        services=("1822",),
        subscribe=("2A5F", "2A5E"),
        read_once=("2A60", *DEVICE_INFORMATION),
        signals=("spo2", "pulse_rate", "battery"),
        interval_s=1.0,
        silent_after_s=15.0,
        quirks=(OXIMETER_MOVES, SENDS_STORED_RECORDS),
    ),
    SensorKind(
        name="nonin-oximeter",
        label="Nonin pulse oximeter",
        examples="Nonin 3230",
        services=(nonin.SERVICE,),
        subscribe=(nonin.MEASUREMENT,),
        read_once=DEVICE_INFORMATION,
        signals=("spo2", "pulse_rate", "battery"),
        interval_s=1.0,
        silent_after_s=15.0,
        quirks=(OXIMETER_MOVES,),
    ),
    SensorKind(
        name="berrymed-oximeter",
        label="BerryMed pulse oximeter",
        examples="BerryMed BM1000",
        services=(berrymed.SERVICE,),
        names=("BerryMed",),
        subscribe=(berrymed.STREAM,),
        read_once=DEVICE_INFORMATION,
        signals=("spo2", "pulse_rate", "battery"),
        interval_s=1.0,
        silent_after_s=15.0,
        quirks=(
            OXIMETER_MOVES,
            "Its service is that of a radio module: other devices may advertise it.",
            "Many advertise only their name: configure the address or name.",
        ),
    ),
    SensorKind(
        name="jumper-oximeter",
        label="Jumper pulse oximeter",
        examples='Jumper JPD-500F, others named "My Oximeter"',
        services=(jumper.SERVICE,),
        names=("My Oximeter",),
        subscribe=(jumper.MEASUREMENT,),
        read_once=DEVICE_INFORMATION,
        signals=("spo2", "pulse_rate", "battery"),
        interval_s=1.0,
        silent_after_s=15.0,
        quirks=(OXIMETER_MOVES, "Reports neither doubtful values nor a missing finger."),
    ),
    SensorKind(
        name="wellue-oximeter",
        label="Viatom or Wellue fingertip oximeter",
        examples="Viatom and Wellue PC-60FW, POD-1W",
        subscribe=(wellue.STREAM,),
        read_once=DEVICE_INFORMATION,
        signals=("spo2", "pulse_rate", "battery"),
        interval_s=1.0,
        silent_after_s=15.0,
        quirks=(CONFIGURE_BY_HAND, OXIMETER_MOVES, "Reports its battery in steps of 25 %."),
    ),
    SensorKind(
        name="viatom-oximeter",
        label="Viatom or Wellue pulse oximeter",
        examples="Wellue O2Ring, Viatom Checkme O2",
        services=(viatom.SERVICE,),
        subscribe=(viatom.ANSWERS,),
        read_once=DEVICE_INFORMATION,
        poll=(viatom.REQUESTS, viatom.POLL, viatom.POLL_INTERVAL_S),
        signals=("spo2", "pulse_rate", "battery"),
        interval_s=viatom.POLL_INTERVAL_S,
        silent_after_s=15.0,
        quirks=(OXIMETER_MOVES, "Sends no values while it calibrates."),
    ),
)
