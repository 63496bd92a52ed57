"""ECG of a session: blocks of samples per sensor, from its entries in order. Pure."""

from devices.decoders import KINDS
from devices.ecg import EcgBlock, EcgStream, has_ecg
from monitor.core.entry_check import unreadable
from monitor.core.gateways import Gateways
from monitor.core.session_spec import SessionSpec
from monitor.entries import Entry, EntryKind


class SessionEcg:
    """The ECGs of one session; a sensor's packets keep their place in time if a gateway sent them.

    Attributes:
        labels: sensors that send an ECG, in the order in which they were added.
    """

    def __init__(self) -> None:
        self._streams: dict[str, EcgStream] = {}
        self._gateways = Gateways()

    @property
    def labels(self) -> list[str]:
        """Return the labels of the sensors that send an ECG."""
        return [*self._streams]

    def apply(self, entry: Entry) -> tuple[str, EcgBlock] | None:
        """Apply the session's next entry; return the sensor and its samples, if it has any.

        Args:
            entry: any entry; each one from the first on is required, except packets of other
                characteristics.
        """
        match entry.kind:
            case EntryKind.PACKET:
                label, _, characteristic = entry.source.partition("/")
                stream = self._streams.get(label)
                if stream is None:
                    return None
                measured_ns = self._gateways.measured_ns(entry)
                block = stream.add(characteristic, entry.payload, measured_ns)
                return None if block is None else (label, block)
            case EntryKind.SESSION:
                sensors = SessionSpec.from_body(entry.body()).sensors
                self._gateways.expect(sensors)
                for sensor in sensors:
                    self._exchange(sensor.label, sensor.kind)
            case EntryKind.SENSOR if unreadable(entry, ()) is None:
                self._exchange(entry.source, entry.body()["kind"])
            case EntryKind.GATEWAY if unreadable(entry, ()) is None:
                self._gateways.turn(entry.source, entry.body())
        return None

    def _exchange(self, label: str, kind: str) -> None:
        if has_ecg(KINDS[kind]):
            self._streams[label] = EcgStream()
        else:
            self._streams.pop(label, None)
