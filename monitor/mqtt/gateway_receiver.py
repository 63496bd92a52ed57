"""Receiver of gateway messages for a session: journals each entry exactly once.

A gateway sends its entries in order and continues only after the last acknowledged one. There are
neither gaps nor duplicates, even if a process is killed or the broker loses or repeats messages.
"""

import binascii
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from dashboards.console.formatting import count
from devices.printable_text import printable
from devices.radio import LinkState
from monitor.entries import EntryKind, body_bytes
from monitor.errors import ActError
from monitor.mqtt.gateway_identity import GatewayIdentity
from monitor.mqtt.messages import PacketsMessage, ReceiptMessage, RelayedEntry
from monitor.mqtt.refused_data import RefusedData
from monitor.sessions.session import Session

_SILENT_NS = 15 * 10**9  # a gateway sends at least every 5 s
_MOVED_NS = 20_000_000  # smaller changes of the offset are ignored: clocks drift by 50 ppm
_REASONS = {
    "searching": "is not found by gateway '{}': check that it is on, worn and near. Searching.",
    "failed": "is in range of gateway '{}', but cannot be connected: see the gateway's log.",
    "connected": "",
    "silent": "is connected to gateway '{}', but silent: check that it is worn.",
    "lost": "disconnected from gateway '{}': reconnecting.",
    "waiting": "waits for its next measurement, at gateway '{}'.",
}


