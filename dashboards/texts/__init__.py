"""Texts of all pages in the language of the site.

`gettext` and `ngettext` translate what the console itself says, `shown` what the layers below say
in English, such as the message of an alarm. The language is that of the console's tasks: `use` sets
it, and English applies everywhere else, so that journals, calls and the API do not depend on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context

from dashboards.texts.catalogue import ENGLISH, Catalogue, Language, load

__all__ = [
    "ENGLISH",
    "Catalogue",
    "Language",
    "decimal",
    "gettext",
    "in_language",
    "in_sentence",
    "language",
    "load",
    "marked",
    "ngettext",
    "original",
    "shown",
    "translates",
    "use",
]

_active: ContextVar[Catalogue] = ContextVar("catalogue", default=ENGLISH)


@contextmanager
def use(catalogue: Catalogue) -> Iterator[None]:
    """Translate into the language of a catalogue, in this task and those that it starts."""
    before = _active.get()
    _active.set(catalogue)
    try:
        yield
    finally:
        # Not with a token: a fixture may end in another context than it began in.
        _active.set(before)


def in_language(catalogue: Catalogue) -> Context:
    """Return a context for tasks that translate into the language of a catalogue."""
    context = copy_context()
    context.run(_active.set, catalogue)
    return context


def gettext(message: str) -> str:
    """Return a text in the language in use; placeholders are those of `str.format`."""
    return _active.get().gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the form of a text for a number, with ``{n}`` replaced by it.

    >>> ngettext("{n} alarm", "{n} alarms", 1200)
    '1200 alarms'
    """
    return _active.get().ngettext(singular, plural, number).replace("{n}", str(number))


def marked(message: str) -> str:
    """Return a text unchanged; it belongs to the catalogue and is translated where it is used."""
    return message


def shown(message: str) -> str:
    """Return an English text of the layers below in the language in use.

    Its parts are translated one by one if it was made from a template; unknown texts, such as the
    messages of a clinic's own policy, are returned unchanged.
    """
    return _active.get().shown(message)


def original(text: str) -> str:
    """Return the English text that `shown` has translated, for rules about its words."""
    return _active.get().original(text)


def in_sentence(label: str) -> str:
    """Return the translated label of a signal as it is written within a sentence.

    >>> in_sentence("Heart rate"), in_sentence("RR interval")
    ('heart rate', 'RR interval')
    """
    translated = shown(label)  # unchanged if it is translated already
    if not _active.get().lowers or translated[1:2].isupper():
        return translated
    return translated[:1].lower() + translated[1:]


def decimal(text: str) -> str:
    """Return a number as text, which has a decimal point, with the separator in use."""
    separator = _active.get().decimal
    return text if separator == "." else text.replace(".", separator)


def translates() -> bool:
    """Return whether texts are translated: not in English, their source."""
    return _active.get() is not ENGLISH


def language() -> str:
    """Return the language in use as an IETF tag, such as ``en``."""
    return _active.get().language
