"""Sensors as configured for a session."""

from dataclasses import asdict, dataclass, field

# ``manual`` for manual measurements, ``session`` for values that belong to no single sensor.
RESERVED_LABELS = frozenset({"manual", "session"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSpec:
    """One configured sensor; without address and name, the only one of its kind nearby.

    Attributes:
        label: its name in the session, such as ``strap``.
        kind: a name in `devices.decoders.KINDS`.
        address: device address in the notation of the radio.
        name: advertised name.
        gateway: id of the gateway that receives it; None if this machine does.
        key: key of encrypted advertisements, in hex. The journal contains it for replays.
        adapter: preferred Bluetooth adapter, such as ``hci1``; None for any.
        bond: pair before connecting, for sensors that send no data otherwise.
    """

    label: str
    kind: str
    address: str | None = None
    name: str | None = None
    gateway: str | None = None
    key: str | None = field(default=None, repr=False)
    adapter: str | None = None
    bond: bool = False

    def body(self) -> dict[str, object]:
        """Return the content of a session entry; fields of later versions only if they are set."""
        body = asdict(self)
        for name in ("adapter", "bond"):
            if not body[name]:
                del body[name]
        return body