class GatewayReceiver:
    """Receiver of the gateways of one session."""

    def __init__(self, session: Session, gateways: Sequence[str]) -> None:
        self._session = session
        self._heard_ns: dict[str, int] = dict.fromkeys(gateways, session.now_ns())
        self._away: dict[str, bool] = dict.fromkeys(gateways, True)
        self._reported: set[str] = set()
        known = session.engine.gateways.epoch
        self._identities = {
            gateway: GatewayIdentity(known.get(gateway), session.now_ns()) for gateway in gateways
        }
        self._duplicates: set[str] = set()  # gateways whose duplicate is journaled
        self._through_ns: dict[tuple[str, str], int] = {}  # including refused entries
        self._refused_data = RefusedData(session)

    def receive(self, gateway: str, payload: bytes) -> ReceiptMessage | None:
        """Journal a message; return the receipt, or None if it cannot be journaled now.

        Of two gateways with one id the second one is refused; the receipts of both name that.

        Raises:
            ActError: the gateway is unknown, or the message cannot be read.
        """
        received_ns = self._session.now_ns()
        if gateway not in self._heard_ns:
            raise ActError(f"gateway '{gateway}' sends data, but is not a [[gateway]]; add it")
        try:
            message = PacketsMessage.model_validate_json(payload)
        except ValidationError as error:
            raise ActError(
                f"gateway '{gateway}' sends unreadable messages ({error.errors()[0]['type']}): "
                "check that it has the same version of physiomon"
            ) from None
        if not self._session.recorded():
            return None
        identity = self._identities[gateway]
        taken = identity.accepts(received_ns, message.epoch, message.before, message.sent_ns)
        self._report_duplicate(gateway)
        if not taken:
            return _refusal(message, received_ns) if identity.duplicate else None
        self._heard_ns[gateway] = received_ns
        through_ns = self._journal(gateway, message)
        if not self._session.recorded():
            return None
        self._present(gateway, message.left)
        return ReceiptMessage(
            epoch=message.epoch,
            through_ns=through_ns,
            sent_ns=message.sent_ns,
            received_ns=received_ns,
            answered_ns=self._session.now_ns(),
            duplicate="accepted" if identity.duplicate else None,
        )

    def look(self) -> None:
        """Report silent gateways, duplicate ids and refused data; call it every second."""
        self._refused_data.look()
        now_ns = self._session.now_ns()
        for gateway, identity in self._identities.items():
            identity.expire(now_ns)
            self._report_duplicate(gateway)
        for gateway, heard_ns in self._heard_ns.items():
            if now_ns - heard_ns < _SILENT_NS or gateway in self._reported:
                continue
            self._reported.add(gateway)
            self._away[gateway] = True
            reason = (
                f"gateway '{gateway}' is silent: check that it is on and reaches the broker. Its "
                "data is delivered later"
            )
            self._session.notice(f"gateway {gateway}", reason)
            for label in self._session.engine.gateways.labels(gateway):
                self._session.link(label, LinkState.LOST, f"{reason}.", None)

    def _report_duplicate(self, gateway: str) -> None:
        """Journal the start or end of a duplicate."""
        identity, gateways = self._identities[gateway], self._session.engine.gateways
        if identity.duplicate is (gateway in self._duplicates) or identity.epoch is None:
            return
        self._duplicates ^= {gateway}
        body: dict[str, object] = {
            "epoch": identity.epoch,
            "offset_ns": gateways.state(gateway, identity.epoch).offset_ns,
            "delay_ns": None,
            "duplicate": identity.duplicate,
        }
        self._session.gateway(EntryKind.GATEWAY, gateway, body)

    def _journal(self, gateway: str, message: PacketsMessage) -> int:
        """Journal new entries; return the time of the last journaled entry of the epoch."""
        session, gateways = self._session, self._session.engine.gateways
        state = gateways.state(gateway, message.epoch)
        key = gateway, message.epoch
        had_ns = max(state.taken_ns, self._through_ns.get(key, 0))
        if message.after_ns > had_ns:
            return had_ns  # entries in between are missing: request them
        new = [entry for entry in message.entries if entry.at_ns > had_ns]
        known, offset_ns = state.offset_ns, message.offset_ns
        moved = offset_ns is not None and (known is None or abs(offset_ns - known) > _MOVED_NS)
        if moved or (new and gateways.epoch.get(gateway) != message.epoch):
            body: dict[str, object] = {
                "epoch": message.epoch,
                "offset_ns": known if offset_ns is None else offset_ns,
                "delay_ns": message.delay_ns,
                "duplicate": gateway in self._duplicates,
            }
            session.gateway(EntryKind.GATEWAY, gateway, body)
        for entry in new:
            if self._refused_data.refuse(gateway, entry):
                continue
            self._journal_standstill(gateway, entry)
            session.relay(*_entry(entry, gateway), entry.at_ns)
        session.derive()
        self._through_ns[key] = max(had_ns, new[-1].at_ns if new else 0)
        return self._through_ns[key]

    def _journal_standstill(self, gateway: str, entry: RelayedEntry) -> None:
        """Journal a standstill of a gateway before an entry, or its end."""
        session, since_ns = self._session, entry.stood_since_ns
        if (since_ns is not None) is (gateway in session.engine.standstill.gateways):
            return
        body: dict[str, object] = {"over": True}
        if since_ns is not None:
            body = {"since_ns": since_ns, "until_ns": entry.at_ns}
        session.gateway(EntryKind.STANDSTILL, gateway, body)

    def _present(self, gateway: str, left: int) -> None:
        """Mark a gateway as present, and restore the last reported states of its links."""
        name = f"gateway {gateway}"
        if left and self._away[gateway]:
            self._session.notice(
                name,
                f"gateway '{gateway}' sends stored data ({count(left, 'entry', 'entries')} left)",
            )
        elif self._away[gateway]:
            self._away[gateway] = False
            self._session.notice(name, None)
            for label in self._session.engine.gateways.labels(gateway):
                reported = self._session.engine.gateways.links.get(label)
                sensor = self._session.engine.sensors[label]
                if reported is not None and sensor.state != reported["state"]:
                    state = LinkState(reported["state"])
                    self._session.link(label, state, reported["reason"], reported["rssi"])
        self._reported.discard(gateway)


def _refusal(message: PacketsMessage, received_ns: int) -> ReceiptMessage:
    return ReceiptMessage(
        epoch=message.epoch,
        through_ns=0,
        sent_ns=message.sent_ns,
        received_ns=received_ns,
        answered_ns=received_ns,
        duplicate="refused",
    )


def _entry(entry: RelayedEntry, gateway: str) -> tuple[EntryKind, str, bytes]:
    """Return kind, source and payload of the entry to journal."""
    if entry.state is None:
        source = f"{entry.sensor}/{entry.characteristic}"
        return EntryKind.PACKET, source, binascii.unhexlify(entry.payload)
    # A radio's message may contain a device address: it remains in the gateway's spool.
    words = _REASONS[entry.state].format(gateway)
    if entry.missing:
        words = f"is connected to gateway '{gateway}': {printable(entry.missing)}."
    body: dict[str, Any] = {
        "state": entry.state,
        "reason": f"Sensor '{entry.sensor}' {words}" if words else "",
        "rssi": entry.rssi,
    }
    return EntryKind.LINK, entry.sensor, body_bytes(body)
