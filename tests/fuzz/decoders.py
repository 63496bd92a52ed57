"""Coverage-guided fuzzing of every decoder: ``python -m tests.fuzz.decoders -max_total_time=600``.

The first byte chooses what is decoded, the second where the rest is split into two packets. Only a
DecodeError may come out. Needs the extra `fuzz`.
"""

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["devices"]):
    from devices.advertisement import ADVERT
    from devices.broadcasts import Broadcasts
    from devices.decoders import KINDS, Decoder, decode
    from devices.errors import DecodeError
    from devices.vendors import berrymed, core, movesense, nonin, polar, polar_control, viatom

CHARACTERISTICS = (
    *("2A19", "2A1C", "2A1D", "2A1E", "2A23", "2A24", "2A35", "2A36", "2A37", "2A38", "2A50"),
    *("2A5E", "2A5F", "2A60", "2A6E", core.TEMPERATURE, core.CONTROL_POINT, polar.DATA),
    *(
        polar_control.CONTROL_POINT,
        movesense.DATA,
        nonin.MEASUREMENT,
        berrymed.STREAM,
        viatom.ANSWERS,
    ),
    ADVERT,
)


def one(given: bytes) -> None:
    """Decode bytes at once and in two packets."""
    if len(given) < 2:
        return
    characteristic = CHARACTERISTICS[given[0] % len(CHARACTERISTICS)]
    payload, cut = given[2:], given[1]
    with suppress(DecodeError):
        decode(characteristic, payload)
    decoder = Decoder(KINDS["broadcast-thermometer" if characteristic == ADVERT else "thermometer"])
    for packet in (payload[:cut], payload[cut:]):
        with suppress(DecodeError):
            decoder(characteristic, packet)


if __name__ == "__main__":
    Broadcasts("ambient_temperature")  # loads other people's parsers
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
