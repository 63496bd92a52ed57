"""Text from devices, made safe for terminals and pages. Pure."""

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def printable(text: str, keep: str = "") -> str:
    r"""Replace control and formatting characters, such as escape sequences and bidi overrides.

    Spaces of any width become plain ones.

    >>> ascii(printable("Strap\x1b[2J\u202e 7"))
    "'Strap\\ufffd[2J\\ufffd 7'"

    Args:
        text: text from any source.
        keep: characters to leave unchanged, such as a newline.
    """
    if text.isprintable():
        return text
    return "".join(char if char in keep else _printable(char) for char in text)


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    return " " if unicodedata.category(char) == "Zs" else REPLACEMENT
