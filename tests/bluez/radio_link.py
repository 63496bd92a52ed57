"""The air between the adapters of BlueZ and the sensors, with its faults."""

import asyncio
from collections.abc import Callable
from typing import Any

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

# About a connection interval. Without it, BlueZ and bleak see changes that no radio can cause.
_LATENCY_S = 0.015
ADV_IND, ADV_SCAN_IND, ADV_NONCONN_IND, SCAN_RSP = 0, 2, 3, 4
_CONNECTABLE, _SCANNABLE = 1, 2  # properties of an advertising set


def plain(address: hci.Address) -> str:
    """Return an address without its type."""
    return str(address).split("/")[0].upper()


class Link(LocalLink):
    """Passes packets on, unless a sensor is out of range or its data are blocked.

    Attributes:
        out_of_range: addresses that nobody hears.
        blocked: addresses whose connections stand, but carry no data.
        unconnectable: addresses that refuse connections, with the error; 0 for no answer.
        rssi: signal strength by address.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.out_of_range: set[str] = set()
        self.blocked: set[str] = set()
        self.unconnectable: dict[str, int] = {}
        self.rssi: dict[str, int] = {}
        self._last_s = 0.0

    def _later(self, call: Callable[[], Any]) -> None:
        loop = asyncio.get_running_loop()
        self._last_s = max(self._last_s + 1e-6, loop.time() + _LATENCY_S)  # in order
        loop.call_at(self._last_s, call)

    def send_advertising_pdu(
        self, sender_controller: Controller, packet: ll.AdvertisingPdu
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(packet, ll.AdvInd | ll.AdvExtInd | ll.ConnectInd)
        if plain(packet.advertiser_address) in self.out_of_range:
            return
        if isinstance(packet, ll.ConnectInd):
            for each in self.controllers - {sender_controller}:
                loop.call_soon(each.on_ll_advertising_pdu, packet)
            return
        kind, response = _describe(sender_controller)
        for each in list(self.controllers):
            hear = getattr(each, "hear", None)  # only adapters listen
            if hear is not None:
                loop.call_soon(hear, packet.advertiser_address, kind, bytes(packet.data), response)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is None or receiver is None:
            return
        ends = {plain(destination_address), plain(connection.self_address)}
        if not ends & (self.out_of_range | self.blocked):
            source = connection.self_address
            self._later(lambda: receiver.on_link_acl_data(source, transport, data))

    def send_ll_control_pdu(
        self,
        sender_address: hci.Address,
        receiver_address: hci.Address,
        packet: ll.ControlPdu,
    ) -> None:
        receiver = self.find_le_controller(receiver_address)
        ends = {plain(sender_address), plain(receiver_address)}
        if receiver is not None and not ends & self.out_of_range:
            self._later(lambda: receiver.on_ll_control_pdu(sender_address, packet))

    def end_connections(self, address: str, after_s: float) -> None:
        """End the connections of a sensor that is still out of range after a time."""

        def end() -> None:
            for controller in list(self.controllers) if address in self.out_of_range else ():
                for connection in list(controller.le_connections.values()):
                    if address in (
                        plain(connection.self_address),
                        plain(connection.peer_address),
                    ):
                        controller.on_le_disconnected(
                            connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
                        )

        asyncio.get_running_loop().call_later(after_s, end)


def _describe(controller: Controller) -> tuple[int, bytes]:
    """Return the type of a sensor's advertisement, and its scan response."""
    for each in controller.advertising_sets.values():
        if each.enabled and each.parameters:
            properties = int(each.parameters.advertising_event_properties)
            scannable = properties & _SCANNABLE
            kind = ADV_SCAN_IND if scannable else ADV_NONCONN_IND
            response = bytes(each.scan_response_data) if scannable else b""
            return (ADV_IND if properties & _CONNECTABLE else kind), response
    legacy = controller.le_legacy_advertiser
    kind = int(legacy.advertising_type)
    known = kind in (ADV_IND, ADV_SCAN_IND, ADV_NONCONN_IND)
    return (kind if known else ADV_IND), bytes(legacy.scan_response_data)
