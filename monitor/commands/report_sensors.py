"""Table of the sensors of a session, as `physiomon report` prints it."""

from collections.abc import Mapping
from typing import Any

from monitor.commands.output import print_rows, print_title

_COLUMNS = {
    "packets": "packets",
    "faulty": "faulty_packets",
    "connections": "connects",
    "losses": "gaps",
    "longest loss (s)": "longest_gap_s",
}


def print_sensors(sensors: Mapping[str, Mapping[str, Any]]) -> None:
    """Print what `LinkFigures.body` returns for each sensor; nothing without sensors."""
    if sensors:
        print_title("Sensors; a replaced device is counted with the one before it")
        rows = ((label, *map(link.get, _COLUMNS.values())) for label, link in sensors.items())
        print_rows(("sensor", *_COLUMNS), rows)
        print_title("")
