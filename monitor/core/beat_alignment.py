"""Alignment of the beats in a sensor's packets with session time. Pure."""

from devices.packets import Decoded, Quality
from devices.sensor_kinds import SensorKind
from monitor.core.channel import Channel
from monitor.facts import GapFact
from monitor.statistics.beat_times import BeatTimes

_STANDARD = "2A37"
_GOOD = Quality.GOOD  # attributes of enumerations are slow before Python 3.12


class BeatAlignment:
    """Alignment of one sensor's beats, continuous from packet to packet.

    Args:
        kind: of the sensor.
    """

    def __init__(self, kind: SensorKind) -> None:
        self._beats_in = kind.rr_characteristic
        self._steady = self._beats_in == _STANDARD
        self._times = BeatTimes(steady=self._steady)

    def interrupt(self) -> None:
        """Start a new series of beats after the link was lost."""
        self._times.interrupt()

    def align(
        self, measured_ns: int, characteristic: str, decoded: Decoded, channel: Channel | None
    ) -> tuple[list[int], list[GapFact]]:
        """Return the measurement time of each reading of a packet, and gaps between beats.

        Args:
            measured_ns: time of the packet.
            characteristic: that sent it.
            decoded: its readings.
            channel: of the sensor's RR intervals, or None; its rhythm is notified of the packet.
        """
        readings = decoded.readings
        rhythm = None if channel is None else channel.rhythm
        if characteristic != self._beats_in or not readings or channel is None or rhythm is None:
            return [measured_ns - reading.age_ns for reading in readings], []
        worn = readings[0].signal != "heart_rate" or readings[0].quality is _GOOD
        at_ns: list[int] = []
        beats: list[int] = []  # places of the beats
        intervals_ns: list[int] = []
        for place, reading in enumerate(readings):
            at_ns.append(measured_ns - reading.age_ns)
            if reading.signal == "rr_interval":
                beats.append(place)
                intervals_ns.append(round((reading.value or 0.0) * 1e6))
        covered_ns = None if self._steady else sum(intervals_ns)
        rhythm.notified(measured_ns, worn=worn, covered_ns=covered_ns)
        beats_ns, after_ns, missing = self._times.align(measured_ns, intervals_ns, worn=worn)
        for place, beat_ns in zip(beats, beats_ns, strict=True):
            at_ns[place] = beat_ns
        if after_ns is None:
            return at_ns, []
        return at_ns, [
            GapFact(subject=channel.name, at_ns=beats_ns[0], after_ns=after_ns, missing=missing)
        ]
