"""Answers BlueZ's questions about pairing while a sensor is being connected. Pure.

BlueZ asks an agent even if nobody has to confirm anything, and without one it refuses to pair.
Desktops have an agent; servers do not. Source of the methods: BlueZ's documentation of
`org.bluez.Agent`.
"""

from dbus_fast import Message, MessageType

INTERFACE = "org.bluez.Agent1"
PATH = "/org/physiomon/agent"
CAPABILITY = "NoInputNoOutput"
# Connecting, pairing with a button to press, and what a sensor offers beside its vital signal.
_EXPECTED_S = 120.0
_NOTICES = ("Release", "Cancel")
_CONSENTS = ("RequestAuthorization", "AuthorizeService")


class PairingAgent:
    """Accepts to pair with the sensors that were just connected, and with no other device.

    Attributes:
        registered: whether BlueZ knows it.
    """

    def __init__(self) -> None:
        self.registered = False
        self._until_s: dict[str, float] = {}

    def expect(self, address: str, now_s: float) -> None:
        """Accept pairing with a device for two minutes."""
        self._until_s["dev_" + address.upper().replace(":", "_")] = now_s + _EXPECTED_S

    def expects_any(self, now_s: float) -> bool:
        """Return whether pairing with any device is accepted."""
        return any(until_s > now_s for until_s in self._until_s.values())

    def answer(self, message: Message, now_s: float) -> Message | None:
        """Return the reply to a call of the agent; None for any other message."""
        if (message.message_type, message.path, message.interface) != (
            MessageType.METHOD_CALL,
            PATH,
            INTERFACE,
        ):
            return None
        if message.member in _NOTICES:
            return Message.new_method_return(message)
        device = message.body[0].rpartition("/")[2] if message.body else ""
        if message.member in _CONSENTS and self._until_s.get(device, now_s) > now_s:
            return Message.new_method_return(message)
        return Message.new_error(message, "org.bluez.Error.Rejected", "not a sensor of physiomon")
