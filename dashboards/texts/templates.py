"""Translation of finished English texts by the templates that they were made from. Pure.

The layers below journal English and show it to programs, so they do not know the page's language.
Their texts come from few templates, such as ``Battery at {battery} %: change it now.``, which the
catalogue contains. A text that fits one is taken apart, its parts are translated in the same way,
and the translated template is filled with them.
"""

import re
from collections.abc import Iterator, Mapping

_FIELD = re.compile(r"\{(\w+)\}")
_LETTER = re.compile(r"[A-Za-z]")
_NUMBER = re.compile(r"(?<![\d.:])([+-]?\d+)\.(\d+)(?![\d.:])")
_UNITS = r"/min|mmHg|°C|ms|mL|mg|min|h|s|dBm|UTC"
_VALUE = re.compile(rf"[^A-Za-z]*(?:(?:{_UNITS})[^A-Za-z]*)*")  # no words
_SEPARATORS = ("; ", ". ", ": ", ", ")
_LEAST_LETTERS = 4  # of a template whose values may be words
_DEEPEST = 12  # parts of parts
_LONGEST = 500  # characters


class Templates:
    """Templates of one language.

    Args:
        translations: template or complete text in English, and its translation.
        decimal: separator of numbers in texts.
    """

    def __init__(self, translations: Mapping[str, str], decimal: str) -> None:
        self._decimal = decimal
        self._whole = {key: text for key, text in translations.items() if not _FIELD.search(key)}
        # Labels within a sentence begin with a small letter.
        for key, text in list(self._whole.items()):
            self._whole.setdefault(key[:1].lower() + key[1:], text)
        found = [(key, text) for key, text in translations.items() if _FIELD.search(key)]
        # Those with more fixed text first: they are more specific.
        found.sort(key=lambda each: -len(_FIELD.sub("", each[0])))
        self._patterns = [_Pattern(key, text) for key, text in found]
        self._seen: dict[str, str | None] = {}  # what the present text was tried for

    def translate(self, text: str) -> str:
        """Return a text in the language; unchanged if it is not known."""
        if not self._whole and not self._patterns:
            return text
        self._seen.clear()
        known = None if len(text) > _LONGEST else self._known(text, 0)
        return self._numbers(text) if known is None else known

    def _known(self, text: str, depth: int) -> str | None:
        """Return the translation of a text, or None if it contains unknown words."""
        if text not in self._seen:
            self._seen[text] = None if depth > _DEEPEST else self._find(text, depth)
        return self._seen[text]

    def _find(self, text: str, depth: int) -> str | None:
        if text in self._whole:
            return self._whole[text]
        if _VALUE.fullmatch(text):
            return self._numbers(text)
        for pattern in self._patterns:
            if (values := pattern.values(text)) is not None:
                return pattern.translation.format_map(
                    {name: self._part(value, depth) for name, value in values.items()}
                )
        for head, separator, tail in _splits(text):
            parts = [self._known(head, depth + 1), self._known(tail, depth + 1)]
            if None not in parts:
                return f"{parts[0]}{separator}{parts[1]}"
        return self._sentence(text, depth)

    def _sentence(self, text: str, depth: int) -> str | None:
        """Return the translation of a text that was given a capital letter and a full stop."""
        if text.endswith("."):
            known = self._known(text[:-1], depth + 1)
            return None if known is None else f"{known}."
        if text[:1].isupper():
            known = self._known(text[:1].lower() + text[1:], depth + 1)
            return None if known is None else known[:1].upper() + known[1:]
        return None

    def _part(self, text: str, depth: int) -> str:
        """Return a value of a template: translated, or as it is, such as a name."""
        known = self._known(text, depth + 1)
        if known is not None:
            return known
        for head, separator, tail in _splits(text):
            parts = [self._known(head, depth + 1), self._known(tail, depth + 1)]
            if any(parts):
                parts = [parts[0] or self._part(head, depth), parts[1] or self._part(tail, depth)]
                return f"{parts[0]}{separator}{parts[1]}"
        return self._numbers(text)

    def _numbers(self, text: str) -> str:
        return text if self._decimal == "." else _NUMBER.sub(rf"\1{self._decimal}\2", text)


def _splits(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what may be joined from two texts; a sentence keeps its full stop."""
    for separator in _SEPARATORS:
        head, found, tail = text.partition(separator)
        if found and separator == ". ":
            yield f"{head}.", " ", tail
        if found:
            yield head, separator, tail


class _Pattern:
    """A template that a text may have been made from."""

    def __init__(self, template: str, translation: str) -> None:
        self.translation = translation
        fixed = _FIELD.split(template)[::2]
        self._longest = max(fixed, key=len)
        self._vague = len(_LETTER.findall("".join(fixed))) < _LEAST_LETTERS
        pattern = ""
        seen: set[str] = set()
        for place, part in enumerate(_FIELD.split(template)):  # text, name, text, name, ...
            if place % 2 == 0:
                pattern += re.escape(part)
            else:
                pattern += f"(?P={part})" if part in seen else f"(?P<{part}>.*?)"
                seen.add(part)
        self._pattern = re.compile(pattern, re.DOTALL)

    def values(self, text: str) -> dict[str, str] | None:
        """Return the values in a text, or None if it was not made from this template."""
        if self._longest not in text:
            return None
        match = self._pattern.fullmatch(text)
        if match is None:
            return None
        if self._vague and not all(_VALUE.fullmatch(each) for each in match.groups()):
            return None
        return match.groupdict()
