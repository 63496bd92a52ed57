"""Checks of this computer for the pre-flight checklist: clock and disk space."""

import ctypes
import shutil
import sys
from pathlib import Path

_UNSYNCHRONISED = 0x0040  # STA_UNSYNC; chrony, systemd-timesyncd and ntpd all clear it


class _Timex(ctypes.Structure):
    """Start of `struct timex`, with padding for the rest. Source: adjtimex(2)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def synchronised() -> bool | None:
    """Return whether a time service synchronises the clock; None if unknown."""
    if sys.platform != "linux":
        return None
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    timex = _Timex()  # modes 0: read only
    if adjtimex(ctypes.byref(timex)) < 0:
        return None
    return not timex.status & _UNSYNCHRONISED


def free_bytes(path: Path) -> int | None:
    """Return the free bytes on the disk of a file, or None if unknown."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return None
