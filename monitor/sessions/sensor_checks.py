"""Checks of a sensor that a person adds to a session, or chooses for a new one."""

import re

from devices.addresses import normalise_address
from devices.decoders import KINDS
from devices.sensor import RESERVED_LABELS, SensorSpec
from monitor.errors import ActError

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # as in a configuration
_LONGEST_NAME = 80


def check_sensor(spec: SensorSpec) -> None:
    """Refuse a sensor that no configuration could contain.

    Raises:
        ActError: its label, kind, address or name is not possible, or nothing identifies it.
    """
    if not _LABEL.fullmatch(spec.label) or spec.label in RESERVED_LABELS:
        raise ActError(
            "give the sensor a label of letters, digits, '-', '_' and '.' that is neither "
            "'manual' nor 'session'"
        )
    kind = KINDS.get(spec.kind)
    if kind is None:
        raise ActError(f"kind '{spec.kind}' is unknown; known kinds: {', '.join(sorted(KINDS))}")
    if spec.address is not None:
        checked_address(spec.address)
    elif spec.name is None and not kind.is_recognisable:
        raise ActError(f"choose the device: a {kind.label.lower()} is not recognised by itself")
    if spec.name is not None and len(spec.name) > _LONGEST_NAME:
        raise ActError(f"the device's name is longer than {_LONGEST_NAME} characters")


def checked_address(text: str) -> str:
    """Return a device address in the notation of configurations.

    Raises:
        ActError: not an address.
    """
    try:
        return normalise_address(text)
    except ValueError as error:
        raise ActError(str(error)) from None
