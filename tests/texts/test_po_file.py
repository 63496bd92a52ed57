"""Files of the gettext format, with vectors of GNU's own."""

import gettext
import io
import struct

import pytest

from dashboards.texts.po_file import Message, compiled, read_po, write_po

# As `msgmerge` writes them: several lines of one text, flags, an old entry and a plural.
PO = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#. text of the layers below
#: a.py b.py
#, fuzzy, python-brace-format
msgid "Say \"{name}\""
msgstr "Sag »{name}«"

#: c.py
msgid "{n} alarm"
msgid_plural "{n} alarms"
msgstr[0] "{n} Alarm"
msgstr[1] "{n} Alarme"
"""


def test_entries_are_read() -> None:
    header, first, second = read_po(PO)
    assert header.msgstr[0].endswith("plural=(n != 1);\n")
    assert first == Message(
        'Say "{name}"',
        msgstr=("Sag »{name}«",),
        places=("a.py", "b.py"),
        below=True,
        fuzzy=True,
    )
    assert not first.translated
    assert second == Message(
        "{n} alarm", "{n} alarms", ("{n} Alarm", "{n} Alarme"), places=("c.py",)
    )


def test_what_is_written_is_read_again() -> None:
    entries = read_po(PO)
    assert read_po(write_po(entries)) == entries


def test_a_damaged_file_is_refused() -> None:
    with pytest.raises(ValueError, match=r"is not a line of a \.po file"):
        read_po('msgid "a"\nmsgstr unquoted')


def test_the_binary_form_is_that_of_gnu() -> None:
    # Magic number, revision and number of strings.
    # Source: GNU gettext manual, "The Format of GNU MO Files".
    data = compiled(each for each in read_po(PO) if not each.fuzzy)
    assert struct.unpack("<3I", data[:12]) == (0x950412DE, 0, 2)
    texts = gettext.GNUTranslations(io.BytesIO(data))
    assert [texts.ngettext("{n} alarm", "{n} alarms", n) for n in (0, 1, 2)] == [
        "{n} Alarme",
        "{n} Alarm",
        "{n} Alarme",
    ]
