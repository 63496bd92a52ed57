"""`physiomon decode`: payloads of sensors as JSON."""

from collections.abc import Iterable

from devices.decoders import decode
from devices.errors import DecodeError
from devices.signals import SIGNALS
from monitor.commands.output import print_json


def decode_one(characteristic: str, payload: str) -> bool:
    """Print the decoded payload or its error; return whether it could be decoded."""
    found = decoded_payload(characteristic, payload)
    print_json(found)
    return "error" not in found


def decode_lines(lines: Iterable[str]) -> bool:
    """Decode and print each line ``UUID HEX``; return whether all could be decoded."""
    ok = True
    for line in lines:
        words = line.split(maxsplit=1)
        if not words or words[0].startswith("#"):
            continue
        ok &= decode_one(words[0], words[1] if len(words) > 1 else "")
    return ok


def decoded_payload(characteristic: str, payload: str) -> dict[str, object]:
    """Return the decoded content of a payload in hex, or an ``error``."""
    try:
        raw = bytes.fromhex(payload.replace(":", " ").replace("0x", ""))
    except ValueError:
        return {"error": f"'{payload.strip()}' is not hex; give bytes such as \"10 5A 00 08\""}
    try:
        decoded = decode(characteristic, raw)
    except DecodeError as error:
        return {"error": str(error)}
    return {
        "readings": [
            {
                "signal": reading.signal,
                "value": reading.value,
                "unit": SIGNALS[reading.signal].unit,
                "quality": reading.quality.name.lower(),
            }
            for reading in decoded.readings
        ],
        "warnings": [*decoded.contradictions, *decoded.warnings],
        "details": dict(decoded.details),
    }
