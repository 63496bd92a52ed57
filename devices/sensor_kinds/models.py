"""Models that people own: which kind reads them, what to set, and which cannot be read, and why.

Data for docs/sensors.md. A kind reads any device with its service; these are the ones that open
projects report to work, or not to. None was tested here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model, or several that behave alike.

    Attributes:
        names: make and models.
        kind: a name in `devices.sensor_kinds.KINDS`; None if none can read it.
        note: what users have to do, or why it cannot be read.
        source: project, and its page, file or issue.
    """

    names: str
    kind: str | None
    note: str
    source: str


MODELS = (
    Model(
        names="Polar H10",
        kind="heart-rate-strap",
        note="With RR intervals; reports no skin contact.",
        source="Auuki, issue 192",
    ),
    Model(
        names="Polar H7",
        kind="heart-rate-strap",
        note="With RR intervals.",
        source="Polar-H7-Pi; BLEHeartRateLogger, issue 3",
    ),
    Model(
        names="Polar Verity Sense, OH1",
        kind="heart-rate-strap",
        note="Optical; `polar-armband-ppi` adds pulse intervals.",
        source="polar-ble-sdk",
    ),
    Model(
        names="Wahoo TICKR",
        kind="heart-rate-strap",
        note="Nothing to set.",
        source="BLEHeartRateLogger, pull request 19",
    ),
    Model(
        names="Zephyr HxM Smart",
        kind="heart-rate-strap",
        note="Nothing to set.",
        source="BLEHeartRateLogger, issue 3",
    ),
    Model(
        names="Movesense MD, HR2",
        kind="heart-rate-strap",
        note="`movesense-ecg` adds the ECG.",
        source="gatt_sensordata_app",
    ),
    Model(
        names="Garmin Forerunner 245 and 255, Venu 3",
        kind="heart-rate-strap",
        note="Set the watch to broadcast the heart rate.",
        source="HeartRate, issue 46; TrackMyIndoorWorkout, issue 434; ble_monitor, issue 1494",
    ),
    Model(
        names="Huawei Band 8 and 9, Watch GT 3",
        kind="heart-rate-strap",
        note="Switch on the heart rate broadcast; needs current firmware.",
        source="HeartBeatCat, issues 20, 21 and 26",
    ),
    Model(
        names="Xiaomi Mi Band",
        kind="heart-rate-strap",
        note="Switch on the broadcast of the heart rate.",
        source="mebeats, issue 9",
    ),
    Model(
        names="WHOOP 4.0",
        kind="heart-rate-strap",
        note="Broadcasts by default.",
        source="noop, issue 159",
    ),
    Model(
        names="A&D UT-201BLE, Beurer FT95, iHealth PT3, TaiDoc TD-1241",
        kind="thermometer",
        note="Sends one value after each measurement.",
        source="the manufacturers",
    ),
    Model(
        names="A&D UA-651BLE",
        kind="blood-pressure-cuff",
        note="Pair it first.",
        source="cordova-plugin-ble-central, issue 27",
    ),
    Model(
        names="Omron X2 Smart+, X4 Smart, BP5150",
        kind="blood-pressure-cuff",
        note="X4 Smart deletes what it has sent.",
        source="blood-pressure-monitor-fl, docs/bluetooth.md",
    ),
    Model(
        names="Beurer BM59",
        kind="blood-pressure-cuff",
        note="Sends its whole memory each time: set its clock. If its measurements are reported as "
        "unreadable, configure `beurer-bm85`: the maker's application reads both alike.",
        source="blood-pressure-monitor-fl, docs/bluetooth.md",
    ),
    Model(
        names="Beurer BM85",
        kind="beurer-bm85",
        note="Sends its whole memory each time: set its clock.",
        source="blood-pressure-monitor-fl, pull requests 735 and 737",
    ),
    Model(
        names="Silvercrest SBM 69",
        kind="blood-pressure-cuff",
        note="Shows a number for pairing: pair it by hand first. Sends its whole memory each time.",
        source="OpenMQTTGateway, issue 806; blood-pressure-monitor-fl, docs/bluetooth.md",
    ),
    Model(
        names="boso medicus",
        kind="blood-pressure-cuff",
        note="Reports a failed measurement as one without values.",
        source="blood-pressure-monitor-fl, issue 80",
    ),
    Model(
        names="ChoiceMMed MD300C208S (Medisana PM 100 Connect)",
        kind="pulse-oximeter",
        note="Once a second; ends the connection without a finger.",
        source="ha-pulse-oximeter",
    ),
    Model(
        names="Nonin 3230",
        kind="nonin-oximeter",
        note="Nothing to set.",
        source="nonin-3230-ble",
    ),
    Model(
        names="BerryMed BM1000",
        kind="berrymed-oximeter",
        note="Does not report doubtful values.",
        source="Adafruit_CircuitPython_BLE_BerryMed_Pulse_Oximeter",
    ),
    Model(
        names="Jumper JPD-500F",
        kind="jumper-oximeter",
        note="Does not report doubtful values.",
        source="smarttelemed-v4; obniz, PLS_01BT",
    ),
    Model(
        names="Viatom and Wellue PC-60FW, POD-1W",
        kind="wellue-oximeter",
        note="Configure its address or name.",
        source="viatom_pc60fw; LepuDemo",
    ),
    Model(
        names="Wellue O2Ring, Viatom Checkme O2",
        kind="viatom-oximeter",
        note="Nothing to set.",
        source="viatom-ble",
    ),
    Model(
        names="WHOOP 5.0, MG",
        kind=None,
        note="Does not advertise the heart rate service, even with the broadcast switched on.",
        source="noop, issue 1061",
    ),
    Model(
        names="Fitbit",
        kind=None,
        note="Does not broadcast the heart rate.",
        source="BLEHeartRateLogger, issue 3",
    ),
    Model(
        names="Garmin watches without the broadcast, such as a Fenix 6",
        kind=None,
        note="Send the heart rate in a proprietary service, or by ANT+ only.",
        source="Android-nRF-Connect, issue 234",
    ),
    Model(
        names="Kinsa thermometers",
        kind=None,
        note="Use a proprietary service.",
        source="stpihkal, issue 46",
    ),
    Model(
        names="Omron HEM-7xxx without the standard service",
        kind=None,
        note="Their memory has to be read with a protocol and a key of the manufacturer.",
        source="omblepy",
    ),
    Model(
        names="Yonker YK-IBPA1, Microlife BP3GY1-2N",
        kind=None,
        note="Use proprietary protocols.",
        source="blood-pressure-monitor-fl, docs/bluetooth.md",
    ),
)
