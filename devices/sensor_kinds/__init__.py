"""The table of sensors: how each kind is recognised, what it sends, and what is odd about it.

A sensor that speaks standard services needs an entry here and no code; docs/sensors.md is made from
this table. Facts without a source in the entry are those of the makers' pages named in
docs/sensors.md; nothing here was measured on hardware.
"""

from devices.sensor_kinds import blood_pressure, heart_rate, oximetry, temperature
from devices.sensor_kinds.sensor_kind import SensorKind

__all__ = ["KINDS", "SensorKind"]

# The first kind that an advertisement matches counts.
KINDS: dict[str, SensorKind] = {
    kind.name: kind
    for kind in (
        *heart_rate.KINDS,
        *temperature.KINDS,
        *blood_pressure.KINDS,
        *oximetry.KINDS,
    )
}
