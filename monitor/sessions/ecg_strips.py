"""ECG of a session for strips: the last seconds, and a past period read from the journal.

Data of a gateway that arrives later than a few seconds is in the journal and in exports, but not in
a strip.
"""

from collections import deque
from collections.abc import Sequence

import structlog

from dashboards.console.views.ecg import SHOWN_NS, EcgView
from devices.ecg import EcgBlock
from monitor.core.gateways import Gateways
from monitor.core.session_ecg import SessionEcg
from monitor.entries import Entry, EntryKind
from monitor.storage.journal import Journal

_SECOND_NS = 10**9
_LATE_NS = 5 * _SECOND_NS  # of packets that waited for the radio
_LEAD_NS = 20 * _SECOND_NS  # before a period, in which the sensor's clock is recognised
_MOST_BLOCKS = 256  # a Movesense sends 117 in 15 s
_BEFORE_NS, _AFTER_NS = 10 * _SECOND_NS, 5 * _SECOND_NS  # of an alarm

log = structlog.get_logger()


class LatestEcg:
    """The last seconds of each ECG of a session, from its entries in order."""

    def __init__(self) -> None:
        self._ecg = SessionEcg()
        self._blocks: dict[str, deque[EcgBlock]] = {}
        self._failed = False

    def take(self, entry: Entry) -> None:
        """Apply an entry; a failure is logged once, because it must not stop monitoring."""
        try:
            found = self._ecg.apply(entry)
        except Exception as error:  # noqa: BLE001 - as above
            if not self._failed:
                self._failed = True
                log.error("ecg.failed", entry=entry.seq, error=repr(error))  # noqa: TRY400
            return
        if found is not None:
            label, block = found
            self._blocks.setdefault(label, deque(maxlen=_MOST_BLOCKS)).append(block)

    def skip(self, entry: Entry) -> None:
        """Apply an entry that is too old to be shown: its samples are not read."""
        if entry.kind != EntryKind.PACKET:
            self.take(entry)

    def views(self, now_ns: int) -> Sequence[EcgView]:
        """Return the last 15 s of each sensor that sends an ECG."""
        since_ns = now_ns - SHOWN_NS
        return [
            _view(label, self._blocks.get(label, ()), since_ns, now_ns, now_ns)
            for label in self._ecg.labels
        ]


def ecg_around(
    journal: Journal, gateways: Gateways, alarm_ns: int, now_ns: int
) -> Sequence[EcgView]:
    """Return each ECG from 10 s before to 5 s after an alarm, in a few milliseconds.

    Args:
        journal: of the session.
        gateways: of the session, for the offsets of their clocks.
        alarm_ns: when the alarm was raised.
        now_ns: the session's time.
    """
    since_ns, until_ns = alarm_ns - _BEFORE_NS, alarm_ns + _AFTER_NS
    ecg, blocks = SessionEcg(gateways), dict[str, list[EcgBlock]]()
    for entry in journal.entries(after=journal.last_seq_until(since_ns - _LEAD_NS)):
        if entry.received_ns > until_ns + _LATE_NS:
            break
        found = ecg.apply(entry) if entry.kind == EntryKind.PACKET else None
        if found is not None:
            blocks.setdefault(found[0], []).append(found[1])
    return [
        _view(label, blocks[label], since_ns, until_ns, now_ns)
        for label in sorted(blocks)
        if any(block.last_ns >= since_ns for block in blocks[label])
    ]


def _view(
    label: str, blocks: Sequence[EcgBlock], since_ns: int, until_ns: int, now_ns: int
) -> EcgView:
    return EcgView(
        sensor=label,
        since_ns=since_ns,
        until_ns=until_ns,
        blocks=[
            block for block in blocks if block.last_ns >= since_ns and block.first_ns <= until_ns
        ],
        last_ns=blocks[-1].last_ns if blocks else None,
        now_ns=now_ns,
    )
