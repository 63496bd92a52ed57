"""Expected errors; their messages are shown to users."""


class PhysiomonError(Exception):
    """An expected error; its message says what failed, where, and what to do."""


class DecodeError(PhysiomonError):
    """Invalid bytes in a payload.

    Attributes:
        offset: index of the first invalid byte.
        reason: what is invalid.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"at byte {offset}: {reason}")
        self.offset = offset
        self.reason = reason


class LinkError(PhysiomonError):
    """A sensor that cannot be found, connected or subscribed to."""


class AdapterError(LinkError):
    """The Bluetooth adapter or service fails, whatever the sensor does."""


class FieldError(PhysiomonError):
    """Something that a person entered and that is not possible.

    Attributes:
        field: name of the field.
    """

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class UnusualError(PhysiomonError):
    """A possible but unusual value, which the person who entered it has to confirm."""
