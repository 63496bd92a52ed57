"""The kinds of sensors: how each is recognised, what it sends, and its limitations.

A sensor that uses standard services needs an entry in one of these modules and no other code;
`docs/sensors.md` is generated from the entries. Facts without a source in an entry are from the
manufacturers' pages named in `docs/sensors.md`; none was verified on hardware.
"""

from devices.sensor_kinds import blood_pressure, heart_rate, oximetry, temperature
from devices.sensor_kinds.sensor_kind import SensorKind

__all__ = ["KINDS", "SensorKind"]

# The first kind that matches an advertisement counts.
KINDS: dict[str, SensorKind] = {
    kind.name: kind
    for kind in (
        *heart_rate.KINDS,
        *temperature.KINDS,
        *blood_pressure.KINDS,
        *oximetry.KINDS,
    )
}
