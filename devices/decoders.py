"""Decoders by characteristic, and the recognition of sensor kinds."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any

from devices.advertisement import ADVERT
from devices.broadcasts import Broadcasts
from devices.errors import DecodeError
from devices.gatt import (
    battery,
    blood_pressure,
    device_information,
    heart_rate,
    oximeter,
    thermometer,
)
from devices.gatt.consistency import require_consistent
from devices.packets import Decoded
from devices.sensor import SensorSpec
from devices.sensor_kinds import KINDS, SensorKind
from devices.vendors import (
    berrymed,
    core,
    jumper,
    movesense,
    nonin,
    polar,
    polar_control,
    viatom,
    wellue,
)

__all__ = ["KINDS", "Decoder", "SensorKind", "decode", "full_uuid", "recognise", "short_uuid"]

# The range of UUIDs that the Bluetooth SIG assigns as short numbers.
# Source: Core, Vol 3, Part B, 2.5.1.
_SIG_TAIL = "-0000-1000-8000-00805f9b34fb"
_UUID = re.compile(
    r"(?:0x)?(?P<short>[0-9a-f]{4})|(?P<long>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)
_REMEMBERED = 2048  # payloads of one characteristic: about 1 MB
_CORE_NAME = re.compile(r"core(?![a-z])", re.IGNORECASE)


_DECODERS: dict[str, Callable[[bytes], Decoded]] = {
    "2A19": battery.decode_level,
    "2A1D": thermometer.decode_type,
    "2A23": device_information.decode_system_id,
    **{
        uuid: partial(device_information.decode_text, name=name)
        for uuid, name in device_information.TEXTS.items()
    },
    "2A35": blood_pressure.decode_measurement,
    "2A36": blood_pressure.decode_cuff_pressure,
    "2A37": heart_rate.decode_measurement,
    "2A38": heart_rate.decode_location,
    "2A50": device_information.decode_pnp_id,
    "2A5E": oximeter.decode_spot_check,
    "2A5F": oximeter.decode_continuous,
    "2A60": oximeter.decode_features,
    "2A6E": thermometer.decode_ambient,
    core.TEMPERATURE: core.decode_temperature,
    core.CONTROL_POINT: core.decode_control_point,
    jumper.MEASUREMENT: jumper.decode_measurement,
    movesense.DATA: movesense.decode,
    nonin.MEASUREMENT: nonin.decode_measurement,
    polar.DATA: polar.decode_data,
    polar_control.CONTROL_POINT: polar_control.decode_control_point,
}
# Streams whose frames span packets: each connection needs a new decoder.
_STREAMS: dict[str, Callable[[], Callable[[bytes], Decoded]]] = {
    berrymed.STREAM: berrymed.Stream,
    viatom.ANSWERS: viatom.Stream,
    wellue.STREAM: wellue.Stream,
}
# The signal of these depends on the kind of sensor.
_BODY_DECODERS: dict[str, Callable[[bytes, str], Decoded]] = {
    "2A1C": thermometer.decode_measurement,
    "2A1E": thermometer.decode_intermediate,
}
_KNOWN = ", ".join(
    sorted({*_DECODERS, *_BODY_DECODERS, *_STREAMS, ADVERT}, key=lambda u: (len(u), u))
)


def decode(characteristic: str, payload: bytes, kind: SensorKind | None = None) -> Decoded:
    """Decode a payload.

    Args:
        characteristic: UUID in any notation (four upper-case hex digits are fastest), or
            ``advert`` for an advertisement.
        payload: the bytes of one notification, indication or read.
        kind: kind of the sender; without it a temperature is ``body_temperature``.

    Raises:
        DecodeError: the characteristic is unknown, or the bytes are invalid or contradict
            themselves.
    """
    return require_consistent(_decode(characteristic, payload, kind))


def _decode(characteristic: str, payload: bytes, kind: SensorKind | None) -> Decoded:
    if kind is not None and kind.standard_form is not None:
        odd, standard_form = kind.standard_form
        if characteristic == odd:
            payload = standard_form(payload)
    decoder = _DECODERS.get(characteristic)
    if decoder is not None:
        return decoder(payload)
    if characteristic == ADVERT:
        return Broadcasts(kind.temperature_signal if kind else "ambient_temperature")(payload)
    uuid = _canonical(characteristic)
    if uuid in _DECODERS:
        return _DECODERS[uuid](payload)
    if uuid in _BODY_DECODERS:
        return _BODY_DECODERS[uuid](
            payload, kind.temperature_signal if kind else "body_temperature"
        )
    if uuid in _STREAMS:
        return _STREAMS[uuid]()(payload)
    raise DecodeError(0, f"characteristic '{characteristic}' is unknown; choose one of: {_KNOWN}")


class Decoder:
    """Decodes the packets of one sensor in order, including frames that span packets. Pure."""

    def __init__(self, kind: SensorKind, spec: SensorSpec | None = None) -> None:
        self._kind = kind
        key, address = (None, None) if spec is None else (spec.key, spec.address)
        self._broadcasts = (
            Broadcasts(kind.temperature_signal, key, address) if kind.broadcasts else None
        )
        self._decoders: dict[str, Callable[[bytes], Decoded]] = {}

    def __call__(self, characteristic: str, payload: bytes) -> Decoded:
        """Decode a packet like `decode`; the UUID has the form of `short_uuid`.

        Raises:
            DecodeError: as `decode`.
        """
        decoder = self._decoders.get(characteristic)
        if decoder is None:
            decoder = self._decoders[characteristic] = self._decoder(characteristic)
        return decoder(payload)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out decoders that remember nothing of this sensor; they cannot be pickled."""
        stateful = self._decoders if self._broadcasts else _STREAMS
        kept = {uuid: each for uuid, each in self._decoders.items() if uuid in stateful}
        return {**vars(self), "_decoders": kept}

    def reconnected(self) -> None:
        """Discard incomplete frames after a new connection."""
        self._decoders.clear()

    def _decoder(self, characteristic: str) -> Callable[[bytes], Decoded]:
        if self._broadcasts is not None:
            return partial(_consistent, self._broadcasts)
        if characteristic in _STREAMS:
            return partial(_consistent, _STREAMS[characteristic]())
        if len(characteristic) == len("2A37"):
            return _remembering(characteristic, self._kind)
        return partial(decode, characteristic, kind=self._kind)


