"""Packets in Bumble's debug log are formatted as their names only."""

import pytest
from bumble.att import ATT_Handle_Value_Notification, ATT_Read_By_Type_Response
from bumble.hci import HCI_AclDataPacket, HCI_Reset_Command

from devices.virtual.shared_radio import SharedRadio
from tests.virtual.virtual_room import in_virtual_time


@pytest.mark.parametrize(
    "packet",
    [
        HCI_Reset_Command(),
        HCI_AclDataPacket(1, 0, 0, 4, b"\x00\x01\x02\x03"),
        ATT_Handle_Value_Notification(attribute_handle=1, attribute_value=b"\x10\x5a"),
        ATT_Read_By_Type_Response(length=3, attribute_data_list=b"\x10\x00\x5a"),  # formats itself
    ],
    ids=lambda packet: type(packet).__name__,
)
def test_packet_is_logged_by_name(packet: object) -> None:
    async def life() -> None:
        async with SharedRadio():
            assert str(packet) == type(packet).__name__

    in_virtual_time(life())
