"""Which sensor a session means."""

from dataclasses import asdict, dataclass, field

# What people measure is of ``manual``, and what is of no single sensor of ``session``.
RESERVED_LABELS = frozenset({"manual", "session"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSpec:
    """One sensor as configured; without address or name the first of its kind that is found.

    Attributes:
        label: names it in the session, such as ``strap``.
        kind: a name in `devices.decoders.KINDS`.
        address: of the device, as its radio writes it.
        name: that the device advertises.
        gateway: id of the gateway that reads it; None where this machine does.
        key: of encrypted advertisements, in hex. It is in the journal, as a replay needs it.
        adapter: Bluetooth adapter to prefer, such as ``hci1``; None: whichever has room.
        bond: pair before connecting, for sensors that send nothing otherwise.
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
        """Return it as a session entry has it: what came later only where it is set."""
        body = asdict(self)
        for name in ("adapter", "bond"):
            if not body[name]:
                del body[name]
        return body
