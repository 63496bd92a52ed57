"""Bumble's controllers as BlueZ's adapters and as sensors need them."""

import asyncio
import contextlib
from typing import Any

from bumble import core, hci, ll
from bumble.controller import Controller

from tests.bluez.radio_link import ADV_IND, ADV_SCAN_IND, SCAN_RSP, Link, plain

_Report = hci.HCI_LE_Advertising_Report_Event
_MISSED_EVENTS_S = 0.25  # six connection intervals without a packet
_NO_CONNECTION = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR


class SensorController(Controller):
    """A controller that tolerates packets of connections which have ended."""

    def on_le_disconnected(self, connection: Any, reason: int) -> None:
        if connection.peer_address in self.le_connections:
            super().on_le_disconnected(connection, reason)

    def on_link_acl_data(self, sender_address: hci.Address, transport: Any, data: bytes) -> None:
        if sender_address in self.le_connections:
            super().on_link_acl_data(sender_address, transport, data)

    def on_ll_control_pdu(self, sender_address: hci.Address, packet: ll.ControlPdu) -> None:
        if sender_address in self.le_connections:
            super().on_ll_control_pdu(sender_address, packet)

    def switch_off(self) -> None:
        """Leave the air as a device that loses its power."""
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.le_legacy_advertiser.stop()
        for each in self.advertising_sets.values():
            each.stop()
        for connection in list(self.le_connections.values()):
            peer = self.link.find_le_controller(connection.peer_address)
            for there in list(peer.le_connections.values()) if peer else []:
                if peer is not None and there.peer_address == connection.self_address:
                    peer.on_le_disconnected(there, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        self.le_connections.clear()
        self.host = None
        self.link.controllers.discard(self)


class AdapterController(SensorController):
    """An adapter of BlueZ: it scans actively or passively, has an accept list, and can be full.

    Attributes:
        most: maximum number of connections.
    """

    link: Link

    def __init__(self, link: Link, address: str, host_sink: Any) -> None:
        super().__init__(address, link=link, public_address=address)
        self.host = host_sink
        # With these features, the kernel expects events that Bumble does not send.
        self.le_features &= ~(
            hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        )
        self.most = 99
        self._accepted: set[str] = set()
        self._only_accepted = False
        self._active = False
        self._silent = False
        self._seen: dict[str, tuple[bytes, bytes]] = {}

    def on_hci_reset_command(self, command: Any) -> Any:
        self.le_scan_enable, self.pending_le_connection = False, None
        for connection in list(self.le_connections.values()):
            with contextlib.suppress(core.InvalidArgumentError):  # the peer is off
                connection.send_ll_control_pdu(
                    ll.TerminateInd(hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR)
                )
        self.le_connections.clear()
        self._accepted.clear()
        return super().on_hci_reset_command(command)

    def on_hci_le_set_scan_parameters_command(self, command: Any) -> Any:
        self._active = bool(command.le_scan_type)
        self._only_accepted = bool(int(command.scanning_filter_policy) & 1)
        return super().on_hci_le_set_scan_parameters_command(command)

    def on_hci_le_set_scan_enable_command(self, command: Any) -> Any:
        self._seen = {}
        return super().on_hci_le_set_scan_enable_command(command)

    def on_hci_le_clear_filter_accept_list_command(self, command: Any) -> Any:
        self._accepted.clear()
        return super().on_hci_le_clear_filter_accept_list_command(command)

    def on_hci_le_add_device_to_filter_accept_list_command(self, command: Any) -> Any:
        self._accepted.add(plain(command.address))
        return super().on_hci_le_add_device_to_filter_accept_list_command(command)

    def on_hci_le_remove_device_from_filter_accept_list_command(self, command: Any) -> Any:
        self._accepted.discard(plain(command.address))
        return super().on_hci_le_remove_device_from_filter_accept_list_command(command)

    def on_hci_le_create_connection_command(self, command: Any) -> Any:
        if len(self.le_connections) >= self.most:
            full = hci.HCI_ErrorCode.CONNECTION_LIMIT_EXCEEDED_ERROR
            return self._send_hci_command_status(full, command.op_code)
        return super().on_hci_le_create_connection_command(command)

    def on_hci_le_create_connection_cancel_command(self, command: Any) -> Any:
        if self.pending_le_connection is not None:
            peer = self.pending_le_connection.peer_address
            self.pending_le_connection = None
            self.send_hci_packet(
                hci.HCI_LE_Connection_Complete_Event(
                    status=_NO_CONNECTION,
                    connection_handle=0,
                    role=hci.Role.CENTRAL,
                    peer_address_type=peer.address_type,
                    peer_address=peer,
                    connection_interval=0,
                    peripheral_latency=0,
                    supervision_timeout=0,
                    central_clock_accuracy=0,
                )
            )
        return super().on_hci_le_create_connection_cancel_command(command)

    def send_advertising_pdu(self, packet: ll.AdvertisingPdu) -> None:
        if not self._silent:
            super().send_advertising_pdu(packet)

    def hear(self, sender: hci.Address, kind: int, data: bytes, response: bytes) -> None:
        """Report an advertisement, and connect if the host waits for its sender."""
        if self.host is None:
            return
        name = plain(sender)
        if self.le_scan_enable and (name in self._accepted or not self._only_accepted):
            self._report(sender, kind, data, response)
        pending = self.pending_le_connection
        if pending is None or kind != ADV_IND:
            return
        by_list = bool(int(pending.initiator_filter_policy))
        if not (name in self._accepted if by_list else pending.peer_address == sender):
            return
        if name in self.link.unconnectable:
            self._fail_to_connect(sender, self.link.unconnectable[name])
            return
        if by_list:
            pending.peer_address, pending.peer_address_type = sender, sender.address_type
        self.create_le_connection(sender)

    def _report(self, sender: hci.Address, kind: int, data: bytes, response: bytes) -> None:
        name = plain(sender)
        if self.filter_duplicates and self._seen.get(name) == (data, response):
            return
        self._seen[name] = (data, response)
        rssi = self.link.rssi.get(name, -50)
        reports = [(kind, data)]
        if self._active and kind in (ADV_IND, ADV_SCAN_IND):
            reports.append((SCAN_RSP, response))
        for event, content in reports:
            report = _Report.Report(event, sender.address_type, sender, content, rssi)
            self.send_hci_packet(_Report([report]))

    def _fail_to_connect(self, sender: hci.Address, error: int) -> None:
        """Begin a connection of which no packet arrives; 0 does not even begin."""
        if not error:
            return
        self._silent = True
        try:
            self.create_le_connection(sender)
        finally:
            self._silent = False
        connection = self.le_connections[sender]
        asyncio.get_running_loop().call_later(
            _MISSED_EVENTS_S, lambda: self.on_le_disconnected(connection, error)
        )
