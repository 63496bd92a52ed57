"""FLOAT and SFLOAT against the decimal module, which rounds correctly."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DecodeError
from devices.gatt.ieee11073 import Special, float32, sfloat


def signed(number: int, bits: int) -> int:
    return number - (1 << bits) if number >> (bits - 1) else number


def told(raw: int, mantissa_bits: int, exponent_bits: int) -> float:
    """Return the number through a decimal literal, which Python rounds correctly."""
    mantissa = signed(raw & ((1 << mantissa_bits) - 1), mantissa_bits)
    exponent = signed(raw >> mantissa_bits, exponent_bits)
    return float(f"{mantissa}e{exponent}")


@given(st.integers(0, 2**32 - 1))
def test_float_is_correctly_rounded(raw: int) -> None:
    number = float32(raw.to_bytes(4, "little"))
    if isinstance(number, Special):
        assert 0x007FFFFE <= raw <= 0x00800002
    else:
        assert float(number) == told(raw, 24, 8)


def test_every_sfloat_is_correctly_rounded() -> None:
    specials = []
    for raw in range(1 << 16):
        number = sfloat(raw.to_bytes(2, "little"))
        if isinstance(number, Special):
            specials.append(raw)
        else:
            assert float(number) == told(raw, 12, 4)
    assert specials == [0x07FE, 0x07FF, 0x0800, 0x0801, 0x0802]


@given(st.integers(-4000, 12000))
def test_fahrenheit_in_tenths_is_exact(tenths: int) -> None:
    payload = (tenths & 0xFFFFFF).to_bytes(3, "little") + b"\xff"
    number = float32(payload)
    assert isinstance(number, Fraction)
    with localcontext() as context:
        context.prec = 60
        assert float((number - 32) * 5 / 9) == float((Decimal(tenths) / 10 - 32) * 5 / 9)


@given(st.binary(max_size=8), st.integers(0, 8))
@pytest.mark.parametrize(("read", "size"), [(float32, 4), (sfloat, 2)])
def test_reads_stay_inside_the_payload(
    read: Callable[[bytes, int], Fraction | Special], size: int, payload: bytes, at: int
) -> None:
    if at + size <= len(payload):
        assert read(payload, at) == read(payload[at : at + size], 0)
    else:
        with pytest.raises(DecodeError) as caught:
            read(payload, at)
        assert caught.value.offset == len(payload)
