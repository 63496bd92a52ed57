"""ECG of a session: blocks of samples per sensor, from its entries in order. Pure."""

from collections.abc import Sequence

from devices.decoders import KINDS
from devices.ecg import ECG_CHARACTERISTICS, EcgBlock, EcgStream, has_ecg
from devices.sensor import SensorSpec
from monitor.core.entry_check import unreadable
from monitor.core.gateways import Gateways
from monitor.entries import Entry, EntryKind


class SessionEcg:
    """The ECGs of one session; a sensor's packets keep their place in time if a gateway sent them.

    Args:
        gateways: those of the session, if entries are applied from its middle.
    """

    def __init__(self, gateways: Gateways | None = None) -> None:
        self._labels: list[str] = []
        self._streams: dict[str, EcgStream] = {}
        self._gateways = gateways or Gateways()

    @property
    def labels(self) -> Sequence[str]:
        """Return the labels of the sensors of kinds that send an ECG."""
        return self._labels

    def apply(self, entry: Entry) -> tuple[str, EcgBlock] | None:
        """Apply the session's next entry; return the sensor and its samples, if it has any.

        Args:
            entry: any entry; each one from the first on is required, except packets of other
                characteristics. With gateways they may begin anywhere.
        """
        match entry.kind:
            case EntryKind.PACKET:
                label, _, characteristic = entry.source.partition("/")
                if characteristic not in ECG_CHARACTERISTICS:
                    return None
                stream = self._streams.setdefault(label, EcgStream())
                measured_ns = self._gateways.measured_ns(entry)
                block = stream.add(characteristic, entry.payload, measured_ns)
                return None if block is None else (label, block)
            case EntryKind.SESSION:
                # Only these: to read the policy as well would take 50 ms.
                sensors = [SensorSpec(**each) for each in entry.body()["sensors"]]
                self._gateways.expect(sensors)
                for sensor in sensors:
                    self._exchange(sensor.label, sensor.kind)
            case EntryKind.SENSOR if unreadable(entry, ()) is None:
                self._exchange(entry.source, entry.body()["kind"])
            case EntryKind.GATEWAY if unreadable(entry, ()) is None:
                self._gateways.turn(entry.source, entry.body())
        return None

    def _exchange(self, label: str, kind: str) -> None:
        self._streams.pop(label, None)
        if label in self._labels:
            self._labels.remove(label)
        if has_ecg(KINDS[kind]):
            self._labels.append(label)
