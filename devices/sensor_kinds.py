"""The table of sensors: how each kind is recognised, what it sends, and what is odd about it.

A sensor that speaks standard services needs an entry here and no code; docs/sensors.md is made from
this table. Facts without a source in the entry are those of the makers' pages named in
docs/sensors.md; nothing here was measured on hardware.
"""

from dataclasses import dataclass

from devices.signals import SIGNALS
from devices.vendors import berrymed, core, movesense, nonin, polar, viatom
from devices.vendors.polar import Measurement, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorKind:
    """What a kind of sensor advertises, offers and yields. UUIDs are as `short_uuid` gives them.

    Attributes:
        name: the word in configurations.
        label: the words shown to people.
        devices: some that are of this kind.
        services: any of them in an advertisement recognises the kind.
        broadcasts: it is not connected, but read from its advertisements.
        broadcast_in: services and company numbers whose broadcast data recognise the kind.
        subscribe: characteristics without which the sensor is of no use.
        subscribe_if_there: characteristics that some makers leave out.
        read_once: characteristics to read after connecting, where they are there.
        start: what to write, and where, when all is subscribed to.
        stop: what to write before disconnecting.
        ask: what to write again and again: where, what, each how many seconds.
        signals: what it yields; a battery's level only where it has one.
        temperature: the signal that its body temperature (0x2A1C, 0x2A1E) or advertised one is.
        every_s: how often it sends by itself; None: when there is something new.
        beats_in: the characteristic that tells its RR intervals.
        per_reading: it is there only when it has a new reading; its absence is no trouble.
        silent_after_s: a connected sensor that sends nothing for so long counts as silent.
        quirks: what people who use it should know, one sentence each.
    """

    name: str
    label: str
    devices: str = ""
    services: tuple[str, ...] = ()
    broadcasts: bool = False
    broadcast_in: tuple[str | int, ...] = ()
    subscribe: tuple[str, ...] = ()
    subscribe_if_there: tuple[str, ...] = ("2A19",)
    read_once: tuple[str, ...] = ()
    start: tuple[tuple[str, bytes], ...] = ()
    stop: tuple[tuple[str, bytes], ...] = ()
    ask: tuple[str, bytes, float] | None = None
    signals: tuple[str, ...]
    temperature: str = "body_temperature"
    every_s: float | None = None
    beats_in: str = "2A37"
    per_reading: bool = False
    silent_after_s: float
    quirks: tuple[str, ...] = ()

    def spot(self, signal: str) -> bool:
        """Return whether its values of a signal are measured now and then, each by itself."""
        known = SIGNALS[signal]
        return known.spot or (self.per_reading and not known.technical)


# System ID (0x2A23) stays unread: it holds the device's address, which no record needs.
_ABOUT = ("2A19", "2A29", "2A24", "2A25", "2A27", "2A26", "2A28")

_CONFIGURED = "It is never recognised by itself: configure this kind with its address or name."
_STORES = (
    "It keeps what nobody fetched and sends it later; such records are not judged before somebody "
    "has said that they are valid."
)
_SET_CLOCK = (
    "Set its clock: with a wrong one its first value may be a record, and has to be settled."
)
_OXIMETER_MOVES = "Cold hands, nail varnish and movement make its values false."
_ROOM_ONLY = "It tells the temperature of a room or of what it lies on, never of a body."

_BROADCAST_QUIRKS = (
    _ROOM_ONLY,
    "An encrypted one needs `key` and `address` in the configuration.",
    "It is heard between connections of other sensors, once in five seconds at most.",
)

