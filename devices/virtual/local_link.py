"""Virtual controllers and the link between them.

Bumble's link delivers every advertisement to every controller, and its controller reports an
advertisement a second time in place of the scan response. Here an active scan receives the scan
response and a passive one does not, like on a real radio.
"""

import asyncio
import contextlib
from functools import partial

from bumble import core, hci, ll
from bumble.controller import Controller
from bumble.link import LocalLink

from devices.virtual.bumble_logging import skip_packet_formatting
from devices.virtual.bumble_uuids import index_uuids

_RSSI_DBM = -50
_TIMED_OUT = hci.HCI_CONNECTION_TIMEOUT_ERROR
_ACTIVE = hci.HCI_LE_Set_Extended_Scan_Parameters_Command.ACTIVE_SCANNING

_Advertised = ll.AdvInd | ll.AdvExtInd
_Report = hci.HCI_LE_Extended_Advertising_Report_Event
_Kind = _Report.EventType
_CONNECTABLE = 0x01  # of the properties of an advertising set


class VirtualLink(LocalLink):
    """Link that delivers advertisements only to controllers that scan or connect."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        skip_packet_formatting()
        index_uuids()

    def send_advertising_pdu(
        self, sender_controller: Controller, packet: ll.AdvertisingPdu
    ) -> None:
        """Deliver a packet of an advertising channel."""
        loop = asyncio.get_running_loop()
        for controller in self.controllers:
            if isinstance(packet, ll.ConnectInd):
                if packet.advertiser_address == controller.random_address:
                    loop.call_soon(controller.on_ll_advertising_pdu, packet)
            elif (
                isinstance(packet, ll.AdvInd | ll.AdvExtInd)
                and isinstance(controller, VirtualController)
                and controller.listens()
            ):
                hear = partial(
                    controller.hear,
                    packet,
                    _scan_response(sender_controller),
                    connectable=_is_connectable(sender_controller),
                )
                loop.call_soon(hear)


class VirtualController(Controller):
    """Bluetooth controller that separates advertisements and scan responses."""

    _active = False

    def switch_off(self) -> None:
        """Leave the radio and end all connections."""
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.le_legacy_advertiser.stop()
        for each in self.advertising_sets.values():
            each.stop()
        for connection in list(self.le_connections.values()):
            with contextlib.suppress(core.InvalidArgumentError):  # the other controller is off too
                connection.send_ll_control_pdu(ll.TerminateInd(_TIMED_OUT))
        self.le_connections.clear()
        if self in self.link.controllers:
            self.link.remove_controller(self)

    def listens(self) -> bool:
        """Return whether the controller scans or waits to connect."""
        return self.le_scan_enable or self.pending_le_connection is not None

    def on_hci_le_set_extended_scan_parameters_command(
        self, command: hci.HCI_LE_Set_Extended_Scan_Parameters_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Store whether the host requests an active scan, which Bumble ignores."""
        self._active = _ACTIVE in command.scan_types
        return super().on_hci_le_set_extended_scan_parameters_command(command)

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Cancel a connection attempt, which Bumble's controller does not do."""
        if self.pending_le_connection is not None:
            peer = self.pending_le_connection.peer_address
            self.pending_le_connection = None
            self.send_hci_packet(_called_off(peer))
        return super().on_hci_le_create_connection_cancel_command(command)

    def on_hci_le_set_random_address_command(
        self, command: hci.HCI_LE_Set_Random_Address_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Set an address, unless another controller has it: both would get all packets."""
        others = self.link.controllers - {self}
        if command.random_address in (each.random_address for each in others):
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        return super().on_hci_le_set_random_address_command(command)

    def hear(self, packet: _Advertised, response: bytes, *, connectable: bool) -> None:
        """Report an advertisement to the host, and connect if the host waits for its sender."""
        if self.le_scan_enable:
            sender = packet.advertiser_address
            kind = _Kind.SCANNABLE_ADVERTISING
            if connectable:
                kind |= _Kind.CONNECTABLE_ADVERTISING
            self._report(sender, kind, packet.data)
            if self._active:
                self._report(sender, kind | _Kind.SCAN_RESPONSE, response)
        pending = self.pending_le_connection
        if (
            connectable
            and pending is not None
            and pending.peer_address == packet.advertiser_address
        ):
            self.create_le_connection(packet.advertiser_address)

    def _report(self, sender: hci.Address, kind: int, data: bytes) -> None:
        report = _Report.Report(
            event_type=kind,
            address_type=sender.address_type,
            address=sender,
            primary_phy=hci.Phy.LE_1M,
            secondary_phy=hci.Phy.LE_1M,
            advertising_sid=0,
            tx_power=_Report.TX_POWER_INFORMATION_NOT_AVAILABLE,
            rssi=_RSSI_DBM,
            periodic_advertising_interval=0,
            direct_address_type=0,
            direct_address=hci.Address.ANY,
            data=data,
        )
        self.send_hci_packet(_Report([report]))


def _scan_response(controller: Controller) -> bytes:
    sets = controller.advertising_sets.values()
    extended = b"".join(bytes(each.scan_response_data) for each in sets)
    return extended or controller.le_legacy_advertiser.scan_response_data


def _is_connectable(controller: Controller) -> bool:
    asked = [each.parameters for each in controller.advertising_sets.values() if each.enabled]
    return all(each.advertising_event_properties & _CONNECTABLE for each in asked if each)


def _called_off(peer: hci.Address) -> hci.HCI_LE_Connection_Complete_Event:
    return hci.HCI_LE_Connection_Complete_Event(
        status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
        connection_handle=0,
        role=hci.Role.CENTRAL,
        peer_address_type=peer.address_type,
        peer_address=peer,
        connection_interval=0,
        peripheral_latency=0,
        supervision_timeout=0,
        central_clock_accuracy=0,
    )
