"""Table of the sensors of a session, as `physiomon report` prints it."""

from collections.abc import Mapping
from typing import Any

from monitor.commands.output import print_rows, print_title


def print_sensors(sensors: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the statistics of each sensor's link; nothing without sensors.

    Args:
        sensors: what `LinkFigures.body` returns, by label.
    """
    if not sensors:
        return
    print_title("Sensors; a replaced device is counted with the one before it")
    print_rows(
        ("sensor", "packets", "faulty", "connections", "losses", "longest loss (s)"),
        (
            (
                label,
                link["packets"],
                link["faulty_packets"],
                link["connects"],
                link["gaps"],
                link["longest_gap_s"],
            )
            for label, link in sensors.items()
        ),
    )
    print_title("")
