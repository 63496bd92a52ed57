"""Catalogues: the translations of one language, read from its file of the gettext format."""

import gettext
import io
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Literal, get_args

from dashboards.texts.po_file import Message, compiled, read_po
from dashboards.texts.templates import Templates

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_COMMA = frozenset({"de"})  # languages with a decimal comma
_CAPITAL_NOUNS = frozenset({"de"})
_MOST_SHOWN = 4096  # texts of the layers below that are remembered


class Catalogue:
    """Texts in one language.

    Args:
        language: IETF tag, such as ``de``.
        messages: the entries of its file; none for English, the source.

    Attributes:
        decimal: the decimal separator.
        lowers: labels begin with a small letter within a sentence.
    """

    def __init__(self, language: str, messages: Iterable[Message] = ()) -> None:
        self.language = language
        self.decimal = "," if language in _COMMA else "."
        self.lowers = language not in _CAPITAL_NOUNS
        known = [each for each in messages if each.translated]
        self._texts: gettext.NullTranslations = gettext.NullTranslations()
        if known:
            self._texts = gettext.GNUTranslations(io.BytesIO(compiled(known)))
        self._templates = Templates(
            {
                each.msgid: each.msgstr[0]
                for each in known
                if each.msgid and (each.below or "{" not in each.msgid)
            },
            self.decimal,
        )
        self._shown: dict[str, str] = {}
        self._originals: dict[str, str] = {}

    def gettext(self, message: str) -> str:
        """Return a text in this language."""
        return self._texts.gettext(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return the form of a text for a number."""
        return self._texts.ngettext(singular, plural, number)

    def shown(self, message: str) -> str:
        """Return an English text of the layers below in this language."""
        if (known := self._shown.get(message)) is not None:
            return known  # most texts are the same with every heartbeat
        if len(self._shown) >= _MOST_SHOWN:
            self._shown.clear()
            self._originals.clear()
        text = self._templates.translate(message)
        self._shown[message] = text
        if text != message:  # not what is translated already
            self._originals[text] = message
        return text

    def original(self, text: str) -> str:
        """Return the English text that `shown` has translated; an unknown one unchanged."""
        return self._originals.get(text, text)


ENGLISH = Catalogue("en")


@lru_cache
def load(language: Language) -> Catalogue:
    """Return the catalogue of a language of `LANGUAGES`."""
    return ENGLISH if language == "en" else Catalogue(language, read_po(po_text(language)))


def po_text(language: str) -> str:
    """Return the content of the file with the translations of a language."""
    folder = resources.files("dashboards") / "locale" / language / "LC_MESSAGES"
    return (folder / "physiomon.po").read_text(encoding="utf-8")
