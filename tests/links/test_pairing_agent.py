"""The agent that answers BlueZ's questions about pairing."""

import sys

import pytest

if sys.platform != "linux":
    pytest.skip("D-Bus is Linux's", allow_module_level=True)

from dbus_fast import Message, MessageType

from devices.pairing_agent import INTERFACE, PATH, PairingAgent
from tests.virtual.virtual_room import PATCH, STRAP


def call(
    member: str, address: str = STRAP, *, path: str = PATH, interface: str = INTERFACE
) -> Message:
    device = f"/org/bluez/hci0/dev_{address.replace(':', '_')}"
    return Message(
        path=path,
        interface=interface,
        member=member,
        sender=":1.5",
        serial=7,
        signature="o",
        body=[device],
    )


@pytest.mark.parametrize(
    ("member", "address", "after_s", "accepted"),
    [
        ("RequestAuthorization", STRAP, 1.0, True),
        ("AuthorizeService", STRAP, 1.0, True),
        ("RequestAuthorization", STRAP, 121.0, False),
        ("RequestAuthorization", PATCH, 1.0, False),
        ("RequestPasskey", STRAP, 1.0, False),
        ("RequestConfirmation", STRAP, 1.0, False),
        ("Cancel", PATCH, 1.0, True),
    ],
)
def test_only_a_sensor_that_is_being_connected_may_pair(
    member: str, address: str, after_s: float, accepted: bool
) -> None:
    agent = PairingAgent()
    agent.expect(STRAP.lower(), 100.0)
    reply = agent.answer(call(member, address), 100.0 + after_s)
    assert reply is not None
    assert (reply.message_type is MessageType.METHOD_RETURN) == accepted


def test_other_messages_are_not_answered() -> None:
    agent = PairingAgent()
    assert agent.answer(call("RequestAuthorization", path="/org/bluez"), 0.0) is None
    assert agent.answer(call("RequestAuthorization", interface="org.other.Agent1"), 0.0) is None


def test_agent_is_needed_only_while_sensors_are_connected() -> None:
    agent = PairingAgent()
    assert not agent.expects_any(0.0)
    agent.expect(STRAP, 0.0)
    agent.expect(PATCH, 60.0)
    assert agent.expects_any(170.0)
    assert not agent.expects_any(181.0)
