"""What people measure by hand, checked before it is recorded. Pure."""

from collections.abc import Mapping

from devices.signals import SIGNALS
from monitor.errors import ActError

# What a cuff, a thermometer, an oximeter or a drinking cup gives.
SIGNALS_BY_HAND = (
    "systolic",
    "diastolic",
    "mean_arterial",
    "pulse_rate",
    "body_temperature",
    "spo2",
    "fluid_intake",
)


def checked(values: Mapping[str, float]) -> dict[str, float]:
    """Return measurements as they may be recorded, in the units of their signals.

    Raises:
        ActError: there is none, one is unknown or implausible, or a pressure is the wrong way
            round; says which, and what is allowed.
    """
    if not values:
        raise ActError("enter at least one measurement")
    for name, value in values.items():
        if name not in SIGNALS_BY_HAND:
            raise ActError(
                f"'{name}' is not entered by hand; there are {', '.join(SIGNALS_BY_HAND)}"
            )
        signal = SIGNALS[name]
        if not signal.plausible(value):  # NaN neither
            raise ActError(
                f"{signal.label} {value:g} is not plausible; it must be {signal.lowest:g} to "
                f"{signal.highest:g} {signal.unit}: check the number, measure again"
            )
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise ActError("the diastolic pressure is not below the systolic one; are they swapped?")
    return {name: float(value) for name, value in sorted(values.items())}
