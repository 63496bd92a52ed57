"""The payload of a packet of a script, and its readings for the model."""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.never_blind.script import Heard
from tests.never_blind.signals import Reading

KINDS = {
    "strap": "heart-rate-strap",
    "spare": "heart-rate-strap",
    "patch": "core-patch",
    "oximeter": "pulse-oximeter",
    "cuff": "blood-pressure-cuff",
}
SIGNALS = {
    "heart-rate-strap": ("heart_rate", "rr_interval", "battery"),
    "core-patch": ("core_temperature", "battery"),
    "pulse-oximeter": ("spo2", "pulse_rate", "battery"),
    "blood-pressure-cuff": ("systolic", "diastolic", "mean_arterial", "pulse_rate", "battery"),
}
_START = datetime(2023, 3, 1)  # noqa: DTZ001 - a device has no zone
_CONTACT, _NO_CONTACT, _INTERVALS = 0x06, 0x04, 0x10


def encode(packet: Heard) -> tuple[str, bytes, list[Reading]]:
    """Return characteristic, payload and meaning of one packet."""
    if packet.says == "garbled":  # two errors: reserved flags and an extra byte
        characteristic, payload, _ = encode(replace(packet, says="good"))
        return characteristic, bytes([payload[0] | 0xE0]) + payload[1:] + b"\0", []
    (value,) = packet.values
    match KINDS[packet.sensor]:
        case "heart-rate-strap":
            return "2A37", *_strap(packet, value)
        case "core-patch":
            return "2A1C", *_patch(packet, value)
        case "pulse-oximeter":
            return "2A5F", *_oximeter(packet, value)
        case _:
            return "2A35", *_cuff(packet, value)


def _strap(packet: Heard, bpm: int) -> tuple[bytes, list[Reading]]:
    flags = _NO_CONTACT if packet.says == "off" else _CONTACT
    flags |= _INTERVALS if packet.intervals else 0
    if packet.says == "nothing":
        bpm = 0
    counts = [round(ms * 1.024) for ms in packet.intervals]
    payload = bytes([flags, bpm]) + b"".join(count.to_bytes(2, "little") for count in counts)
    says = "off" if packet.says in ("off", "nothing") else "good"
    readings = [Reading("heart_rate", bpm, says)]
    readings += [Reading("rr_interval", count, says) for count in counts]
    return payload, readings


def _patch(packet: Heard, centi: int) -> tuple[bytes, list[Reading]]:
    number = (
        b"\xff\xff\x7f\x00" if packet.says == "nothing" else centi.to_bytes(3, "little") + b"\xfe"
    )
    says = {"nothing": "off", "low": "off"}.get(packet.says, packet.says)
    reading = Reading("core_temperature", centi, says)
    if packet.says == "stored":
        return b"\x06" + number + _stamp(packet) + b"\x02", [reading]
    return b"\x04" + number + b"\x02", [reading]


def _oximeter(packet: Heard, spo2: int) -> tuple[bytes, list[Reading]]:
    says = {"nothing": "off"}.get(packet.says, packet.says)
    percent = 0 if packet.says == "nothing" else spo2
    status = {"doubtful": 1 << 14}.get(packet.says, 0)
    device = {"off": 1 << 11}.get(packet.says, 0)
    payload = b"\x0c" + percent.to_bytes(2, "little") + (70).to_bytes(2, "little")
    payload += status.to_bytes(2, "little") + device.to_bytes(3, "little")
    return payload, [Reading("spo2", spo2, says), Reading("pulse_rate", 70, says)]


def _stamp(packet: Heard) -> bytes:
    """Return the time of a clock with a wrong time and a wrong, unusable rate."""
    told = _START + timedelta(seconds=packet.at * 10)
    year = told.year.to_bytes(2, "little")
    return year + bytes([told.month, told.day, told.hour, told.minute, told.second])


def _cuff(packet: Heard, systolic: int) -> tuple[bytes, list[Reading]]:
    flags = {"doubtful": 0x10, "stored": 0x02}.get(packet.says, 0)
    numbers = (systolic, 60, 75)
    payload = bytes([flags]) + b"".join(each.to_bytes(2, "little") for each in numbers)
    payload += {"doubtful": b"\x01\x00", "stored": _stamp(packet)}.get(packet.says, b"")
    return payload, [
        Reading("systolic", systolic, packet.says),
        Reading("diastolic", 60, packet.says),
    ]
