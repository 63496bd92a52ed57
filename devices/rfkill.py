"""Switches of the kernel that block Bluetooth (rfkill)."""

from collections.abc import Iterator
from pathlib import Path

_SYSFS = Path("/sys/class/rfkill")


def blocked_switches(sysfs: Path = _SYSFS) -> Iterator[tuple[str, str]]:
    """Yield the name of each switch that blocks Bluetooth, and its kind, ``soft`` or ``hard``.

    Source of the layout: the kernel's `Documentation/ABI/stable/sysfs-class-rfkill`.
    """
    for switch in sorted(sysfs.glob("rfkill*")):
        try:
            if (switch / "type").read_text().strip() != "bluetooth":
                continue
            name = (switch / "name").read_text().strip()
            for kind in ("soft", "hard"):
                if (switch / kind).read_text().strip() == "1":
                    yield name, kind
        except OSError:
            continue  # unplugged meanwhile
