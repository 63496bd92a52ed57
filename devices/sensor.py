"""Which sensor a session means."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSpec:
    """One sensor as configured; without address or name the first of its kind that is found.

    Attributes:
        label: names it in the session, such as ``strap``.
        kind: a name in `devices.catalog.KINDS`.
        address: of the device, as its radio writes it.
        name: that the device advertises.
        gateway: id of the gateway that reads it; None where this machine does.
        key: of encrypted advertisements, in hex. It is in the journal, as a replay needs it.
    """

    label: str
    kind: str
    address: str | None = None
    name: str | None = None
    gateway: str | None = None
    key: str | None = field(default=None, repr=False)
