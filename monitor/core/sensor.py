"""What the engine remembers of one sensor: its link, its counters, its malformed packets."""

from dataclasses import dataclass

from devices.decoders import Decoder, SensorKind
from devices.packets import Quality
from monitor.core.beat_alignment import BeatAlignment
from monitor.core.device_clock import DeviceClock
from monitor.core.rate_check import RateCheck
from monitor.core.stream_clock import StreamClock
from monitor.facts import LinkFact

# One odd packet may be noise; three in a row are a fault that somebody must see.
_MALFORMED_IN_A_ROW = 3
_REPORT_EVERY_NS = 60 * 10**9
_CONNECTED = "connected"
_BROKEN = frozenset({"silent", "lost"})
_IN_WORDS = {
    Quality.QUESTIONABLE: "doubts its values",
    Quality.OUT_OF_RANGE: "sends values out of range",
    Quality.NO_CONTACT: "has no contact with the skin",
    Quality.NO_VALUE: "sends no value and may be off the body",
    Quality.INVALID: "sends error codes",
    Quality.SETTLING: "was put on just now",
    Quality.STORED: "sends stored measurements",
}


@dataclass(frozen=True, slots=True)
class Device:
    """What stands behind a sensor's label, with all that reads it from its first packet on.

    Attributes:
        kind: what it is.
        decode: reads its packets in order.
        clock: tells stored records from live measurements.
        beats: when they were.
        rates: finds heart rates that contradict their own intervals.
        stream: its clock by the stamps of its streams.
    """

    kind: SensorKind
    decode: Decoder
    clock: DeviceClock
    beats: BeatAlignment
    stream: StreamClock
    rates: RateCheck


@dataclass(slots=True)
class Sensor:
    """One sensor of the session.

    Attributes:
        label: as in the configuration.
        device: that sends now.
        state: a value of `devices.radio.LinkState`.
        packets: received, malformed ones included.
        gaps: how often the link was lost or fell silent.
        packet_ns: when the last packet came, or None.
        malformed: packets in a row that could not be decoded.
    """

    label: str
    device: Device
    state: str = "searching"
    reason: str = ""
    rssi: int | None = None
    battery: float | None = None
    packets: int = 0
    gaps: int = 0
    packet_ns: int | None = None
    malformed: int = 0
    _reported_ns: int = 0

    @property
    def failing(self) -> bool:
        """Tell whether it keeps sending what cannot be decoded."""
        return self.malformed >= _MALFORMED_IN_A_ROW

    def change(self, now_ns: int, state: str, reason: str, rssi: int | None) -> LinkFact:
        """Take a change of its link."""
        if state in _BROKEN and self.state == _CONNECTED:
            self.gaps += 1
        if state != _CONNECTED:
            self.device.decode.reconnected()
            self.device.beats.interrupt()
        self.state, self.reason = state, reason
        if rssi is not None:
            self.rssi = rssi
        return self._fact(now_ns)

    def exchange(self, device: Device) -> None:
        """Take that it is another device from here on, of which nothing is known yet."""
        self.gaps += self.state == _CONNECTED
        self.device = device
        self.battery, self.rssi, self.malformed = None, None, 0

    def count(self, now_ns: int) -> list[LinkFact]:
        """Take a packet; return the counters when they are due."""
        self.packets += 1
        self.packet_ns = now_ns
        return [self._fact(now_ns)] if now_ns - self._reported_ns >= _REPORT_EVERY_NS else []

    def why_silent(self, quality: Quality | None) -> str:
        """Say why there is no value, from what is known of the link and of the last reading."""
        if self.state != _CONNECTED:
            return f"sensor '{self.label}' is not connected"
        if quality in (None, Quality.GOOD, Quality.SETTLING):
            return f"nothing comes from sensor '{self.label}'"
        if quality is Quality.QUESTIONABLE and self.device.rates.contradicts:
            return f"the heart rate of sensor '{self.label}' contradicts its own beat intervals"
        return f"sensor '{self.label}' {_IN_WORDS[quality]}"

    def _fact(self, now_ns: int) -> LinkFact:
        # Two changes at one instant must stay two points.
        self._reported_ns = max(now_ns, self._reported_ns + 1)
        return LinkFact(
            subject=self.label,
            at_ns=self._reported_ns,
            state=self.state,
            reason=self.reason,
            rssi=self.rssi,
            battery=self.battery,
            packets=self.packets,
            gaps=self.gaps,
        )