def _consistent(decoder: Callable[[bytes], Decoded], payload: bytes) -> Decoded:
    return require_consistent(decoder(payload))


@lru_cache(maxsize=64)
def _remembering(characteristic: str, kind: SensorKind) -> Callable[[bytes], Decoded]:
    """Return the decoder of a standard characteristic, shared by all sensors of a kind.

    The payloads of standard characteristics are a few bytes that repeat again and again, and what
    is decoded is immutable.
    """
    return lru_cache(_REMEMBERED)(partial(decode, characteristic, kind=kind))


def short_uuid(uuid: str) -> str:
    """Normalise a UUID: ``2A37`` for standard ones, else 128 bits in lower case.

    >>> short_uuid("0x2a37"), short_uuid("00002A37-0000-1000-8000-00805F9B34FB")
    ('2A37', '2A37')

    Raises:
        ValueError: not a valid UUID.
    """
    found = _canonical(uuid)
    if found is None:
        raise ValueError(f"'{uuid}' is not a valid UUID; use 2A37, 0x2A37 or 128 bits with hyphens")
    return found


def full_uuid(uuid: str) -> str:
    """Return all 128 bits of a UUID in lower case, the form of bleak.

    >>> full_uuid("2A37")
    '00002a37-0000-1000-8000-00805f9b34fb'

    Raises:
        ValueError: not a valid UUID.
    """
    short = short_uuid(uuid)
    return f"0000{short.lower()}{_SIG_TAIL}" if len(short) == len("2A37") else short


def recognise(
    service_uuids: Iterable[str],
    name: str | None,
    service_data: Iterable[str] = (),
    manufacturers: Iterable[int] = (),
) -> SensorKind | None:
    """Return the kind of sensor that an advertisement identifies, or None.

    Names do not identify a kind, because they can be changed. A thermometer named CORE, however, is
    not identified until its scan response, which arrives later, contains its own service.

    Args:
        service_uuids: advertised services.
        name: advertised name, or None.
        service_data: UUIDs of broadcast service data.
        manufacturers: company numbers of broadcast manufacturer data.

    >>> recognise(["1809", "00002100-5B1E-4347-B07C-97B514DAE121"], None).name
    'core-patch'
    """
    advertised = {_canonical(uuid) for uuid in service_uuids}
    broadcast = {*map(_canonical, service_data), *manufacturers}
    for kind in KINDS.values():
        if not broadcast.isdisjoint(kind.broadcast_in):
            return kind
        if not advertised.isdisjoint(kind.services):
            unproven = kind.name == "thermometer" and _CORE_NAME.match(name or "")
            return None if unproven else kind
    return None


def _canonical(uuid: str) -> str | None:
    match = _UUID.fullmatch(uuid.strip().lower())
    if match is None:
        return None
    short, long = match["short"], match["long"]
    if short is None and long.startswith("0000") and long.endswith(_SIG_TAIL):
        short = long[4:8]
    return short.upper() if short else long
