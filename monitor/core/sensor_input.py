"""Handlers of entries about sensors: packets, links and replaced devices.

Pure, like the engine: each call gets the time.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo

from alerts.time_format import clock
from devices.decoders import KINDS, Decoder
from devices.errors import DecodeError
from devices.packets import Decoded, Quality, Reading
from devices.sensor import SensorSpec
from monitor.core.beat_alignment import BeatAlignment
from monitor.core.device_clock import DeviceClock
from monitor.core.gateways import Gateways
from monitor.core.lifecycle import Lifecycle
from monitor.core.rate_check import RateCheck
from monitor.core.rule_evaluator import RuleEvaluator
from monitor.core.sensor import Device, Sensor
from monitor.core.sensor_measurements import SensorMeasurements
from monitor.core.session_spec import SessionSpec
from monitor.core.standstill import Standstill
from monitor.core.stream_clock import StreamClock
from monitor.core.unconfirmed import SpotValue
from monitor.entries import Entry, EntryKind
from monitor.facts import Fact

_STORED = Quality.STORED  # attributes of enumerations are slow before Python 3.12


class SensorInput:
    """Handlers of one session's packets, links and devices.

    Args:
        sensors: by label; filled here.
        evaluator: evaluates the readings.
        measurements: records spot measurements.
        lifecycle: of the session.
        gateways: of the session.
        standstill: of the session.
    """

    def __init__(
        self,
        sensors: dict[str, Sensor],
        evaluator: RuleEvaluator,
        measurements: SensorMeasurements,
        lifecycle: Lifecycle,
        gateways: Gateways,
        standstill: Standstill,
    ) -> None:
        self.sensors = sensors
        self._evaluator = evaluator
        self._faults = evaluator.faults
        self._measurements = measurements
        self._lifecycle = lifecycle
        self._gateways = gateways
        self._standstill = standstill
        self._utc_offset_s: int | None = None
        self._zone: tzinfo | None = None
        self._ahead_ns = 0
        self._started_ns = 0

    def handlers(self) -> Mapping[str, Callable[[int, Entry], list[Fact]]]:
        """Return the handler of each kind of entry."""
        return {
            EntryKind.PACKET: self.packet,
            EntryKind.LINK: self.link,
            EntryKind.SENSOR: self.exchange,
        }

    def start(self, now_ns: int, spec: SessionSpec) -> list[Fact]:
        """Add the initial sensors of a session and expect their values."""
        self._started_ns = now_ns
        self._utc_offset_s, self._zone = spec.utc_offset_s, spec.zone
        self._gateways.expect(spec.sensors)
        self._lifecycle.devices.update((sensor.label, sensor) for sensor in spec.sensors)
        facts: list[Fact] = []
        for sensor in spec.sensors:
            device = self._device(sensor)
            added = self.sensors[sensor.label] = Sensor(sensor.label, device)
            for signal in device.kind.signals:
                facts += self._expect(now_ns, added, signal)
        return facts

    def search(self, received_ns: int) -> list[Fact]:
        """Record that a new process searches for all sensors."""
        return [
            sensor.change(received_ns, "searching", "", None) for sensor in self.sensors.values()
        ]

    def assume_clock(self, ahead_ns: int) -> None:
        """Expect devices to have the computer's time.

        Args:
            ahead_ns: how far the session's clock is ahead of the computer's.
        """
        self._ahead_ns = ahead_ns
        for sensor in self.sensors.values():
            sensor.device.clock.assume(ahead_ns)

    def interrupt_beats(self) -> None:
        """Start new series of beats: packets that waited cannot be aligned."""
        for sensor in self.sensors.values():
            sensor.device.beats.interrupt()

    def packet(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a PACKET entry: decode it and evaluate its readings."""
        label, _, characteristic = entry.source.partition("/")
        sensor = self.sensors[label]
        facts = sensor.count(entry.received_ns)
        try:
            decoded = sensor.device.decode(characteristic, entry.payload)
        except DecodeError as error:
            return facts + self._malformed(now_ns, entry, sensor, error)
        if sensor.malformed:
            if sensor.failing:
                facts += self._faults.report(now_ns, "decode-errors", label, None)
            sensor.malformed = 0
        for contradiction in decoded.contradictions:
            facts += sensor.doubt(entry.received_ns, contradiction)
        return facts + self._decoded(now_ns, entry, sensor, characteristic, decoded)

    def _decoded(
        self, now_ns: int, entry: Entry, sensor: Sensor, characteristic: str, decoded: Decoded
    ) -> list[Fact]:
        """Evaluate the readings of a packet."""
        facts: list[Fact] = []
        label, device, received_ns = sensor.label, sensor.device, entry.received_ns
        live = entry.measured_ns is None  # else from a gateway
        measured_ns = received_ns if live else self._gateways.measured_ns(entry)
        # Packets that waited during a standstill did so for an unknown time.
        waited = (
            self._standstill.standing
            if live
            else self._gateways.of(label) in self._standstill.gateways
        )
        late_ns = now_ns - measured_ns
        # From before the session, or from a gateway whose clock was never compared.
        early = measured_ns < self._started_ns
        stored = waited or early
        channels, details = sensor.channels, decoded.details
        readings: Sequence[Reading] = decoded.readings
        if stored:
            at_ns = [measured_ns] * len(readings)
        else:
            facts += device.stream.take(label, measured_ns, details)
            beats = channels.get("rr_interval")
            at_ns, gaps = device.beats.align(measured_ns, characteristic, decoded, beats)
            facts += gaps
            device_time = details.get("device_time")
            stored = isinstance(device_time, str) and device.clock.stored(
                received_ns,
                device_time,
                entry.payload if device.kind.connects_per_reading else None,
            )
            readings = device.rates.check(now_ns, readings)
        spot: list[SpotValue] = []
        unfinished = "intermediate" in details  # the result follows
        for reading, reading_ns in zip(readings, at_ns, strict=True):
            channel = channels.get(reading.signal)
            if channel is None:
                facts += self._expect(now_ns, sensor, reading.signal)
                channel = channels[reading.signal]
            quality = _STORED if stored else reading.quality
            if quality is _STORED:
                channel.late_ns = now_ns if early else channel.late_ns
                came_ns = measured_ns if waited else received_ns
                facts.append(self._evaluator.stored(channel, came_ns, reading.value))
            elif not channel.ignored:
                facts += self._evaluator.reading(
                    now_ns,
                    channel,
                    reading_ns,
                    reading.value,
                    quality,
                    live=late_ns <= channel.hold_ns,
                )
            if channel.spot:
                if reading.value is not None and not unfinished:
                    spot.append(SpotValue(reading.signal, reading.value, channel.at_ns, quality))
                elif decoded.contradictions and reading.quality is Quality.INVALID:
                    facts += self._lose(now_ns, entry, reading.signal, decoded.contradictions[0])
            elif reading.signal == "battery" and quality is Quality.GOOD:
                sensor.battery = reading.value
        if spot:
            facts += self._measurements.take(
                now_ns,
                entry,
                label,
                spot,
                decoded,
                device.clock,
                self._time_of_day(received_ns),
                waited=waited,
            )
        return facts

    def link(self, _now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a LINK entry."""
        body = entry.body()
        sensor = self.sensors[entry.source]
        return [sensor.change(entry.received_ns, body["state"], body["reason"], body["rssi"])]

    def exchange(self, now_ns: int, entry: Entry) -> list[Fact]:
        """Apply a SENSOR entry: replace the device of a label, or add a label."""
        label = entry.source
        facts: list[Fact] = [self._lifecycle.exchange(entry)]
        device = self._device(self._lifecycle.devices[label])
        sensor = self.sensors.get(label)
        if sensor is None:
            sensor = self.sensors[label] = Sensor(label, device)
        else:
            if sensor.failing:
                facts += self._faults.report(now_ns, "decode-errors", label, None)
            sensor.exchange(device)
        self.assume_clock(self._ahead_ns)
        for signal in device.kind.signals:
            facts += self._expect(now_ns, sensor, signal)
            facts += self._evaluator.exchanged(now_ns, sensor.channels[signal])
        return [*facts, sensor.change(entry.received_ns, "searching", "", None)]

    def _expect(self, now_ns: int, sensor: Sensor, signal: str) -> list[Fact]:
        """Expect values of a sensor's signal."""
        name = f"{sensor.label}/{signal}"
        facts = self._evaluator.expect(now_ns, name)
        sensor.channels[signal] = self._evaluator.channels[name]
        return facts

    def _device(self, sensor: SensorSpec) -> Device:
        kind = KINDS[sensor.kind]
        return Device(
            kind,
            Decoder(kind, sensor),
            DeviceClock(self._utc_offset_s),
            BeatAlignment(kind),
            StreamClock(),
            RateCheck(),
        )

    def _malformed(
        self, now_ns: int, entry: Entry, sensor: Sensor, error: DecodeError
    ) -> list[Fact]:
        label, _, characteristic = entry.source.partition("/")
        sensor.malformed += 1
        facts: list[Fact] = [*sensor.doubt(entry.received_ns, str(error))]
        if sensor.failing:
            cause = f"sensor '{label}' sends data that cannot be read ({error})"
            facts += self._faults.report(now_ns, "decode-errors", label, cause)
        kind = sensor.device.kind
        if kind.is_spot(kind.signals[0]) and characteristic in kind.subscribe:
            facts += self._lose(now_ns, entry, kind.signals[0], error.reason)
        return facts

    def _lose(self, now_ns: int, entry: Entry, signal: str, why: str) -> list[Fact]:
        label = entry.source.partition("/")[0]
        received = self._time_of_day(entry.received_ns)
        return self._measurements.lose(now_ns, entry, label, signal, why, received)

    def _time_of_day(self, at_ns: int) -> str:
        """Return a time of day in the room, or in UTC if its time zone is unknown."""
        zone = self._zone
        return clock(at_ns, zone) if zone is not None else f"{clock(at_ns, UTC)} UTC"
