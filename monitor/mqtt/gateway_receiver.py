"""Takes what gateways send into a session, each entry exactly once.

A gateway sends its entries in order and goes on only behind what we say that we have. So whoever
is killed, and whatever a broker loses or delivers twice, there is neither a gap nor a double.
"""

import binascii
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from devices.radio import LinkState
from monitor.entries import EntryKind, body_bytes
from monitor.errors import ActError
from monitor.mqtt.gateway_identity import GatewayIdentity
from monitor.mqtt.messages import PacketsMessage, ReceiptMessage, RelayedEntry
from monitor.sessions.session import Session

_SILENT_NS = 15 * 10**9  # it sends at least each 5 s
_MOVED_NS = 20_000_000  # an offset that has changed by less is the same: clocks drift 50 ppm
_REASONS = {
    "searching": "is not found by gateway '{}': is it on, worn and near? Still searching.",
    "failed": "is heard by gateway '{}', but cannot be connected: look at the gateway's log.",
    "connected": "",
    "silent": "is connected to gateway '{}', but silent: check that it is worn.",
    "lost": "has disconnected from gateway '{}': reconnecting.",
    "waiting": "waits for its next measurement, at gateway '{}'.",
}


class GatewayReceiver:
    """The gateways of one session."""

    def __init__(self, session: Session, gateways: Sequence[str]) -> None:
        self._session = session
        self._heard_ns: dict[str, int] = dict.fromkeys(gateways, session.now_ns())
        self._away: dict[str, bool] = dict.fromkeys(gateways, True)
        self._reported: set[str] = set()
        known = session.engine.gateways.epoch
        self._identities = {
            gateway: GatewayIdentity(known.get(gateway), session.now_ns()) for gateway in gateways
        }
        self._duplicates: set[str] = set()  # those that are journaled
        self._through_ns: dict[tuple[str, str], int] = {}  # with what nobody here wants

    def take(self, gateway: str, payload: bytes) -> ReceiptMessage | None:
        """Take a message; return the receipt, or None while nothing of it can be journaled.

        Raises:
            ActError: it is from no gateway of this session, or cannot be read.
        """
        received_ns = self._session.now_ns()
        if gateway not in self._heard_ns:
            raise ActError(f"gateway '{gateway}' sends here, but is in no [[gateway]]")
        try:
            message = PacketsMessage.model_validate_json(payload)
        except ValidationError as error:
            raise ActError(
                f"gateway '{gateway}' sends what cannot be read ({error.errors()[0]['type']}): "
                "does it have another version of physiomon?"
            ) from None
        if not self._session.recorded():
            return None
        identity = self._identities[gateway]
        taken = identity.takes(received_ns, message.epoch, message.before, message.sent_ns)
        self._report_duplicate(gateway)
        if not taken:
            return None
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
        )

    def look(self) -> None:
        """Report gateways that are silent, or not alone under their id; call it each second."""
        now_ns = self._session.now_ns()
        for gateway, identity in self._identities.items():
            identity.look(now_ns)
            self._report_duplicate(gateway)
        for gateway, heard_ns in self._heard_ns.items():
            if now_ns - heard_ns < _SILENT_NS or gateway in self._reported:
                continue
            self._reported.add(gateway)
            self._away[gateway] = True
            reason = (
                f"gateway '{gateway}' is silent: is it on, and does it reach the broker? What it "
                "takes meanwhile comes later"
            )
            self._session.notice(f"gateway {gateway}", reason)
            for label in self._session.engine.gateways.labels(gateway):
                self._session.link(label, LinkState.LOST, f"{reason}.", None)

    def _report_duplicate(self, gateway: str) -> None:
        """Journal that a second gateway has appeared, or gone."""
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
        self._session.gateway(gateway, body)

    def _journal(self, gateway: str, message: PacketsMessage) -> int:
        """Journal what is new; return the time of the last entry of its epoch that we have."""
        session, gateways = self._session, self._session.engine.gateways
        state = gateways.state(gateway, message.epoch)
        key = gateway, message.epoch
        had_ns = max(state.taken_ns, self._through_ns.get(key, 0))
        if message.after_ns > had_ns:
            return had_ns  # something between is missing: it is to go back to there
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
            session.gateway(gateway, body)
        labels = gateways.labels(gateway)
        for entry in new:
            if entry.sensor not in labels:
                session.notice(
                    f"sensor {entry.sensor}",
                    f"gateway '{gateway}' sends sensor '{entry.sensor}', which this session does "
                    "not have from it",
                )
                continue
            self._tell_standstill(gateway, entry)
            session.relay(*_entry(entry, gateway), entry.at_ns)
        session.derive()
        self._through_ns[key] = max(had_ns, new[-1].at_ns if new else 0)
        return self._through_ns[key]

    def _tell_standstill(self, gateway: str, entry: RelayedEntry) -> None:
        """Journal that a gateway stood still before it took an entry, or runs normally again."""
        session, since_ns = self._session, entry.stood_since_ns
        if (since_ns is not None) is (gateway in session.engine.standstill.gateways):
            return
        body: dict[str, object] = {"over": True}
        if since_ns is not None:
            body = {"since_ns": since_ns, "until_ns": entry.at_ns}
        session.standstill_of(gateway, body)

    def _present(self, gateway: str, left: int) -> None:
        """Take that a gateway is there; what it said last of its links holds again."""
        name = f"gateway {gateway}"
        if left and self._away[gateway]:
            self._session.notice(name, f"gateway '{gateway}' delivers what it took ({left} left)")
        elif self._away[gateway]:
            self._away[gateway] = False
            self._session.notice(name, None)
            for label in self._session.engine.gateways.labels(gateway):
                told = self._session.engine.gateways.links.get(label)
                sensor = self._session.engine.sensors[label]
                if told is not None and sensor.state != told["state"]:
                    state = LinkState(told["state"])
                    self._session.link(label, state, told["reason"], told["rssi"])
        self._reported.discard(gateway)


def _entry(entry: RelayedEntry, gateway: str) -> tuple[EntryKind, str, bytes]:
    """Return kind, source and payload of the journal's entry."""
    if entry.state is None:
        source = f"{entry.sensor}/{entry.characteristic}"
        return EntryKind.PACKET, source, binascii.unhexlify(entry.payload)
    # What a radio said may hold an address: it stays in the gateway's spool.
    words = _REASONS[entry.state].format(gateway)
    body: dict[str, Any] = {
        "state": entry.state,
        "reason": f"Sensor '{entry.sensor}' {words}" if words else "",
        "rssi": entry.rssi,
    }
    return EntryKind.LINK, entry.sensor, body_bytes(body)
