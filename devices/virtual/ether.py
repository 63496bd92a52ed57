"""What carries bits between virtual controllers, and the controllers themselves.

Bumble's own link shouts every advertisement at every controller, and its controller reports an
advertisement a second time where the scan response belongs. Here an active scan gets the scan
response and a passive one does not, as over a real radio.
"""

import asyncio

from bumble import hci, ll
from bumble.controller import Controller
from bumble.link import LocalLink

_RSSI_DBM = -50
_ACTIVE = hci.HCI_LE_Set_Extended_Scan_Parameters_Command.ACTIVE_SCANNING

_Advertised = ll.AdvInd | ll.AdvExtInd
_Report = hci.HCI_LE_Extended_Advertising_Report_Event
_Kind = _Report.EventType


class Ether(LocalLink):
    """Hands advertisements only to whom they matter: a room of sensors is no n-squared shout."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

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
                and isinstance(controller, RadioController)
                and controller.listens()
            ):
                response = _scan_response(sender_controller)
                loop.call_soon(controller.hear, packet, response)


class RadioController(Controller):
    """A Bluetooth controller that tells advertisements from scan responses."""

    _active = False

    def listens(self) -> bool:
        """Tell whether an advertisement matters: to a scan, or to a connection in the making."""
        return self.le_scan_enable or self.pending_le_connection is not None

    def on_hci_le_set_extended_scan_parameters_command(
        self, command: hci.HCI_LE_Set_Extended_Scan_Parameters_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Take a host's command: Bumble forgets whether it asked for an active scan."""
        self._active = _ACTIVE in command.scan_types
        return super().on_hci_le_set_extended_scan_parameters_command(command)

    def hear(self, packet: _Advertised, response: bytes) -> None:
        """Report an advertisement to the host, and connect if that waits for its sender."""
        if self.le_scan_enable:
            sender = packet.advertiser_address
            kind = _Kind.CONNECTABLE_ADVERTISING | _Kind.SCANNABLE_ADVERTISING
            self._report(sender, kind, packet.data)
            if self._active:
                self._report(sender, kind | _Kind.SCAN_RESPONSE, response)
        pending = self.pending_le_connection
        if pending is not None and pending.peer_address == packet.advertiser_address:
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
    return b"".join(bytes(each.scan_response_data) for each in controller.advertising_sets.values())