_ALL = (
    SensorKind(
        name="heart-rate-strap",
        label="Heart rate strap",
        devices="Polar H9, H10, Verity Sense and OH1; Garmin, Wahoo, CooSpo; Movesense",
        services=("180D",),
        subscribe=("2A37",),
        read_once=("2A38", *_ABOUT),
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
        subscribe=("2A37", polar.CONTROL_POINT, polar.DATA),
        read_once=("2A38", *_ABOUT),
        start=(
            (
                polar.CONTROL_POINT,
                polar.start(
                    Measurement.ECG, {Setting.SAMPLE_RATE_HZ: 130, Setting.RESOLUTION_BITS: 14}
                ),
            ),
        ),
        stop=((polar.CONTROL_POINT, polar.stop(Measurement.ECG)),),
        signals=("heart_rate", "rr_interval", "battery"),
        every_s=1.0,
        silent_after_s=10.0,
        quirks=(
            _CONFIGURED,
            "ECG (130 Hz) is recorded in the journal as it came, and raises no alarm.",
            "A stream that is not stopped keeps the strap on: it is stopped before disconnecting.",
        ),
    ),
    SensorKind(
        name="polar-armband-ppi",
        label="Optical armband with pulse intervals",
        devices="Polar Verity Sense, OH1",
        subscribe=("2A37", polar.CONTROL_POINT, polar.DATA),
        read_once=("2A38", *_ABOUT),
        start=((polar.CONTROL_POINT, polar.start(Measurement.PULSE_INTERVALS, {})),),
        stop=((polar.CONTROL_POINT, polar.stop(Measurement.PULSE_INTERVALS)),),
        signals=("heart_rate", "rr_interval", "battery"),
        every_s=5.0,
        beats_in=polar.DATA,
        silent_after_s=40.0,
        quirks=(
            _CONFIGURED,
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
        read_once=("2A38", *_ABOUT),
        start=((movesense.COMMANDS, movesense.subscribe("/Meas/ECG/125")),),
        stop=((movesense.COMMANDS, movesense.unsubscribe()),),
        signals=("heart_rate", "rr_interval", "battery"),
        every_s=1.0,
        silent_after_s=10.0,
        quirks=(
            _CONFIGURED,
            (
                "ECG (125 Hz) is recorded in the journal as it came, and raises no alarm; the "
                "unit of its samples depends on the firmware."
            ),
        ),
    ),
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
        read_once=_ABOUT,
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
        read_once=_ABOUT,
        signals=("core_temperature", "skin_temperature", "battery"),
        temperature="core_temperature",
        every_s=1.0,
        silent_after_s=35.0,
        quirks=(
            _CONFIGURED,
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
        read_once=("2A1D", *_ABOUT),
        signals=("body_temperature", "battery"),
        per_reading=True,
        silent_after_s=90.0,
        quirks=(
            "A&D thermometers must be bonded first, in the system's Bluetooth settings.",
            "Many advertise only after a reading, and disconnect after each.",
            _STORES,
            _SET_CLOCK,
        ),
    ),
    # Nothing that a thermometer advertises tells that it lies on the skin: it is configured.
    SensorKind(
        name="skin-thermometer",
        label="Skin thermometer",
        devices="any that offers the Health Thermometer service",
        subscribe=("2A1C",),
        subscribe_if_there=("2A1E", "2A19"),
        read_once=("2A1D", *_ABOUT),
        signals=("skin_temperature", "battery"),
        temperature="skin_temperature",
        silent_after_s=90.0,
        quirks=(
            _CONFIGURED,
            "Skin cools when vessels constrict: it is no sign against fever.",
        ),
    ),
    SensorKind(
        name="room-thermometer",
        label="Room thermometer",
        devices="any that offers the Environmental Sensing service",
        services=("181A",),
        subscribe=("2A6E",),
        read_once=("2A6E", *_ABOUT),  # some notify only when it changes
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
            *_BROADCAST_QUIRKS,
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
        quirks=(_CONFIGURED, *_BROADCAST_QUIRKS),
    ),
    SensorKind(
        name="blood-pressure-cuff",
        label="Blood pressure cuff",
        devices="A&D UA-651BLE and UB-1100BLE; some Omron and Beurer",
        services=("1810",),
        subscribe=("2A35",),
        subscribe_if_there=("2A36", "2A19"),
        read_once=_ABOUT,
        signals=("systolic", "diastolic", "mean_arterial", "pulse_rate", "battery"),
        per_reading=True,
        silent_after_s=3600.0,
        quirks=(
            "A&D cuffs must be bonded first, in the system's Bluetooth settings.",
            "It disconnects after each reading, and comes back with the next.",
            _STORES,
            _SET_CLOCK,
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
    SensorKind(
        name="pulse-oximeter",
        label="Pulse oximeter",
        devices="any that offers the Pulse Oximeter service",
        services=("1822",),
        subscribe_if_there=("2A5F", "2A5E", "2A19"),
        read_once=("2A60", *_ABOUT),
        signals=("spo2", "pulse_rate", "battery"),
        every_s=1.0,
        silent_after_s=15.0,
        quirks=(_OXIMETER_MOVES, _STORES),
    ),
    SensorKind(
        name="nonin-oximeter",
        label="Nonin pulse oximeter",
        devices="Nonin 3230",
        services=(nonin.SERVICE,),
        subscribe=(nonin.MEASUREMENT,),
        read_once=_ABOUT,
        signals=("spo2", "pulse_rate", "battery"),
        every_s=1.0,
        silent_after_s=15.0,
        quirks=(_OXIMETER_MOVES,),
    ),
    SensorKind(
        name="berrymed-oximeter",
        label="BerryMed pulse oximeter",
        devices="BerryMed BM1000",
        services=(berrymed.SERVICE,),
        subscribe=(berrymed.STREAM,),
        read_once=_ABOUT,
        signals=("spo2", "pulse_rate", "battery"),
        every_s=1.0,
        silent_after_s=15.0,
        quirks=(
            _OXIMETER_MOVES,
            "Its service is a maker's of radio modules: other devices may offer it.",
        ),
    ),
    SensorKind(
        name="viatom-oximeter",
        label="Viatom or Wellue pulse oximeter",
        devices="Wellue O2Ring, Viatom Checkme O2",
        services=(viatom.SERVICE,),
        subscribe=(viatom.ANSWERS,),
        read_once=_ABOUT,
        ask=(viatom.REQUESTS, viatom.ASK, viatom.ASK_EVERY_S),
        signals=("spo2", "pulse_rate", "battery"),
        every_s=viatom.ASK_EVERY_S,
        silent_after_s=15.0,
        quirks=(_OXIMETER_MOVES, "While it calibrates it has no values."),
    ),
)

KINDS: dict[str, SensorKind] = {kind.name: kind for kind in _ALL}
