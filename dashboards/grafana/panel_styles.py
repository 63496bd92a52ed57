"""Units, colours and value mappings that several panels share."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from alerts.alarm_levels import PRIORITIES
from dashboards.grafana.level_colours import styles
from devices.signals import SIGNALS

Styles = dict[str, tuple[str, str]]  # text and colour by value

UNITS = {"Cel": units.Celsius, "%": units.Percent, "mL": "mlitre", "mm[Hg]": "mmHg"}

SINCE = "12h"  # longer than any session: the last written state can be hours old

# A link's state is technical: its colours differ from those of alarm priorities.
LINKS: Styles = {
    "connected": ("connected", "green"),
    "searching": ("searching", "purple"),
    "silent": ("silent", "orange"),
    "lost": ("lost", "dark-purple"),
    "failed": ("cannot be connected", "dark-purple"),
    "waiting": ("waiting for a measurement", "green"),
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
    """Return Grafana's name of a signal's unit, or the unit itself if Grafana has none."""
    return UNITS.get(SIGNALS[signal].unit, SIGNALS[signal].unit)


def recent_s(signal: str) -> int:
    """Return the maximum age in seconds of a value that is shown as current.

    It is three times the hold time, because delivery and page lag by a few seconds.
    """
    return round(3 * SIGNALS[signal].hold_s)


def mappings(values: Styles) -> list[models.ValueMapping]:
    """Return the mapping from values to texts and colours."""
    return [
        models.ValueMap(
            options={
                value: models.ValueMappingResult(text=text, color=color, index=index)
                for index, (value, (text, color)) in enumerate(values.items())
            }
        )
    ]


def levels() -> list[models.ValueMapping]:
    """Return the mapping from alarm levels to texts and colours."""
    return mappings({str(level): style for level, style in styles().items()})


def coloured(value_mappings: list[models.ValueMapping]) -> list[models.DynamicConfigValue]:
    """Return the configuration of a table column that shows texts on their colours."""
    return [
        models.DynamicConfigValue(id_val="mappings", value=value_mappings),
        models.DynamicConfigValue(
            id_val="custom.cellOptions", value={"type": "color-background", "mode": "basic"}
        ),
    ]


def neutral() -> dashboard.ThresholdsConfig:
    """Return thresholds without colours: Grafana's defaults show small numbers in green."""
    grey = models.Threshold(value=None, color=styles()[0][1])
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps([grey])


def priority_styles() -> Styles:
    """Return texts and colours of priorities."""
    shown = styles()
    return {name: (name, shown[10 * rank + 3][1]) for rank, name in enumerate(PRIORITIES, 1)}
