"""What can go wrong, as types whose message is one sentence for people."""


class PhysiomonError(Exception):
    """Expected trouble: the message says what, where and what to do, and is shown as it is."""


class DecodeError(PhysiomonError):
    """Bytes that a decoder must reject.

    Attributes:
        offset: index of the first byte that does not fit.
        reason: what does not fit.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"at byte {offset}: {reason}")
        self.offset = offset
        self.reason = reason


class LinkError(PhysiomonError):
    """A sensor that cannot be found, connected or subscribed to."""


class AdapterError(LinkError):
    """The Bluetooth adapter or service fails, whatever the sensor does."""


class UnusualError(PhysiomonError):
    """A value that is possible, but hardly ever true: whoever entered it has to confirm it."""
