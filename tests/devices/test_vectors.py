"""Every payload in `vectors/` is decoded as its table states."""

from typing import Any

import pytest

from devices.decoders import KINDS, decode
from devices.errors import DecodeError
from devices.gatt.ieee11073 import Special, float32, sfloat
from devices.packets import Quality, Reading
from devices.signals import SIGNALS
from monitor.commands.decode import decoded_payload
from tests.devices.vectors import SOURCES, load, load_payloads

PAYLOADS = list(load_payloads())
DECIMALS = load("decimals")


def spoken(vector: dict[str, Any]) -> str:
    return f"{vector['file']}: {vector['name']}"


def reading(table: dict[str, Any]) -> Reading:
    quality = Quality[table.get("quality", "good").upper()]
    return Reading(
        signal=table["signal"],
        value=table.get("value"),
        quality=quality,
        age_ns=table.get("age_ns", 0),
    )


@pytest.mark.parametrize("vector", [v for v in PAYLOADS if "reject" not in v], ids=spoken)
def test_payload_is_decoded(vector: dict[str, Any]) -> None:
    kind = KINDS[vector["kind"]] if "kind" in vector else None
    decoded = decode(vector["characteristic"], bytes.fromhex(vector["hex"]), kind)

    assert list(decoded.readings) == [reading(table) for table in vector.get("readings", [])]
    assert decoded.details == vector.get("details", {})
    for said, wanted in (
        (decoded.warnings, vector.get("warnings", [])),
        (decoded.contradictions, vector.get("contradictions", [])),
    ):
        assert len(said) == len(wanted), said
        assert all(want in text for text, want in zip(said, wanted, strict=True))


@pytest.mark.parametrize("vector", [v for v in PAYLOADS if "reject" in v], ids=spoken)
def test_payload_is_rejected(vector: dict[str, Any]) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(vector["characteristic"], bytes.fromhex(vector["hex"]))
    assert caught.value.offset == vector["reject"]["offset"]
    assert vector["reject"]["reason"] in caught.value.reason
    assert str(caught.value) == f"at byte {caught.value.offset}: {caught.value.reason}"


@pytest.mark.parametrize("vector", DECIMALS, ids=spoken)
def test_decimal_number_is_decoded(vector: dict[str, Any]) -> None:
    payload = bytes.fromhex(vector["hex"])
    number = (float32 if len(payload) == 4 else sfloat)(payload)
    if "special" in vector:
        assert number is Special[vector["special"]]
    else:
        assert not isinstance(number, Special)
        assert float(number) == vector["value"]


@pytest.mark.parametrize("vector", [*PAYLOADS, *DECIMALS], ids=spoken)
def test_vector_has_a_source_with_a_licence(vector: dict[str, Any]) -> None:
    for source in vector["source"].split(", "):
        assert SOURCES[source]["licence"]


@pytest.mark.parametrize("vector", [v for v in PAYLOADS if "kind" not in v], ids=spoken)
def test_decode_command_agrees(vector: dict[str, Any]) -> None:
    told = decoded_payload(vector["characteristic"], vector["hex"])
    assert ("error" in told) == ("reject" in vector)
    if "reject" not in vector:
        decoded = decode(vector["characteristic"], bytes.fromhex(vector["hex"]))
        assert told["details"] == decoded.details
        assert told["readings"] == [
            {
                "signal": each.signal,
                "value": each.value,
                "unit": SIGNALS[each.signal].unit,
                "quality": each.quality.name.lower(),
            }
            for each in decoded.readings
        ]
