"""Units and values as text for users. Pure."""

_SYMBOLS = {"Cel": "°C", "mm[Hg]": "mmHg"}
_TENTHS = {"Cel"}  # a temperature of 38 is written 38.0


def symbol(ucum: str) -> str:
    """Return the usual symbol of a UCUM code.

    >>> symbol("Cel"), symbol("/min")
    ('°C', '/min')
    """
    return _SYMBOLS.get(ucum, ucum)


def plain(value: float, ucum: str) -> str:
    """Return a value without its unit, with up to two decimals.

    >>> plain(38.0, "Cel"), plain(131.0, "/min")
    ('38.0', '131')
    """
    text = f"{round(value, 2):g}"
    return f"{text}.0" if ucum in _TENTHS and "." not in text else text


def quantity(value: float, ucum: str) -> str:
    """Return a value with its unit.

    >>> quantity(39.0, "Cel"), quantity(131.0, "/min"), quantity(37.0499, "Cel")
    ('39.0 °C', '131 /min', '37.05 °C')
    """
    return f"{plain(value, ucum)} {symbol(ucum)}".rstrip()
