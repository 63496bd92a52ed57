"""Configuration lines for sensors that a scan has found. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from devices.decoders import KINDS, SensorKind
from devices.printable_text import printable
from devices.scanner import ScanResult

_LABELS = {"heart-rate-strap": "strap", "core-patch": "patch"}
_LONGEST_COMMENT = 40


def config_lines(found: Sequence[ScanResult]) -> Mapping[str, str]:
    """Return the lines of TOML that configure each sensor of a scan, by address.

    An address that changes is not printed: the name identifies the sensor, if it has one that no
    other device of the scan has.
    """
    names = Counter(each.name for each in found)
    labels: Counter[str] = Counter()
    lines: dict[str, str] = {}
    for each in found:
        kind = likely_kind(each)
        if kind is None:
            continue
        label = _LABELS.get(kind.name, kind.name)
        labels[label] += 1
        if labels[label] > 1:
            label = f"{label}-{labels[label]}"
        lines[each.address] = "\n".join(
            [
                _heading(each, kind),
                f'label = "{label}"',
                f'kind = "{kind.name}"',
                _identity(each, alone=names[each.name] == 1),
            ]
        )
    return lines


def likely_kind(found: ScanResult) -> SensorKind | None:
    """Return the kind of a sensor: from what it advertises, or from a name that is known.

    A name decides between kinds that read the same characteristics, and where nothing else does.
    """
    named = next((kind for kind in KINDS.values() if found.name in kind.names), None)
    alike = named is not None and found.kind is not None and named.subscribe == found.kind.subscribe
    return named if alike or found.kind is None else found.kind


def setup_hint(found: ScanResult) -> str:
    """Return what a sensor requires before it sends data, or ``-``."""
    kind = likely_kind(found)
    if kind is None:
        return "-"
    if kind.broadcasts:
        return "a key, if encrypted"
    return "pairing, for some models" if kind.connects_per_reading else "-"


def _heading(found: ScanResult, kind: SensorKind) -> str:
    name = printable(found.name or "")[:_LONGEST_COMMENT]
    hint = setup_hint(found)
    about = [name, ", ".join(kind.signals), "" if hint == "-" else f"needs {hint}"]
    return f"[[sensor]]  # {'; '.join(part for part in about if part)}"


def _identity(found: ScanResult, *, alone: bool) -> str:
    if not found.address_kind.is_private:
        return f'address = "{found.address}"'
    if found.name and alone:
        return f"name = {toml_string(found.name)}  # its address changes"
    if found.name:
        return (
            f"# name = {toml_string(found.name)}  # not the only one with this name, and its "
            "address changes: switch the others off, or pair it, and scan again"
        )
    return "# its address changes, and it has no name: pair it, and scan again"


def toml_string(text: str) -> str:
    r"""Return a basic string of TOML; characters that do not print are escaped.

    >>> print(toml_string('My "Band"\n'))
    "My \"Band\"\U0000000A"
    """
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    return f"\\U{ord(char):08X}"
