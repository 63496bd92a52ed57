"""State of one sensor: its link, its counters and its malformed packets."""

from dataclasses import dataclass, field

from devices.decoders import Decoder, SensorKind
from devices.packets import Quality
from monitor.core.beat_alignment import BeatAlignment
from monitor.core.channel import Channel
from monitor.core.device_clock import DeviceClock
from monitor.core.rate_check import RateCheck
from monitor.core.stream_clock import StreamClock
from monitor.facts import Fact, LinkFact

# One malformed packet may be noise; three in a row are a fault.
_MALFORMED_IN_A_ROW = 3
_REPORT_EVERY_NS = 60 * 10**9
_CONNECTED = "connected"
_BROKEN = frozenset({"silent", "lost"})
_QUALITY_TEXT = {
    Quality.QUESTIONABLE: "reports doubtful values",
    Quality.OUT_OF_RANGE: "sends values out of range",
    Quality.NO_CONTACT: "has no contact with the skin",
    Quality.NO_VALUE: "sends no value and may be off the body",
    Quality.INVALID: "sends error codes",
    Quality.SETTLING: "was put on just now",
    Quality.STORED: "sends stored measurements",
}


@dataclass(frozen=True, slots=True)
class Device:
    """The device of a sensor's label, with the state of its decoders from its first packet.

    Attributes:
        kind: of sensor.
        decode: decodes its packets in order.
        clock: distinguishes stored records from live measurements.
        beats: aligns its beats with session time.
        rates: detects heart rates that contradict their own RR intervals.
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
        device: the present one.
        channels: of its readings so far, by signal.
        state: a value of `devices.radio.LinkState`.
        packets: received, malformed ones included.
        gaps: number of times that the link was lost or fell silent.
        packet_ns: time of the last packet, or None.
        malformed: packets in a row that could not be decoded.
        faulty: packets of the device that could not be decoded or contradict themselves.
        faulty_before: those of the devices before it.
        fault: what is wrong with the last of these.
    """

    label: str
    device: Device
    channels: dict[str, Channel] = field(default_factory=dict, repr=False)
    state: str = "searching"
    reason: str = ""
    rssi: int | None = None
    battery: float | None = None
    packets: int = 0
    gaps: int = 0
    packet_ns: int | None = None
    malformed: int = 0
    faulty: int = 0
    faulty_before: int = 0
    fault: str = ""
    _reported_ns: int = 0

    @property
    def failing(self) -> bool:
        """Return whether it keeps sending packets that cannot be decoded."""
        return self.malformed >= _MALFORMED_IN_A_ROW

    def change(self, now_ns: int, state: str, reason: str, rssi: int | None) -> LinkFact:
        """Apply a change of its link."""
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
        """Replace its device by another, of which nothing is known yet."""
        self.gaps += self.state == _CONNECTED
        self.device = device
        self.battery, self.rssi, self.malformed = None, None, 0
        self.faulty_before += self.faulty
        self.faulty, self.fault = 0, ""

    def count(self, now_ns: int) -> list[Fact]:
        """Count a packet; return the counters when they are due."""
        self.packets += 1
        self.packet_ns = now_ns
        return [self._fact(now_ns)] if now_ns - self._reported_ns >= _REPORT_EVERY_NS else []

    def doubt(self, now_ns: int, fault: str) -> list[LinkFact]:
        """Count a faulty packet; return the state of the link at the first one."""
        self.faulty += 1
        self.fault = fault
        return [self._fact(now_ns)] if self.faulty == 1 else []

    @property
    def remarks(self) -> str:
        """Return the reason of the link's state, and what is wrong with the packets."""
        packets = "1 packet is" if self.faulty == 1 else f"{self.faulty} packets are"
        faults = f"{packets} faulty, the last one: {self.fault}" if self.faulty else ""
        return "; ".join(filter(None, (self.reason, faults)))

    def why_silent(self, quality: Quality | None) -> str:
        """Return why there is no value, from the state of the link and the last reading."""
        if self.state != _CONNECTED:
            return f"sensor '{self.label}' is not connected"
        if quality in (None, Quality.GOOD, Quality.SETTLING):
            return f"sensor '{self.label}' sends no data"
        if quality is Quality.QUESTIONABLE and self.device.rates.contradicts:
            return f"the heart rate of sensor '{self.label}' contradicts its own beat intervals"
        return f"sensor '{self.label}' {_QUALITY_TEXT[quality]}"

    def _fact(self, now_ns: int) -> LinkFact:
        # Two changes at the same time must stay two points.
        self._reported_ns = max(now_ns, self._reported_ns + 1)
        return LinkFact(
            subject=self.label,
            at_ns=self._reported_ns,
            state=self.state,
            reason=self.remarks,
            rssi=self.rssi,
            battery=self.battery,
            packets=self.packets,
            gaps=self.gaps,
        )
