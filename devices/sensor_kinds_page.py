"""Generator of docs/sensors.md: ``python -m devices.sensor_kinds_page``."""

from pathlib import Path

from devices.sensor_kinds import KINDS, SensorKind
from devices.sensor_kinds.models import MODELS
from devices.signals import SIGNALS

PAGE = Path(__file__).parents[1] / "docs" / "sensors.md"
_HEAD = """# Sensors

This page is generated from `devices/sensor_kinds/` by `python -m devices.sensor_kinds_page`; a
test fails when it is out of date. The facts come from the manufacturers' documents and from open
projects that use the devices. **None of these sensors has been tested on hardware**: test yours
with `physiomon scan` and `physiomon run` before you rely on it in a session.

physiomon respects what a sensor reports about its own values: values that it marks as invalid,
questionable, early or off the body are shown and never raise a physiological alarm. Stored
records that are sent later are recognised by their time stamp, and are not evaluated until
someone confirms them. A wrong sensor clock is detected from the first value that someone
confirms, or from the second live measurement, two minutes or more after the first.
"""
_MODELS_HEAD = """
## Models

Open projects report that these work with the named kind. Any other device with one of the standard
services for heart rate, temperature, blood pressure or oximetry needs no entry.
"""
_UNREAD_HEAD = "\nThese cannot be read:\n"
_TAIL = """
## Add a kind

A sensor that uses standard services needs one entry in `devices/sensor_kinds/` and no other code.
Its section on this page, its configuration, `physiomon scan` and a virtual sensor of this kind
follow from the entry. A test runs this example:

```python
from devices.decoders import Decoder, SensorKind

kind = SensorKind(
    name="ear-thermometer",
    label="Ear thermometer",
    examples="an ear sensor that measures once a minute",
    services=("7f510001-1b15-4d3c-9d6f-5d0a3b1e2c4f",),  # any of these identifies it
    subscribe=("2A1C",),  # required: the vital signal
    read_once=("2A19",),  # read after connecting: the battery level
    signals=("body_temperature", "battery"),
    interval_s=60.0,
    silent_after_s=150.0,
    quirks=("Measures the temperature in the ear.",),
)
decoded = Decoder(kind)("2A1C", bytes.fromhex("04 850F00FE 09"))
assert decoded.readings[0].value == 39.73
assert decoded.details == {"site": "tympanum"}
```

Kinds are matched in the order of the table: put a kind that advertises more services than
others before them. A kind without `services` is configured by name or address.

A characteristic without a decoder needs a module in `devices/gatt/` or `devices/vendors/`: a
function from bytes to readings, a line in `devices/decoders.py`, and example bytes with their
source in `tests/devices/vectors/`. A virtual sensor for it is optional: a class in
`devices/virtual/peripherals/`, named in `catalog.py` there.

## Advertisements

A thermometer that only advertises is recorded in the journal as packets of a characteristic
called `advert`: the raw advertising data, with name, services, service data and manufacturer
data.
`physiomon decode advert "0A 16 D2 FC 40 02 CA 09 03 BF 13"` decodes such bytes.

```toml
[[sensor]]
label = "room"
kind = "broadcast-thermometer"
address = "54:48:E6:8F:80:A5"
key = "231d39c1d7cc1ab1aee224cd096db932"   # only for encrypted advertisements
```

The key is stored in the journal, because a replay decrypts the packets again: use a separate key
for this thermometer. The parsers are an optional dependency: `pip install 'physiomon[broadcasts]'`.
"""


def page() -> str:
    """Return the text of the page.

    >>> page().startswith("# Sensors")
    True
    """
    return "\n".join([_HEAD, _table(), _models(), *map(_section, KINDS.values())]) + _TAIL


def _table() -> str:
    rows = ["| kind | sensor | signals | sends |", "|---|---|---|---|"]
    for kind in KINDS.values():
        signals = ", ".join(_uncapitalised(SIGNALS[name].label) for name in kind.signals)
        rows.append(f"| `{kind.name}` | {kind.label} | {signals} | {_rate(kind)} |")
    return "\n".join(rows)


def _models() -> str:
    """Return the tables of models that can and cannot be read."""
    read = ["| model | kind | note | source |", "|---|---|---|---|"]
    unread = ["| model | reason | source |", "|---|---|---|"]
    for model in MODELS:
        if model.kind is None:
            unread.append(f"| {model.names} | {model.note} | {model.source} |")
        else:
            read.append(f"| {model.names} | `{model.kind}` | {model.note} | {model.source} |")
    return "\n".join([_MODELS_HEAD, *read, _UNREAD_HEAD, *unread])


def _uncapitalised(label: str) -> str:
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def _rate(kind: SensorKind) -> str:
    return "when it has a new value" if kind.interval_s is None else f"every {kind.interval_s:g} s"


def _section(kind: SensorKind) -> str:
    broadcast_ids = [
        f"`{each:04X}`" if isinstance(each, int) else f"`{each}`" for each in kind.broadcast_in
    ]
    recognised = ", ".join([*(f"`{service}`" for service in kind.services), *broadcast_ids])
    subscribed = ", ".join(f"`{uuid}`" for uuid in kind.subscribed)
    lines = [
        f"\n## `{kind.name}`\n",
        f"{kind.label}: {kind.examples}.\n",
        f"- Recognised by: {recognised or 'nothing; configure it'}",
        f"- Reads: {'its advertisements' if kind.broadcasts else subscribed}",
        f"- Silent after {kind.silent_after_s:g} s without data.",
    ]
    return "\n".join([*lines, *(f"- {quirk}" for quirk in kind.quirks)])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
