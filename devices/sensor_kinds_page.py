"""Write docs/sensors.md from the table of sensors: ``python -m devices.sensor_kinds_page``."""

from pathlib import Path

from devices.sensor_kinds import KINDS, SensorKind
from devices.signals import SIGNALS

PAGE = Path(__file__).parents[1] / "docs" / "sensors.md"
_HEAD = """# Sensors

This page is generated from the table in `devices/sensor_kinds/` by
`python -m devices.sensor_kinds_page`; a test fails when it is stale. The facts come from the
manufacturers' documents and from open projects that use the devices. **None of these sensors has
been tried on hardware here**: try yours before a session that matters, with `physiomon scan` and
`physiomon run`.

Whatever a sensor says about its own values is honoured: what it calls invalid, questionable,
early or off the body is shown and never raises a physiological alarm. Records that it kept and
sends later are known by its time stamp, and not judged before somebody has said that they are
valid; a clock that is wrong is known by the first value that somebody confirms, or by its second
live measurement, two minutes after the first or later.
"""
_TAIL = """
## Add a kind

A sensor that uses standard services needs an entry in `devices/sensor_kinds/` and no code: its
row on this page, its configuration and `physiomon scan` follow from it. A test runs this example.

```python
from devices.decoders import Decoder, SensorKind

kind = SensorKind(
    name="ear-thermometer",
    label="Ear thermometer",
    devices="one that measures each minute",
    services=("1809",),  # any of them recognises it; none: configured
    subscribe=("2A1C",),  # without these it is of no use
    signals=("body_temperature", "battery"),
    every_s=60.0,
    silent_after_s=150.0,
    quirks=("It tells the ear's temperature.",),
)
decoded = Decoder(kind)("2A1C", bytes.fromhex("04 850F00FE 09"))
assert decoded.readings[0].value == 39.73
assert decoded.details == {"site": "tympanum"}
```

Kinds are tried in the order of the table: put one that advertises more than others ahead of
them. A characteristic that no decoder reads yet needs a module in `devices/gatt/` or
`devices/vendors/`: a function from bytes to readings, a line in `devices/decoders.py`, and its
bytes with their source in `tests/devices/vectors/`.

## Advertisements

A thermometer that only advertises is journaled as the packets of a characteristic called
`advert`: the advertising data as they went over the air, with name, services, service data and
manufacturer data. `physiomon decode advert "0A 16 D2 FC 40 02 CA 09 03 BF 13"` reads such
bytes.

```toml
[[sensor]]
label = "room"
kind = "broadcast-thermometer"
address = "54:48:E6:8F:80:A5"
key = "231d39c1d7cc1ab1aee224cd096db932"   # only where it is encrypted
```

The key is in the journal, since a replay has to read what was sent: give the thermometer a key
of its own. The parsers are an extra: `pip install 'physiomon[broadcasts]'`.
"""


def page() -> str:
    """Return the page.

    >>> page().startswith("# Sensors")
    True
    """
    return "\n".join([_HEAD, _table(), *map(_section, KINDS.values())]) + _TAIL


def _table() -> str:
    rows = ["| kind | what it is | signals | sends |", "|---|---|---|---|"]
    for kind in KINDS.values():
        signals = ", ".join(SIGNALS[name].label.lower() for name in kind.signals)
        rows.append(f"| `{kind.name}` | {kind.label} | {signals} | {_rate(kind)} |")
    return "\n".join(rows)


def _rate(kind: SensorKind) -> str:
    return "when there is something new" if kind.every_s is None else f"each {kind.every_s:g} s"


def _section(kind: SensorKind) -> str:
    known = [
        f"`{each:04X}`" if isinstance(each, int) else f"`{each}`" for each in kind.broadcast_in
    ]
    recognised = ", ".join([*(f"`{service}`" for service in kind.services), *known])
    listened = ", ".join(f"`{uuid}`" for uuid in (*kind.subscribe, *kind.subscribe_if_there))
    lines = [
        f"\n## `{kind.name}`\n",
        f"{kind.label}: {kind.devices}.\n",
        f"- Recognised by: {recognised or 'nothing; it is configured'}",
        f"- Listened to: {'its advertisements' if kind.broadcasts else listened}",
        f"- Counts as silent after {kind.silent_after_s:g} s.",
    ]
    return "\n".join([*lines, *(f"- {quirk}" for quirk in kind.quirks)])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
