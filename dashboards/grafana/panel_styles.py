"""Units, colours and value mappings that several panels share."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from alerts.alarm_levels import PRIORITIES
from dashboards.grafana.level_colours import looks
from devices.signals import SIGNALS

Looks = dict[str, tuple[str, str]]  # of a value: word and colour

UNITS = {"Cel": units.Celsius, "%": units.Percent, "mL": "mlitre", "mm[Hg]": "mmHg"}

SINCE = "12h"  # longer than any session: what was told long ago may still hold

# A link's state is technical: none of the colours that priorities of alarms have.
LINKS: Looks = {
    "connected": ("connected", "green"),
    "searching": ("searching", "purple"),
    "silent": ("silent", "orange"),
    "lost": ("lost", "dark-purple"),
    "failed": ("cannot be connected", "dark-purple"),
    "waiting": ("waits for a measurement", "green"),
}

MAIN_SIGNALS = ("heart_rate", "core_temperature")

MANUAL_SIGNALS = (
    "systolic",
    "diastolic",
    "mean_arterial",
    "pulse_rate",
    "body_temperature",
    "spo2",
    "fluid_intake",
)


def unit_of(signal: str) -> str:
    """Return Grafana's name of a signal's unit; what it does not know it shows as it is."""
    return UNITS.get(SIGNALS[signal].unit, SIGNALS[signal].unit)


def recent_s(signal: str) -> int:
    """Return for how long a value is shown as the present one.

    Three times as long as one value holds: deliveries and page are a few seconds late.
    """
    return round(3 * SIGNALS[signal].hold_s)


def words(looks: Looks) -> list[models.ValueMapping]:
    """Return the mapping from values to words and colours."""
    return [
        models.ValueMap(
            options={
                value: models.ValueMappingResult(text=text, color=color, index=index)
                for index, (value, (text, color)) in enumerate(looks.items())
            }
        )
    ]


def levels() -> list[models.ValueMapping]:
    """Return the mapping from levels of alarms to words and colours."""
    return words({str(level): look for level, look in looks().items()})


def coloured(looks: list[models.ValueMapping]) -> list[models.DynamicConfigValue]:
    """Return what makes a column of a table show words on their colours."""
    return [
        models.DynamicConfigValue(id_val="mappings", value=looks),
        models.DynamicConfigValue(
            id_val="custom.cellOptions", value={"type": "color-background", "mode": "basic"}
        ),
    ]


def neutral() -> dashboard.ThresholdsConfig:
    """Return thresholds that colour nothing: Grafana's own make every small number green."""
    grey = models.Threshold(value=None, color=looks()[0][1])
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps([grey])


def priority_looks() -> Looks:
    """Return words and colours of priorities."""
    shown = looks()
    return {name: (name, shown[10 * rank + 3][1]) for rank, name in enumerate(PRIORITIES, 1)}
