"""Viatom and Wellue oximeters (O2Ring, Checkme O2): asked each 2 s, they answer with a frame.

Source: ecostech/viatom-ble for the request and for where values lie in the answer. That longer
answers come in several packets is handled without relying on their unconfirmed header: an answer
begins with a packet of at least 19 bytes, what is shorter continues it and says nothing new.
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
    """Reads one oximeter's packets in order."""

    def __init__(self) -> None:
        self._begun = False

    def __call__(self, payload: bytes) -> Decoded:
        """Return saturation, pulse rate and battery; motion and perfusion index are details.

        Raises:
            DecodeError: the answer ends before the flag that tells whether it is worn.
        """
        if len(payload) <= _WORN:
            if self._begun:
                self._begun = False
                return Decoded(details={"continues": True})
            raise DecodeError(
                len(payload), f"an answer is cut short: {len(payload)} of at least 19 bytes"
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
