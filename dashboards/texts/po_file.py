"""Files of the gettext format (.po), read, written and compiled without GNU's tools. Pure.

Source: GNU gettext manual, sections "The Format of PO Files" and "The Format of GNU MO Files".
Context (``msgctxt``) is not used.
"""

import ast
import json
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MAGIC = 0x950412DE
_BELOW = "text of the layers below"


@dataclass(frozen=True, slots=True)
class Message:
    """One entry.

    Attributes:
        msgid: the English text.
        plural: the English text for several; empty without.
        msgstr: its translations, one or one for each form; empty strings until it is translated.
        places: files with the text.
        below: the layers below make it; the console translates it where it is shown.
        fuzzy: the translation is a guess, and is not used.
    """

    msgid: str
    plural: str = ""
    msgstr: tuple[str, ...] = ("",)
    places: tuple[str, ...] = ()
    below: bool = False
    fuzzy: bool = False

    @property
    def translated(self) -> bool:
        """Return whether a translation is known and not a guess."""
        return all(self.msgstr) and not self.fuzzy


def read_po(text: str) -> list[Message]:
    """Return the entries of a file, with its header as the one of an empty text.

    Raises:
        ValueError: a line is not of the format.
    """
    blocks = (block.strip().splitlines() for block in re.split(r"\n\s*\n", text))
    return [_message(lines) for lines in blocks if any("msgid" in line for line in lines)]


def _message(lines: list[str]) -> Message:
    fields: dict[str, str] = {}
    comments: list[str] = []
    field = ""
    for line in lines:
        if line.startswith("#"):
            comments.append(line)
            continue
        if not line.startswith('"'):
            field, _, line = line.partition(" ")  # noqa: PLW2901 - what is left of it
        if not (field.startswith("msg") and line.startswith('"')):
            raise ValueError(f"'{line}' is not a line of a .po file")
        fields[field] = fields.get(field, "") + ast.literal_eval(line)
    return Message(
        msgid=fields["msgid"],
        plural=fields.get("msgid_plural", ""),
        msgstr=tuple(text for name, text in fields.items() if name.startswith("msgstr")),
        places=tuple(place for each in comments if each[:3] == "#: " for place in each[3:].split()),
        below=f"#. {_BELOW}" in comments,
        fuzzy=any(each.startswith("#,") and "fuzzy" in each for each in comments),
    )


def write_po(messages: Iterable[Message]) -> str:
    """Return the content of a file; the opposite of `read_po`."""
    return "\n\n".join("\n".join(_lines(each)) for each in messages) + "\n"


def _lines(message: Message) -> Iterator[str]:
    if message.below:
        yield f"#. {_BELOW}"
    yield from (f"#: {place}" for place in message.places)
    flags = ["fuzzy"] if message.fuzzy else []
    flags += ["python-brace-format"] if "{" in message.msgid else []
    if flags:
        yield f"#, {', '.join(flags)}"
    yield f"msgid {_quoted(message.msgid)}"
    if not message.plural:
        yield f"msgstr {_quoted(message.msgstr[0])}"
        return
    yield f"msgid_plural {_quoted(message.plural)}"
    for form, text in enumerate(message.msgstr):
        yield f"msgstr[{form}] {_quoted(text)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def compiled(messages: Iterable[Message]) -> bytes:
    """Return entries in the binary format (.mo) that `gettext.GNUTranslations` reads."""
    pairs = sorted(
        (
            "\0".join(filter(None, (each.msgid, each.plural))).encode(),
            "\0".join(each.msgstr).encode(),
        )
        for each in messages
    )
    count = len(pairs)
    header = struct.pack("<7I", _MAGIC, 0, count, 28, 28 + 8 * count, 0, 28 + 16 * count)
    tables: tuple[list[bytes], list[bytes]] = [], []
    data, offset = b"", 28 + 16 * count
    for side, table in enumerate(tables):
        for pair in pairs:
            table.append(struct.pack("<2I", len(pair[side]), offset + len(data)))
            data += pair[side] + b"\0"
    return header + b"".join(tables[0] + tables[1]) + data
