"""Viatom and Wellue oximeters (O2Ring, Checkme O2): polled every 2 s, they respond with a frame.

Source: ecostech/viatom-ble for the request and the positions of values in the response. Longer
responses in several packets are handled without their unconfirmed header: a response begins with
a packet of at least 19 bytes; shorter packets continue it and contain no values.
"""

from devices.errors import DecodeError
from devices.gatt.quality import make_reading
from devices.packets import Decoded, Quality
from devices.signals import SIGNALS
from devices.vendors.oximetry import readings

SERVICE = "14839ac4-7d7e-415c-9a42-167340cf2339"
REQUESTS = "8b00ace7-eb0b-49b0-bbe9-9aee0a26e1a3"
ANSWERS = "0734594a-a8e7-4b1a-a6b1-cd5243059a57"
POLL = bytes.fromhex("AA17E8000000001B")
POLL_INTERVAL_S = 2.0

_SPO2, _PULSE_RATE, _BATTERY, _MOTION, _PERFUSION, _WORN = 7, 8, 14, 16, 17, 18


class Stream:
    """Decodes the packets of one oximeter in order."""

    def __init__(self) -> None:
        self._begun = False

    def __call__(self, payload: bytes) -> Decoded:
        """Decode SpO2, pulse rate and battery; motion and perfusion index are details.

        Raises:
            DecodeError: the response ends before the worn flag.
        """
        if len(payload) <= _WORN:
            if self._begun:
                self._begun = False
                return Decoded(details={"continues": True})
            raise DecodeError(
                len(payload), f"a response is truncated: {len(payload)} of at least 19 bytes"
            )
        self._begun = True
        worn = payload[_WORN] != 0
        battery = make_reading(SIGNALS["battery"], float(payload[_BATTERY]))
        return Decoded(
            readings=(
                *readings(
                    payload[_SPO2],
                    payload[_PULSE_RATE],
                    Quality.GOOD if worn else Quality.NO_CONTACT,
                ),
                battery,
            ),
            details={
                "worn": worn,
                "calibrating": worn and not payload[_SPO2] and not payload[_PULSE_RATE],
                "motion": payload[_MOTION],
                "perfusion_index": payload[_PERFUSION],
            },
        )
